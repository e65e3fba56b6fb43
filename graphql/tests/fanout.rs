//! One execution for all who follow the same, and what each of them hears.

use crate::support::{Client, Server, Socket, channel_of, unhurried, within};
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tributary_domain::channel::MessageKind;
use tributary_domain::command::{Actor, chat};
use tributary_domain::{Command, Request};
use tributary_store::testing::Engine;

tributary_store::on_both_engines!(
    every_feed_of_events_resumes_behind_any_cursor,
    those_who_come_back_together_are_one_group,
);

const CHAT: &str = "subscription S($c: ID!, $after: String) { chat(channelId: $c, after: $after) { \
                    cursor message { text } } }";

async fn start(engine: Engine) -> Server {
    Server::start_with(engine, unhurried()).await
}

/// Says many things at once, past the limits of a client.
async fn say(server: &Server, streamer: &Client, texts: impl Iterator<Item = String>) {
    let sent = texts.map(|text| {
        let (env, channel) = (server.log.environment(), channel_of(streamer));
        let send = chat::Command::Send {
            channel,
            sender: channel.owner(),
            kind: MessageKind::Text,
            said: text.into(),
            salt: env.salt(),
        };
        server.log.execute(Request {
            actor: Actor::Account(channel.owner()),
            at: env.now(),
            id: None,
            command: Command::Chat(send),
        })
    });
    let sent = futures::stream::iter(sent)
        .buffered(512)
        .collect::<Vec<_>>();
    for sent in within("the messages", sent).await {
        sent.unwrap();
    }
}

async fn every_feed_of_events_resumes_behind_any_cursor(engine: Engine) {
    let server = start(engine).await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let (stranger, owner) = (None, ada.token.as_deref());
    let at = json!({"channelId": channel, "accountId": eve.id});
    ada.done("banFromChannel", at.clone(), "").await;
    ada.done("unbanFromChannel", at.clone(), "").await;
    ada.done("timeOutInChannel", at.clone(), "").await;
    ada.done("liftTimeout", at, "").await;
    let started = ada
        .done("startStream", json!({"title": "one"}), "stream { id }")
        .await;
    let stream = json!({"streamId": started["stream"]["id"]});
    ada.done("endStream", stream, "").await;
    let hidden = json!({"title": "two", "visibility": "PRIVATE"});
    ada.done("startStream", hidden, "").await;
    for amount in ["5", "7"] {
        let input = json!({"amount": amount, "currency": "USD"});
        eve.done("topUp", input, "").await;
    }
    let tip = json!({"channelId": channel, "amount": "3", "currency": "USD"});
    eve.done("topUp", json!({"amount": "1", "currency": "EUR"}), "")
        .await;
    eve.done("sendTip", tip, "").await;

    let moderation = ["BANNED", "UNBANNED", "TIMED_OUT", "TIMEOUT_LIFTED"];
    let streams = ["STARTED", "ENDING", "ENDED"];
    let wallet = ["TOPPED_UP", "TOPPED_UP", "TOPPED_UP", "TIPPED"];
    for (field, token, expected) in [
        ("moderationEvents", owner, moderation.as_slice()),
        ("streamEvents", stranger, streams.as_slice()),
        ("walletEvents", eve.token.as_deref(), wallet.as_slice()),
        ("walletEvents", owner, ["CREDITED"].as_slice()),
    ] {
        let takes = match field {
            "walletEvents" => "",
            _ => "channelId: $c, ",
        };
        let variable = if takes.is_empty() { "" } else { "$c: ID!, " };
        let query = format!(
            "subscription S({variable}$after: String) {{ {field}({takes}after: $after) {{ kind \
             cursor }} }}"
        );
        let from = async |after: &Value| {
            let mut socket = Socket::open(address, token).await;
            socket
                .subscribe("1", &query, json!({"c": channel, "after": after}))
                .await;
            socket
        };
        let mut socket = from(&json!("0")).await;
        let mut cursors = Vec::new();
        for kind in expected {
            let item = socket.item(field).await;
            assert_eq!(item["kind"], *kind, "{field}");
            cursors.push(item["cursor"].clone());
        }
        for (at, cursor) in cursors.iter().enumerate().take(expected.len() - 1) {
            let next = from(cursor).await.item(field).await;
            assert_eq!(next["cursor"], cursors[at + 1], "{field} behind {at}");
        }
    }
}

