//! A room fit to be in: tips in the chat, history beside a recording, numbers, what is removed, and what is
//! undone.

use crate::support::{Client, DEADLINE, Server, Socket, go_live, unhurried};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;
use tributary_graphql::ApiSettings;
use tributary_graphql::rate::{Budget, Budgets};
use tributary_store::testing::Engine;

const CHAT: &str = "subscription S($c: ID!, $after: String) { chat(channelId: $c, after: $after) {
    message { id kind text isDeleted tipAmount { amount currency } } deletedMessageId } }";
const TIPS: &str = "subscription S($c: ID!, $after: String) { tips(channelId: $c, after: $after) {
    tip { id message } wordsRemovedId wordsRemovedUpto } }";

async fn caught_up(server: &Server) {
    let reached = server.views.wait_for(server.log.head(), DEADLINE);
    reached.await.unwrap();
}

async fn say(client: &Client, channel: &str, text: &str) -> Value {
    let input = json!({"channelId": channel, "text": text});
    let sent = client
        .done("sendChatMessage", input, "message { id }")
        .await;
    sent["message"]["id"].clone()
}

/// Gives five dollars with words; the tip's id.
async fn tip(client: &Client, channel: &str, words: &str) -> Value {
    let top_up = json!({"amount": "5.00", "currency": "USD"});
    client.done("topUp", top_up, "").await;
    let tip = json!({
        "channelId": channel, "amount": "5.00", "currency": "USD", "message": words,
    });
    client.done("sendTip", tip, "tip { id }").await["tip"]["id"].clone()
}

/// As which a tip stands in the chat.
fn in_chat(tip: &Value) -> Value {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let id = String::from_utf8(base64.decode(tip.as_str().unwrap()).unwrap()).unwrap();
    json!(base64.encode(id.replace("Tip:", "ChatMessage:")))
}

/// Everything in an answer, as one text.
fn all(answer: &Value) -> String {
    answer.to_string()
}

