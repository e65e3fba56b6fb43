//! Pages, global ids, and reading what was written.

use crate::support::{Client, Server};
use serde_json::{Value, json};

async fn page(client: &Client, channel: &str, list: &str, arguments: &str) -> (Vec<String>, Value) {
    let query = format!(
        "query Q($c: ID!) {{ channel(id: $c) {{ {list}({arguments}) {{ \
         edges {{ cursor node {{ id }} }} nodes {{ id }} \
         pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
    );
    let answer = client.ask_with(&query, json!({"c": channel})).await;
    let page = &answer.data()["channel"][list];
    let ids = |items: &Value, at: &str| -> Vec<String> {
        let items = items.as_array().unwrap().iter();
        items
            .map(|item| item.pointer(at).unwrap().as_str().unwrap().to_owned())
            .collect()
    };
    let nodes = ids(&page["nodes"], "/id");
    assert_eq!(nodes, ids(&page["edges"], "/node/id"));
    let cursors = ids(&page["edges"], "/cursor");
    assert_eq!(
        page["pageInfo"]["startCursor"].as_str(),
        cursors.first().map(String::as_str)
    );
    assert_eq!(
        page["pageInfo"]["endCursor"].as_str(),
        cursors.last().map(String::as_str)
    );
    (nodes, page["pageInfo"].clone())
}

#[tokio::test]
async fn a_chat_is_read_backwards_page_by_page() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let mut sent = Vec::new();
    for n in 0..7 {
        let input = json!({"channelId": channel, "text": format!("{n}")});
        let payload = ada.done("sendChatMessage", input, "message { id }").await;
        sent.push(payload["message"]["id"].as_str().unwrap().to_owned());
    }
    let head = ada.ask("{ headPosition }").await.data()["headPosition"].clone();
    let reached = "query Q($p: Position) { me(atLeast: $p) { id } }";
    ada.ask_with(reached, json!({"p": head})).await.data();

    let (newest, info) = page(&ada, &channel, "messages", "last: 3").await;
    assert_eq!(newest, sent[4..]);
    assert_eq!(
        (&info["hasPreviousPage"], &info["hasNextPage"]),
        (&json!(true), &json!(false))
    );
    let before = format!("last: 3, before: {}", info["startCursor"]);
    let (middle, info) = page(&ada, &channel, "messages", &before).await;
    assert_eq!(middle, sent[1..4]);
    assert_eq!(
        (&info["hasPreviousPage"], &info["hasNextPage"]),
        (&json!(true), &json!(true))
    );
    let before = format!("last: 3, before: {}", info["startCursor"]);
    let (oldest, info) = page(&ada, &channel, "messages", &before).await;
    assert_eq!(oldest, sent[..1]);
    assert_eq!(info["hasPreviousPage"], false);
}

#[tokio::test]
async fn streams_are_read_newest_first_page_by_page() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let mut made = Vec::new();
    for n in 0..5 {
        let input = json!({"title": format!("{n}"), "scheduledFor": "2026-02-01T00:00:00Z"});
        let payload = ada.done("scheduleStream", input, "stream { id }").await;
        made.insert(0, payload["stream"]["id"].as_str().unwrap().to_owned());
    }
    let (newest, info) = page(&ada, &channel, "streams", "first: 3").await;
    assert_eq!(newest, made[..3]);
    assert_eq!(
        (&info["hasPreviousPage"], &info["hasNextPage"]),
        (&json!(false), &json!(true))
    );
    let after = format!("first: 3, after: {}", info["endCursor"]);
    let (rest, info) = page(&ada, &channel, "streams", &after).await;
    assert_eq!(rest, made[3..]);
    assert_eq!(
        (&info["hasPreviousPage"], &info["hasNextPage"]),
        (&json!(true), &json!(false))
    );
}

#[tokio::test]
async fn pages_of_no_size_and_foreign_cursors_are_bad_input() {
    let server = Server::start().await;
    let (ada, _) = server.streamer("ada").await;
    for list in [
        "channel(name: \"ada\") { streams(first: 0) { nodes { id } } }",
        "channel(name: \"ada\") { streams(first: 101) { nodes { id } } }",
        "channel(name: \"ada\") { messages(last: -1) { nodes { id } } }",
        "channel(name: \"ada\") { tips(first: 2147483647) { nodes { id } } }",
        "liveStreams(first: 0) { nodes { id } }",
        "liveStreams(first: 1, after: \"nonsense\") { nodes { id } }",
        "channel(name: \"ada\") { messages(last: 1, before: \"nonsense\") { nodes { id } } }",
        "liveStreams(first: 1, search: \"\\u0000\") { nodes { id } }",
        "channel { id }",
        "channel(name: \"ada\", id: \"x\") { id }",
        "node(id: \"nonsense\") { id }",
        "me(atLeast: \"-1\") { id }",
        "me(atLeast: \"x\") { id }",
    ] {
        let answer = ada.ask(&format!("{{ {list} }}")).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{list}: {}", answer.body);
    }
    let answer = ada
        .ask("{ channel(name: \"ada\") { streams { nodes { id } } } }")
        .await;
    assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED");
    for nobody in ["x", "no such name", "\\u0000", "nobody"] {
        let query = format!(
            "{{ channel(name: \"{nobody}\") {{ id }} account(name: \"{nobody}\") {{ id }} }}"
        );
        assert_eq!(
            ada.ask(&query).await.data(),
            &json!({"channel": null, "account": null})
        );
    }
}

#[tokio::test]
async fn anything_with_an_id_is_found_by_it() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    eve.done("topUp", json!({"amount": "5", "currency": "USD"}), "")
        .await;
    let stream = ada
        .done("startStream", json!({"title": "x"}), "stream { id }")
        .await;
    let message = json!({"channelId": channel, "text": "hello"});
    let message = eve.done("sendChatMessage", message, "message { id }").await;
    let tip = json!({"channelId": channel, "amount": "5", "currency": "USD"});
    let tip = eve.done("sendTip", tip, "tip { id }").await;
    let ids = [
        ("Account", json!(ada.id)),
        ("Channel", json!(channel)),
        ("Stream", stream["stream"]["id"].clone()),
        ("ChatMessage", message["message"]["id"].clone()),
        ("Tip", tip["tip"]["id"].clone()),
    ];
    let query = "query Q($id: ID!) { node(id: $id) { __typename id } }";
    for (kind, id) in ids {
        let answer = ada.ask_with(query, json!({"id": id})).await;
        assert_eq!(answer.data()["node"], json!({"__typename": kind, "id": id}));
    }
    // A tip is no message, and nothing stands at the end of the log.
    use base64::Engine as _;
    let encode = |text: String| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    for text in [
        format!("ChatMessage:{}", tip["position"].as_str().unwrap()),
        "Tip:999999".to_owned(),
        "Stream:019c1610-0000-7000-8000-000000000000".to_owned(),
    ] {
        let answer = ada
            .ask_with(query, json!({"id": encode(text.clone())}))
            .await;
        assert_eq!(answer.data()["node"], Value::Null, "{text}");
    }
}

#[tokio::test]
async fn what_is_not_written_yet_is_not_read() {
    let settings = tributary_graphql::ApiSettings {
        at_least_timeout: std::time::Duration::from_millis(50),
        ..Default::default()
    };
    let server = Server::start_with(tributary_store::testing::Engine::Sqlite, settings).await;
    let answer = server
        .anyone()
        .ask("{ me(atLeast: \"1000000\") { id } }")
        .await;
    assert_eq!(answer.code(), "NOT_YET");
    assert_eq!(answer.body["errors"][0]["extensions"]["retryAfter"], 1);
}