#[tokio::test]
async fn what_staff_does_is_shown_to_staff_and_a_wallet_to_its_owner() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (_ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let moderation = "subscription S($c: ID!) { moderationEvents(channelId: $c) { kind } }";
    let wallet = "subscription { walletEvents { kind } }";
    for (token, query, code) in [
        (None, moderation, "UNAUTHENTICATED"),
        (eve.token.as_deref(), moderation, "FORBIDDEN"),
        (None, wallet, "UNAUTHENTICATED"),
    ] {
        let mut socket = Socket::open(address, token).await;
        socket.subscribe("1", query, json!({"c": channel})).await;
        assert_eq!(socket.error().await, code, "{query}");
    }
}

#[tokio::test]
async fn the_same_document_shows_its_owner_more_and_a_stranger_no_more() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    for fields in [
        "streamKey { key }",
        "owner { email }",
        "... on Channel { owner { ...p } }",
    ] {
        let fragment = if fields.contains("...p") {
            "fragment p on Account { email }"
        } else {
            ""
        };
        let query = format!(
            "subscription S($c: ID!) {{ streamState(channelId: $c) {{ id {fields} }} }} {fragment}"
        );
        // Whoever comes first makes the group; the others must not find theirs in it.
        for order in [[&ada, &eve], [&eve, &ada]] {
            let mut open = Vec::new();
            for client in order {
                let mut socket = Socket::open(address, client.token.as_deref()).await;
                socket.subscribe("1", &query, json!({"c": channel})).await;
                let shown = socket.item("streamState").await.to_string();
                let sees = !shown.contains("null");
                assert_eq!(sees, client.name == "ada", "{}: {shown}", client.name);
                open.push(socket);
            }
            let mut socket = Socket::open(address, None).await;
            socket.subscribe("1", &query, json!({"c": channel})).await;
            assert!(
                socket
                    .item("streamState")
                    .await
                    .to_string()
                    .contains("null")
            );
        }
    }
}