#[tokio::test]
async fn what_a_moderator_removed_is_in_no_query_no_replay_and_no_feed() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let (eve, moderator) = (server.register("eve").await, server.register("mod").await);
    let bob = server.register("bob").await;
    let input = json!({"channelId": channel, "accountId": moderator.id});
    ada.done("appointModerator", input, "").await;
    go_live(&server, &ada).await;
    let mut chat = Socket::open(address, None).await;
    chat.subscribe("1", CHAT, json!({"c": channel, "after": "MA"}))
        .await;
    let mut tips = Socket::open(address, None).await;
    tips.subscribe("1", TIPS, json!({"c": channel, "after": "MA"}))
        .await;
    let said = say(&eve, &channel, "unsayable words").await;
    assert_eq!(chat.item("chat").await["message"]["id"], said);
    let given = tip(&eve, &channel, "unsayable gift").await;
    let line = chat.item("chat").await["message"].clone();
    let amount = json!({"amount": "5.00", "currency": "USD"});
    let expected = json!({
        "id": in_chat(&given), "kind": "TIP", "text": "unsayable gift", "isDeleted": false,
        "tipAmount": amount,
    });
    assert_eq!(line, expected);
    assert_eq!(tips.item("tips").await["tip"]["id"], given);
    let reply = json!({"channelId": channel, "text": "indeed", "replyToId": said});
    ada.done("sendChatMessage", reply, "").await;
    chat.item("chat").await;
    for pinned in [&said, &line["id"]] {
        moderator
            .done("pinChatMessage", json!({"messageId": pinned}), "")
            .await;
        chat.item("chat").await;
    }

    for id in [&said, &line["id"]] {
        let input = json!({"messageId": id, "reason": "rude"});
        let refused = bob.refused("deleteChatMessage", input.clone()).await;
        assert_eq!(refused.0, "NOT_YOUR_MESSAGE");
        moderator.done("deleteChatMessage", input, "").await;
        // Open clients are told to drop it.
        assert_eq!(&chat.item("chat").await["deletedMessageId"], id);
    }
    assert_eq!(tips.item("tips").await["wordsRemovedId"], given);
    caught_up(&server).await;

    let query = "query Q($c: ID!, $said: ID!, $line: ID!, $given: ID!) {
        channel(id: $c) {
            messages(last: 50) { nodes { id kind text isDeleted tipAmount { amount } } }
            tips(first: 50) { nodes { message amount { amount } } }
            chat { pinnedMessages { text } }
            currentStream {
                messages(first: 50) { nodes { text } }
                beside: messages(first: 50, fromSecond: 0, toSecond: 3600) { nodes { text } }
            }
        }
        said: node(id: $said) { ... on ChatMessage { text isDeleted reactions { total } } }
        line: node(id: $line) { ... on ChatMessage { text isDeleted } }
        given: node(id: $given) { ... on Tip { message } }
        many: nodes(ids: [$said, $line, $given]) { ... on ChatMessage { text } ... on Tip { message } }
    }";
    let asked = json!({"c": channel, "said": said, "line": line["id"], "given": given});
    for client in [&eve, &ada, &moderator, &server.anyone()] {
        let answer = client.ask_with(query, asked.clone()).await;
        let answer = answer.data();
        assert!(!all(answer).contains("unsayable"), "{answer}");
        let nodes = answer["channel"]["messages"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 3, "they stand there, without words: {answer}");
        assert_eq!(nodes[1]["kind"], "TIP");
        assert_eq!(nodes[1]["tipAmount"], json!({"amount": "5.00"}));
        assert_eq!(answer["channel"]["chat"]["pinnedMessages"], json!([]));
        assert_eq!(answer["said"]["isDeleted"], true);
    }

    // Replays, alone and in a group that is there; feeds that begin behind any place.
    for (document, field, items) in [(CHAT, "chat", 7), (TIPS, "tips", 2)] {
        for document in [document.to_owned(), document.replace(" }", "  }")] {
            let mut replay = Socket::open(address, None).await;
            replay
                .subscribe("1", &document, json!({"c": channel, "after": "MA"}))
                .await;
            for _ in 0..items {
                let item = replay.item(field).await;
                assert!(!all(&item).contains("unsayable"), "{item}");
            }
        }
    }
    // What others' events say is not for them; admins read the log.
    let events =
        "query E($c: ID!) { events(first: 100, filter: {channelId: $c}) { nodes { personal } } }";
    for client in [&ada, &moderator] {
        let answer = client.ask_with(events, json!({"c": channel})).await;
        assert!(!all(&answer.body).contains("unsayable"), "{}", answer.body);
    }
    let admin = server.admin().await;
    let answer = admin.ask_with(events, json!({"c": channel})).await;
    assert!(
        all(answer.data()).contains("unsayable words"),
        "{}",
        answer.body
    );

    // It can be neither answered, nor pinned.
    for id in [&said, &line["id"]] {
        let reply = json!({"channelId": channel, "text": "what?", "replyToId": id});
        let refused = eve.refused("sendChatMessage", reply).await;
        assert_eq!(refused.0, "REPLY_TO_NOTHING");
        let pin = json!({"messageId": id});
        let refused = moderator.refused("pinChatMessage", pin).await;
        assert_eq!(refused.0, "MESSAGE_NOT_FOUND");
    }
    // The chat as a whole: tips' words go with it.
    let next = tip(&eve, &channel, "unsayable again").await;
    assert_eq!(tips.item("tips").await["tip"]["id"], next);
    moderator
        .done("clearChat", json!({"channelId": channel}), "")
        .await;
    assert!(tips.item("tips").await["wordsRemovedUpto"].is_string());
    caught_up(&server).await;
    let answer = eve.ask_with(query, asked).await;
    assert!(!all(answer.data()).contains("unsayable"), "{}", answer.body);
}

