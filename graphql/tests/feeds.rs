//! Feeds of what happens, over a real socket.

use crate::support::{Client, Server, Socket, channel_of, within};
use serde_json::{Value, json};
use tributary_domain::channel::MessageKind;
use tributary_domain::command::{Actor, chat};
use tributary_domain::{Command, Request};

const CHAT: &str = "subscription S($c: ID!, $after: String) { chat(channelId: $c, after: $after) { \
                    cursor deletedMessageId message { id text isDeleted } } }";

async fn say(client: &Client, channel: &str, text: &str) -> Value {
    let input = json!({"channelId": channel, "text": text});
    client
        .done("sendChatMessage", input, "message { id }")
        .await["message"]["id"]
        .clone()
}

fn words(item: &Value) -> &str {
    item["message"]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("no words: {item}"))
}

#[tokio::test]
async fn a_chat_resumes_behind_any_cursor_without_a_gap_or_a_double() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let mut live = Socket::open(address, None).await;
    live.subscribe("1", CHAT, json!({"c": channel})).await;
    // The feed is there once it answers: what the socket asks for later is answered after it.
    live.subscribe("2", "{ headPosition }", json!({})).await;
    assert_eq!(live.next().await["id"], "2");
    assert_eq!(live.next().await["type"], "complete");
    let mut items = Vec::new();
    for n in 0..10 {
        say(&ada, &channel, &n.to_string()).await;
        items.push(live.item("chat").await);
    }
    let heard: Vec<_> = items.iter().map(words).collect();
    assert_eq!(heard, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);

    // From every cursor on: the rest, then what is said now.
    for (at, item) in items.iter().enumerate() {
        let mut socket = Socket::open(address, None).await;
        socket
            .subscribe("1", CHAT, json!({"c": channel, "after": item["cursor"]}))
            .await;
        for expected in &items[at + 1..] {
            assert_eq!(&socket.item("chat").await, expected);
        }
        say(&ada, &channel, "now").await;
        let now = live.item("chat").await;
        // What others' turns of this loop have said lies between.
        loop {
            let next = socket.item("chat").await;
            assert_eq!(words(&next), "now");
            if next["cursor"] == now["cursor"] {
                break;
            }
        }
    }
}

#[tokio::test]
async fn the_history_s_newest_cursor_continues_as_a_feed() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    say(&ada, &channel, "before").await;
    let head = ada.ask("{ headPosition }").await.data()["headPosition"].clone();
    let query = "query Q($c: ID!, $p: Position) { channel(id: $c, atLeast: $p) { \
                 messages(last: 1) { edges { cursor } } } }";
    let answer = ada.ask_with(query, json!({"c": channel, "p": head})).await;
    let cursor = &answer.data()["channel"]["messages"]["edges"][0]["cursor"];
    say(&ada, &channel, "between").await;
    let mut socket = Socket::open(address, None).await;
    socket
        .subscribe("1", CHAT, json!({"c": channel, "after": cursor}))
        .await;
    assert_eq!(words(&socket.item("chat").await), "between");
    say(&ada, &channel, "after").await;
    assert_eq!(words(&socket.item("chat").await), "after");
}

#[tokio::test]
async fn what_was_deleted_has_no_words_in_a_replay() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let (other, elsewhere) = server.streamer("eve").await;
    say(&other, &elsewhere, "not here").await;
    let gone = say(&ada, &channel, "regretted").await;
    say(&ada, &channel, "kept").await;
    ada.done("deleteChatMessage", json!({"messageId": gone}), "")
        .await;

    let mut socket = Socket::open(address, None).await;
    // "0": before everything.
    socket
        .subscribe("1", CHAT, json!({"c": channel, "after": "MA"}))
        .await;
    let first = socket.item("chat").await;
    assert_eq!(
        first["message"],
        json!({"id": gone, "text": null, "isDeleted": true})
    );
    assert_eq!(words(&socket.item("chat").await), "kept");
    let third = socket.item("chat").await;
    assert_eq!(
        (&third["message"], &third["deletedMessageId"]),
        (&Value::Null, &gone)
    );

    // Somebody who was there hears it, and then that it is gone.
    let gone = say(&ada, &channel, "heard").await;
    assert_eq!(words(&socket.item("chat").await), "heard");
    ada.done("deleteChatMessage", json!({"messageId": gone}), "")
        .await;
    assert_eq!(socket.item("chat").await["deletedMessageId"], gone);
}