async fn those_who_come_back_together_are_one_group(engine: Engine) {
    const CLIENTS: usize = 1_000;
    const MISSED: usize = 40;
    let server = start(engine).await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    say(&server, &ada, (0..MISSED).map(|n| n.to_string())).await;
    let head = server.log.head().get();
    // They went at different moments.
    let heard = |n: usize| n % MISSED;
    let mut sockets = Vec::new();
    for n in 0..CLIENTS {
        let after = head - i64::try_from(MISSED - heard(n)).unwrap();
        let mut socket = Socket::open(address, None).await;
        let variables = json!({"c": channel, "after": after.to_string()});
        socket.subscribe("1", CHAT, variables).await;
        sockets.push(socket);
    }
    for (n, socket) in sockets.iter_mut().enumerate() {
        for expected in heard(n)..MISSED {
            let item = socket.item("chat").await;
            assert_eq!(item["message"]["text"], expected.to_string(), "{n}");
        }
    }
    assert_eq!(server.api.groups(), 1);
    say(&server, &ada, std::iter::once("now".to_owned())).await;
    for socket in &mut sockets {
        assert_eq!(socket.item("chat").await["message"]["text"], "now");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_from_further_back_replays_and_joins_the_rest_while_more_is_said() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let texts = |from: usize, to: usize| (from..to).map(|n| n.to_string());
    // More than a group keeps.
    say(&server, &ada, texts(0, 2_000)).await;
    let mut live = Socket::open(address, None).await;
    live.subscribe("1", CHAT, json!({"c": channel})).await;
    live.subscribe("2", "{ headPosition }", json!({})).await;
    assert_eq!(live.next().await["id"], "2");
    assert_eq!(live.next().await["type"], "complete");
    let mut back = Socket::open(address, None).await;
    back.subscribe("1", CHAT, json!({"c": channel, "after": "0"}))
        .await;
    say(&server, &ada, texts(2_000, 2_500)).await;
    for n in 0..2_500 {
        assert_eq!(back.item("chat").await["message"]["text"], n.to_string());
    }
    for n in 2_000..2_500 {
        assert_eq!(live.item("chat").await["message"]["text"], n.to_string());
    }
    assert_eq!(server.api.groups(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_does_not_read_is_told_where_it_stopped_and_misses_nothing() {
    // More than the two systems keep under way between them, and than the group keeps.
    const MESSAGES: usize = 16_000;
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    // A small window, so that little of what is written is under way.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(64 * 1_024).unwrap();
    let stream = socket.connect(address).await.unwrap();
    let mut slow = Socket::over(stream, address).await;
    slow.subscribe("1", CHAT, json!({"c": channel})).await;
    slow.subscribe("2", "{ headPosition }", json!({})).await;
    assert_eq!(slow.next().await["id"], "2");
    assert_eq!(slow.next().await["type"], "complete");
    let long = |n: usize| format!("{n} {}", "x".repeat(480));
    say(&server, &ada, (0..MESSAGES).map(long)).await;
    let number = |item: &Value| -> usize {
        let text = item["message"]["text"].as_str().unwrap();
        text.split(' ').next().unwrap().parse().unwrap()
    };
    let (mut next, mut last) = (0, Value::Null);
    let error = loop {
        let message = slow.next().await;
        if message["type"] == "error" {
            break message;
        }
        let item = &message["payload"]["data"]["chat"];
        assert_eq!(number(item), next);
        next += 1;
        last = item["cursor"].clone();
    };
    let extensions = &error["payload"][0]["extensions"];
    assert_eq!(extensions["code"], "LAGGED");
    assert_eq!(extensions["cursor"], last);
    assert!(next < MESSAGES);
    // The same socket goes on where it stopped.
    slow.subscribe("1", CHAT, json!({"c": channel, "after": last}))
        .await;
    for expected in next..MESSAGES {
        assert_eq!(number(&slow.item("chat").await), expected);
    }
}

/// An event as graphql-sse has it: its name, id and data.
type Event = (String, Option<String>, Value);

struct Events {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl Events {
    async fn open(address: SocketAddr, request: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let bytes = Vec::new();
        let mut events = Self { stream, bytes };
        let head = events.until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        events
    }

    /// A POST of an operation.
    async fn post(address: SocketAddr, body: &Value, headers: &str) -> Self {
        let body = body.to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n{headers}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self::open(address, &request).await
    }

    async fn until(&mut self, end: &str) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.bytes).into_owned();
            if let Some(at) = text.find(end) {
                self.bytes.drain(..at + end.len());
                return text[..at].to_owned();
            }
            let read = within("an event", self.stream.read_buf(&mut self.bytes)).await;
            assert_ne!(read.unwrap(), 0, "it has ended: {text}");
        }
    }

    async fn next(&mut self) -> Event {
        loop {
            let text = self.until("\n\n").await;
            let (mut name, mut id, mut data) = (None, None, Value::Null);
            // What else there is are the sizes of chunks.
            for line in text.lines() {
                match line.split_once(": ").unwrap_or((line, "")) {
                    ("event", value) => name = Some(value.to_owned()),
                    ("id", value) => id = Some(value.to_owned()),
                    ("data", value) => data = serde_json::from_str(value).unwrap(),
                    _ => {}
                }
            }
            if let Some(name) = name {
                return (name, id, data);
            }
        }
    }
}

#[tokio::test]
async fn events_carry_their_cursor_and_the_last_of_them_resumes() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    say(&server, &ada, (0..3).map(|n| n.to_string())).await;
    let body = json!({"query": CHAT, "variables": {"c": channel, "after": "0"}});
    let mut events = Events::post(address, &body, "").await;
    let mut ids = Vec::new();
    for n in 0..3 {
        let (name, id, data) = events.next().await;
        let chat = &data["data"]["chat"];
        assert_eq!(
            (name.as_str(), &chat["message"]["text"]),
            ("next", &json!(n.to_string()))
        );
        assert_eq!(id.as_deref(), chat["cursor"].as_str());
        ids.push(id.unwrap());
    }
    // The header is newer than what the document began with.
    let header = format!("last-event-id: {}\r\n", ids[1]);
    let mut again = Events::post(address, &body, &header).await;
    assert_eq!(again.next().await.1.as_ref(), Some(&ids[2]));
    server.api.close();
    assert_eq!(again.next().await.0, "complete");
}

#[tokio::test]
async fn a_single_result_and_a_refusal_are_events_too() {
    let server = Server::start().await;
    let address = server.listen().await;
    let mut events = Events::post(address, &json!({"query": "{ headPosition }"}), "").await;
    let (name, id, data) = events.next().await;
    assert_eq!((name.as_str(), id), ("next", None));
    assert!(data["data"]["headPosition"].is_string());
    assert_eq!(events.next().await.0, "complete");
    let get = "GET /graphql?query=%7B%20nonsense%20%7D HTTP/1.1\r\nhost: x\r\n\
               accept: text/event-stream\r\n\r\n";
    let mut events = Events::open(address, get).await;
    let (name, _, data) = events.next().await;
    assert_eq!(name, "next");
    assert_eq!(
        data["errors"][0]["extensions"]["code"],
        "GRAPHQL_VALIDATION_FAILED"
    );
    assert_eq!(events.next().await.0, "complete");
}
