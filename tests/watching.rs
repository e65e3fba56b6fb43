//! Ways to watch: a private stream with a ticket, and video over WebSocket.

use crate::support::encoder::Encoder;
use crate::support::flv::tags;
use crate::support::server::{Engine, Site};
use crate::support::{in_time, until};
use futures::StreamExt as _;
use serde_json::json;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

const PLAYBACK: &str = "query($id: ID!, $guests: Boolean!) { node(id: $id) { ... on Channel { \
    playback(forGuests: $guests) { path hlsPath expiresAt } } } }";

#[tokio::test]
async fn a_private_stream_is_watched_with_a_ticket_and_over_websocket_too() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let bob = server.api().register("bob").await;
    let channel = ada.channel("ada").await;
    let encoder = Encoder::publish(&server.rtmp, &key);
    let plain = format!("{}/live/ada.flv", server.http);
    let status = async |url: &str| reqwest::get(url).await.unwrap().status().as_u16();
    until("on air", async || {
        (status(&plain).await == 200).then_some(())
    })
    .await;

    // Public: a path without a ticket, for everybody.
    let of = |guests: bool| json!({ "id": channel, "guests": guests });
    let public = bob.query(PLAYBACK, of(false)).await;
    let wanted =
        json!({ "path": "/live/ada.flv", "hlsPath": "/live/ada/master.m3u8", "expiresAt": null });
    assert_eq!(public["node"]["playback"], wanted);

    let stream = "query($id: ID!) { node(id: $id) { ... on Channel { currentStream { id } } } }";
    let stream = ada.query(stream, json!({ "id": channel })).await;
    let stream = &stream["node"]["currentStream"]["id"];
    let change = json!({ "streamId": stream, "visibility": "PRIVATE" });
    ada.done("updateStream", change, "stream { visibility }")
        .await;

    // Private: nobody without a ticket, and none for a stranger.
    assert_eq!(status(&plain).await, 403);
    let head = reqwest::Client::new().head(&plain).send().await.unwrap();
    assert_eq!(head.status().as_u16(), 403);
    let none = bob.query(PLAYBACK, of(false)).await;
    assert!(none["node"]["playback"].is_null(), "{none}");
    for guests in [false, true] {
        let given = ada.query(PLAYBACK, of(guests)).await;
        let playback = &given["node"]["playback"];
        assert!(playback["expiresAt"].is_string(), "{given}");
        let path = playback["path"].as_str().unwrap();
        assert_eq!(status(&format!("{}{path}", server.http)).await, 200);
        assert_eq!(status(&format!("{}{path}x", server.http)).await, 403);
    }

    // The same over WebSocket: whole tags in each message, a key frame first.
    let given = ada.query(PLAYBACK, of(true)).await;
    let path = given["node"]["playback"]["path"]
        .as_str()
        .unwrap()
        .to_owned();
    let socket = server.http.replace("http://", "ws://");
    let refused = connect_async(format!("{socket}/live/ada.flv")).await;
    assert!(refused.unwrap_err().to_string().contains("403"));
    let opening = connect_async(format!("{socket}{path}").into_client_request().unwrap());
    let (mut video, _) = in_time("a socket", opening).await.unwrap();
    let mut got = vec![];
    while got.is_empty() || tags(&got).len() < 60 {
        let message = in_time("a message", video.next()).await.unwrap().unwrap();
        assert!(message.is_binary(), "{message:?}");
        got.extend(message.into_data());
    }
    let seen = tags(&got);
    let first = seen.iter().find(|tag| tag.kind == 9 && !tag.is_header());
    assert!(first.unwrap().is_key_frame());
    encoder.kill().await;
}