#[tokio::test]
async fn a_deletion_far_behind_a_message_takes_its_words_from_a_replay() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let gone = say(&ada, &channel, "regretted").await;
    // More than the log hands out at once: the deletion is in a later page than the message.
    let many = (0..1_100).map(|n| {
        let (env, channel) = (server.log.environment(), channel_of(&ada));
        let send = chat::Command::Send {
            channel,
            sender: channel.owner(),
            kind: MessageKind::Text,
            said: n.to_string().into(),
            salt: env.salt(),
        };
        server.log.execute(Request {
            actor: Actor::Account(channel.owner()),
            at: env.now(),
            id: None,
            command: Command::Chat(send),
        })
    });
    for sent in within("the messages", futures::future::join_all(many)).await {
        sent.unwrap();
    }
    ada.done("deleteChatMessage", json!({"messageId": gone}), "")
        .await;
    let mut socket = Socket::open(address, None).await;
    socket
        .subscribe("1", CHAT, json!({"c": channel, "after": "0"}))
        .await;
    let first = socket.item("chat").await;
    let redacted = json!({"id": gone, "text": null, "isDeleted": true});
    assert_eq!(first["message"], redacted);
    for n in 0..1_100 {
        assert_eq!(words(&socket.item("chat").await), n.to_string());
    }
    assert_eq!(socket.item("chat").await["deletedMessageId"], gone);
}

#[tokio::test]
async fn tips_come_once_each_and_resume() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (_, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    eve.done("topUp", json!({"amount": "50", "currency": "USD"}), "")
        .await;
    let query = "subscription S($c: ID!, $after: String) { tips(channelId: $c, after: $after) { \
                 cursor tip { id amount { amount } from { name } } } }";
    let give = |amount: &str| {
        let input = json!({"channelId": channel, "amount": amount, "currency": "USD"});
        eve.done(
            "sendTip",
            input,
            "tip { id amount { amount } from { name } }",
        )
    };
    let first = give("5").await;
    let second = give("7").await;
    let mut socket = Socket::open(address, None).await;
    socket
        .subscribe("1", query, json!({"c": channel, "after": "MA"}))
        .await;
    let item = socket.item("tips").await;
    assert_eq!(item["tip"], first["tip"]);
    assert_eq!(socket.item("tips").await["tip"], second["tip"]);
    let third = give("9").await;
    assert_eq!(socket.item("tips").await["tip"], third["tip"]);
    let mut again = Socket::open(address, None).await;
    again
        .subscribe("1", query, json!({"c": channel, "after": item["cursor"]}))
        .await;
    assert_eq!(again.item("tips").await["tip"], second["tip"]);
}

#[tokio::test]
async fn feeds_of_what_is_not_there_are_refused() {
    let server = Server::start().await;
    let (_, channel) = server.streamer("ada").await;
    let mut socket = Socket::open(server.listen().await, None).await;
    let nobody = "Q2hhbm5lbDowMTljMTYxMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA";
    for (query, code) in [
        (format!("chat(channelId: \"{nobody}\") {{ cursor }}"), "NOT_FOUND"),
        (format!("tips(channelId: \"{nobody}\") {{ cursor }}"), "NOT_FOUND"),
        (format!("streamState(channelId: \"{nobody}\") {{ id }}"), "NOT_FOUND"),
        ("viewerCount(streamId: \"U3RyZWFtOjAxOWMxNjEwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMA\") \
          { viewerCount }".to_owned(), "NOT_FOUND"),
        ("chat(channelId: \"nonsense\") { cursor }".to_owned(), "BAD_USER_INPUT"),
        (format!("chat(channelId: \"{channel}\", after: \"nonsense\") {{ cursor }}"), "BAD_USER_INPUT"),
        ("liveStreams(first: 0) { streams { id } }".to_owned(), "BAD_USER_INPUT"),
        ("liveStreams { streams { id } } b: liveStreams { streams { id } }".to_owned(), "BAD_USER_INPUT"),
    ] {
        socket.subscribe("1", &format!("subscription {{ {query} }}"), json!({})).await;
        assert_eq!(socket.error().await, code, "{query}");
    }
}

#[tokio::test]
async fn every_feed_and_socket_ends_with_the_server() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (_, channel) = server.streamer("ada").await;
    let mut socket = Socket::open(address, None).await;
    socket.subscribe("1", CHAT, json!({"c": channel})).await;
    socket.subscribe("2", "{ headPosition }", json!({})).await;
    assert_eq!(socket.next().await["id"], "2");
    assert_eq!(socket.next().await["type"], "complete");
    server.api.close();
    loop {
        // The feed may say that it is complete before the socket closes.
        let closed = within("the end", socket.next_or_closed()).await;
        match closed {
            Ok(message) => assert_eq!(message["type"], "complete"),
            Err(code) => {
                assert_eq!(code, 1001);
                break;
            }
        }
    }
}