#[tokio::test]
async fn history_is_found_beside_a_recording_and_the_chat_told_in_numbers() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let (eve, analyst) = (server.register("eve").await, server.register("ann").await);
    go_live(&server, &ada).await;
    for n in 0..6 {
        say(&eve, &channel, &n.to_string()).await;
        server.clock.advance(TimeDelta::seconds(10));
    }
    let emoji = json!({"channelId": channel, "text": "👏👏"});
    ada.done("sendChatMessage", emoji, "").await;
    tip(&eve, &channel, "no message").await;
    caught_up(&server).await;
    let query = "query Q($c: ID!, $from: Int!, $to: Int, $after: String) { channel(id: $c) { currentStream {
        messages(first: 3, fromSecond: $from, toSecond: $to, after: $after) {
            nodes { text } pageInfo { hasNextPage endCursor } }
    } } }";
    let page = async |from: i32, to: Option<i32>, after: Value| {
        let variables = json!({"c": channel, "from": from, "to": to, "after": after});
        let answer = eve.ask_with(query, variables).await;
        let messages = answer.data()["channel"]["currentStream"]["messages"].clone();
        let nodes = messages["nodes"].as_array().unwrap().iter();
        let texts: Vec<_> = nodes
            .map(|n| n["text"].as_str().unwrap().to_owned())
            .collect();
        (texts, messages["pageInfo"].clone())
    };
    let (texts, info) = page(10, Some(50), Value::Null).await;
    assert_eq!(texts, ["1", "2", "3"]);
    assert_eq!(info["hasNextPage"], true);
    let (texts, info) = page(10, Some(50), info["endCursor"].clone()).await;
    assert_eq!(
        (texts, &info["hasNextPage"]),
        (vec!["4".to_owned()], &json!(false))
    );
    let (texts, _) = page(50, None, Value::Null).await;
    assert_eq!(texts, ["5", "👏👏", "no message"]);
    assert_eq!(
        page(10, Some(10), Value::Null).await.0,
        Vec::<String>::new()
    );

    let statistics = "query Q($c: ID!) { channel(id: $c) { currentStream { chatStatistics {
        messageCount announcementCount chatterCount messagesPerMinute emojiMessageCount emojiShare replyCount
        mentioningMessageCount busiestMinute { messageCount }
        mostActive(first: 10) { account { name } messageCount emojiMessageCount }
    } } } }";
    let seen = async |client: &Client| {
        let answer = client.ask_with(statistics, json!({"c": channel})).await;
        answer.data()["channel"]["currentStream"]["chatStatistics"].clone()
    };
    let expected = json!({
        "messageCount": 7, "announcementCount": 0, "chatterCount": 2, "messagesPerMinute": 7.0,
        "emojiMessageCount": 1, "emojiShare": 0.143, "replyCount": 0, "mentioningMessageCount": 0,
        "busiestMinute": {"messageCount": 6},
        "mostActive": [
            {"account": {"name": "eve"}, "messageCount": 6, "emojiMessageCount": 0},
            {"account": {"name": "ada"}, "messageCount": 1, "emojiMessageCount": 1},
        ],
    });
    assert_eq!(seen(&ada).await, expected);
    assert_eq!(seen(&eve).await, Value::Null);
    assert_eq!(seen(&analyst).await, Value::Null);
    let admin = server.admin().await;
    let input = json!({"accountId": analyst.id, "role": "ANALYST"});
    admin.done("grantRole", input, "").await;
    let input = json!({"channelId": channel, "accountId": eve.id});
    ada.done("appointModerator", input, "").await;
    caught_up(&server).await;
    for client in [&analyst, &eve, &admin] {
        assert_eq!(seen(client).await, expected);
    }
}

