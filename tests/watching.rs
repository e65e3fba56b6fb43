//! Ways to watch: a private stream with a ticket, and video over WebSocket.

use crate::support::encoder::Encoder;
use crate::support::flv::tags;
use crate::support::server::{Engine, Site};
use crate::support::viewer::Viewer;
use crate::support::{in_time, until};
use futures::StreamExt as _;
use serde_json::json;
use std::process::Stdio;
use tokio::process::Command;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
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

    // Whoever watches by everybody's leave is cut when that ends; who has their own stays.
    let stranger = Viewer::watch(&server.http, "ada").await;
    let socket = server.http.replace("http://", "ws://");
    let opening = connect_async(format!("{socket}/live/ada.flv"));
    let (mut beside, _) = in_time("a socket", opening).await.unwrap();
    in_time("video", beside.next()).await.unwrap().unwrap();
    let mut player = Command::new("ffmpeg");
    let playing = player
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-i"])
        .arg(format!("{}/ada", server.rtmp))
        .args(["-c", "copy", "-f", "null", "-"])
        .kill_on_drop(true)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let owner = ada
        .client()
        .get(&plain)
        .bearer_auth(ada.token.as_ref().unwrap());
    let mut owner = in_time("video", owner.send()).await.unwrap().bytes_stream();
    until("all of them are viewers", async || {
        let metrics = reqwest::get(format!("{}/metrics", server.http))
            .await
            .unwrap();
        let metrics = metrics.text().await.unwrap();
        metrics
            .lines()
            .any(|line| line == "tributary_playbacks 4")
            .then_some(())
    })
    .await;

    let stream = "query($id: ID!) { node(id: $id) { ... on Channel { currentStream { id } } } }";
    let stream = ada.query(stream, json!({ "id": channel })).await;
    let stream = &stream["node"]["currentStream"]["id"];
    let change = json!({ "streamId": stream, "visibility": "PRIVATE" });
    ada.done("updateStream", change, "stream { visibility }")
        .await;

    stranger.finish().await;
    let close = async {
        loop {
            if let Message::Close(close) = beside.next().await.unwrap().unwrap() {
                return close.expect("a reason");
            }
        }
    };
    let close = in_time("the socket is closed", close).await;
    assert_eq!(u16::from(close.code), 1008, "{close:?}");
    assert!(close.reason.contains("private"), "{close:?}");
    let output = in_time("the player ends", playing.wait_with_output()).await;
    let said = String::from_utf8_lossy(&output.unwrap().stderr).into_owned();
    assert!(said.is_empty() || said.contains("private"), "{said}");
    for _ in 0..30 {
        in_time("its owner's video goes on", owner.next())
            .await
            .unwrap()
            .unwrap();
    }

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
