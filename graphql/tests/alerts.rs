//! Followers are told when a channel goes live.

use crate::support::{DEADLINE, Server, Socket, go_live};
use chrono::TimeDelta;
use serde_json::{Value, json};

const ALERTS: &str = "subscription A($after: String) { alerts(after: $after) {
    cursor kind channelId streamId at } }";
const FOLLOWED: &str =
    "query F($first: Int!, $after: String) { followedStreams(first: $first, after: $after) {
    nodes { id title } pageInfo { hasNextPage endCursor } } }";

async fn caught_up(server: &Server) {
    let reached = server.views.wait_for(server.log.head(), DEADLINE);
    reached.await.unwrap();
}

#[tokio::test]
async fn who_follows_is_told_once_and_who_does_not_is_not() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let (dan, _) = server.streamer("dan").await;
    let (eve, bob) = (server.register("eve").await, server.register("bob").await);
    let end = async |stream| {
        ada.done("endStream", json!({"streamId": id(stream)}), "")
            .await;
    };
    // What was before they followed is none of theirs.
    let before = go_live(&server, &ada).await;
    end(before).await;
    server.clock.advance(TimeDelta::seconds(1));
    eve.done("followChannel", json!({"channelId": channel}), "")
        .await;
    let mut live = Socket::open(address, eve.token.as_deref()).await;
    live.subscribe("1", ALERTS, json!({"after": "MA"})).await;
    go_live(&server, &dan).await;
    let first = go_live(&server, &ada).await;
    let told = live.item("alerts").await;
    assert_eq!(
        (&told["kind"], &told["channelId"]),
        (&json!("WENT_LIVE"), &json!(channel))
    );
    let names = |told: &Value, stream| told["streamId"] == id(stream);
    assert!(names(&told, first), "{told}");
    // An interruption that is over is no new show.
    end(first).await;
    server.clock.advance(TimeDelta::seconds(1));
    let hidden = json!({"title": "hidden", "visibility": "PRIVATE"});
    let hidden = ada.done("startStream", hidden, "stream { id }").await;
    go_live(&server, &ada).await;
    ada.done("endStream", json!({"streamId": hidden["stream"]["id"]}), "")
        .await;
    server.clock.advance(TimeDelta::seconds(1));
    let open = json!({"title": "open", "visibility": "PUBLIC"});
    let open = ada.done("startStream", open, "stream { id }").await;
    go_live(&server, &ada).await;
    let next = live.item("alerts").await;
    assert_eq!(
        next["streamId"], open["stream"]["id"],
        "the private one is not told"
    );
    // Resumed behind the first, the second comes again, alone.
    let mut resumed = Socket::open(address, eve.token.as_deref()).await;
    resumed
        .subscribe("1", ALERTS, json!({"after": told["cursor"]}))
        .await;
    assert_eq!(resumed.item("alerts").await, next);

    caught_up(&server).await;
    let page = async |client: &crate::support::Client, after: Value| {
        let answer = client
            .ask_with(FOLLOWED, json!({"first": 1, "after": after}))
            .await;
        answer.data()["followedStreams"].clone()
    };
    let newest = page(&eve, Value::Null).await;
    assert_eq!(newest["nodes"][0]["id"], open["stream"]["id"]);
    assert_eq!(newest["pageInfo"]["hasNextPage"], true);
    let last = page(&eve, newest["pageInfo"]["endCursor"].clone()).await;
    assert_eq!(last["nodes"][0]["id"], id(first));
    assert_eq!(last["pageInfo"]["hasNextPage"], false);
    assert_eq!(page(&bob, Value::Null).await["nodes"], json!([]));
    let nobody = server
        .anyone()
        .ask_with(FOLLOWED, json!({"first": 1}))
        .await;
    assert_eq!(nobody.code(), "UNAUTHENTICATED");
    let mut nobody = Socket::open(address, None).await;
    nobody.subscribe("1", ALERTS, json!({})).await;
    assert_eq!(nobody.error().await, "UNAUTHENTICATED");
    // Who follows no longer is told no more.
    eve.done("unfollowChannel", json!({"channelId": channel}), "")
        .await;
    assert_eq!(page(&eve, Value::Null).await["nodes"], json!([]));
}

fn id(stream: tributary_domain::StreamId) -> Value {
    use base64::Engine as _;
    let text = format!("Stream:{stream}");
    json!(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text))
}