#[tokio::test]
async fn another_node_is_no_way_around_repeated_text() {
    let budgets = Budgets {
        messages: Some(Budget::new(1_000, Duration::from_secs(10))),
        ..Budgets::NONE
    };
    let settings = ApiSettings {
        budgets,
        ..unhurried()
    };
    let server = Server::start_with(Engine::Sqlite, settings).await;
    let (_, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let two = server.beside().await;
    let there = Server::at(&two, &eve);
    for _ in 0..3 {
        say(&eve, &channel, "buy now").await;
    }
    // The other node hears it from the log: what it is asked behind that shows it.
    let address = server.listen().await;
    let mut heard = Socket::open(address, None).await;
    heard
        .subscribe("1", CHAT, json!({"c": channel, "after": "MA"}))
        .await;
    for _ in 0..3 {
        heard.item("chat").await;
    }
    let input = json!({"channelId": channel, "text": "BUY NOW!"});
    let query = "mutation M($i: SendChatMessageInput!) { sendChatMessage(input: $i) { errors { code retryAfter } } }";
    let refused = crate::support::within("the other node to have heard it", async {
        loop {
            let answer = there.ask_with(query, json!({"i": input})).await;
            let errors = answer.data()["sendChatMessage"]["errors"].clone();
            if errors != json!([]) {
                return errors;
            }
        }
    })
    .await;
    let expected = json!([{"code": "REPEATED_TEXT", "retryAfter": 30}]);
    assert_eq!(refused, expected);
    say(&there, &channel, "something else").await;
    server.clock.advance(TimeDelta::seconds(30));
    say(&there, &channel, "buy now").await;
}

#[tokio::test]
async fn each_act_has_its_undoing_and_who_waits_is_told_how_long() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let message = say(&eve, &channel, "hello").await;
    let about = |seconds: Value| {
        let mut about = json!({"channelId": channel, "accountId": eve.id, "reason": "why"});
        if seconds.is_number() {
            about["seconds"] = seconds;
        }
        about
    };
    let speaking = async || {
        let input = json!({"channelId": channel, "text": "may I?"});
        let query = "mutation M($i: SendChatMessageInput!) { sendChatMessage(input: $i) { errors { code retryAfter } } }";
        let answer = eve.ask_with(query, json!({"i": input})).await;
        answer.data()["sendChatMessage"]["errors"].clone()
    };
    for (act, undo, refused) in [
        (
            "banFromChannel",
            "unbanFromChannel",
            json!([{"code": "BANNED", "retryAfter": null}]),
        ),
        (
            "muteInChannel",
            "unmuteInChannel",
            json!([{"code": "MUTED", "retryAfter": null}]),
        ),
        (
            "timeOutInChannel",
            "liftTimeout",
            json!([{"code": "TIMED_OUT", "retryAfter": 300}]),
        ),
    ] {
        ada.done(act, about(Value::Null), "").await;
        assert_eq!(speaking().await, refused);
        ada.done(undo, about(Value::Null), "").await;
        assert_eq!(speaking().await, json!([]), "{undo}");
        // What holds already is done again without a word.
        ada.done(undo, about(Value::Null), "").await;
    }
    ada.done("timeOutInChannel", about(json!(90)), "").await;
    server.clock.advance(TimeDelta::milliseconds(30_500));
    assert_eq!(speaking().await[0]["retryAfter"], 60);
    server.clock.advance(TimeDelta::seconds(60));
    assert_eq!(speaking().await, json!([]));

    let room = "channel { chat { pinnedMessages { text } settings { slowModeSeconds emoteOnly } moderators { account { name } } } }";
    let pin = json!({"messageId": message});
    let shown = ada.done("pinChatMessage", pin.clone(), room).await;
    assert_eq!(
        shown["channel"]["chat"]["pinnedMessages"][0]["text"],
        "hello"
    );
    let shown = ada.done("unpinChatMessage", pin, room).await;
    assert_eq!(shown["channel"]["chat"]["pinnedMessages"], json!([]));
    for (slow, emotes) in [(60, true), (0, false)] {
        let input = json!({"channelId": channel, "slowModeSeconds": slow, "emoteOnly": emotes});
        let shown = ada.done("updateChatSettings", input, room).await;
        let settings = json!({"slowModeSeconds": slow, "emoteOnly": emotes});
        assert_eq!(shown["channel"]["chat"]["settings"], settings);
    }
    let eve_there = json!({"channelId": channel, "accountId": eve.id});
    let shown = ada.done("appointModerator", eve_there.clone(), room).await;
    assert_eq!(
        shown["channel"]["chat"]["moderators"][0]["account"]["name"],
        "eve"
    );
    let shown = ada.done("removeModerator", eve_there, room).await;
    assert_eq!(shown["channel"]["chat"]["moderators"], json!([]));

    caught_up(&server).await;
    let query = "query Q($c: ID!) { channel(id: $c) { chat { moderationActions(first: 50) { nodes { kind undoneBy reason } } } } }";
    let answer = ada.ask_with(query, json!({"c": channel})).await;
    let nodes = answer.data()["channel"]["chat"]["moderationActions"]["nodes"].clone();
    let undone: Vec<_> = nodes
        .as_array()
        .unwrap()
        .iter()
        .filter(|action| action["undoneBy"].is_string())
        .map(|action| action["kind"].as_str().unwrap())
        .collect();
    for kind in ["BAN", "MUTE", "TIME_OUT"] {
        assert!(undone.contains(&kind), "{kind}: {nodes}");
    }
}
