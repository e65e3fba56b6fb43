//! A streamer who is recorded.

use super::api::Api;
use super::encoder::Encoder;
use super::server::{Engine, Server, Site};
use super::viewer::until_live;
use super::{in_time, until};
use bytes::Bytes;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const RECORDINGS: &str = "query($id: ID!) { channel(id: $id) { recordings(first: 10) { nodes { \
    id isRecording isAutomatic endReason durationSeconds bytes finishedAt \
    playback { hlsPath mp4Path expiresAt } stream { id status isRecording recordingUrl } \
    anchors(first: 100) { nodes { second at } } } } } }";

/// A streamer on air.
pub struct OnAir {
    pub site: Site,
    pub server: Server,
    pub ada: Api,
    pub channel: String,
    pub key: String,
    pub encoder: Encoder,
}

impl OnAir {
    /// The streamer of a site that has none yet.
    pub async fn at(site: Site) -> Self {
        let server = site.start().await;
        let key = site.streamer("ada").await;
        let ada = server.api().log_in("ada").await;
        let channel = ada.channel("ada").await;
        let encoder = Encoder::publish(&server.rtmp, &key);
        until_live(&server, "ada").await;
        Self {
            site,
            server,
            ada,
            channel,
            key,
            encoder,
        }
    }

    /// With every stream recorded, and a short grace.
    pub async fn recorded() -> Self {
        let site = Site::new(Engine::Sqlite).await;
        let site = site
            .set("TRIBUTARY_RECORDINGS_AUTOMATIC", "true")
            .set("TRIBUTARY_RECORDINGS_FLV", "true")
            .set("TRIBUTARY_GRACE_SECONDS", "20");
        Self::at(site).await
    }

    /// The stream that is on air: its broadcast is there a moment before its first media.
    pub async fn stream(&self) -> Value {
        let stream = "query($id: ID!) { channel(id: $id) { currentStream { id status } } }";
        until("it is live", async || {
            let found = self.ada.query(stream, json!({ "id": self.channel })).await;
            let stream = &found["channel"]["currentStream"];
            (stream["status"] == "LIVE").then(|| stream["id"].clone())
        })
        .await
    }

    /// The folder of the only recording, once it has so many segments.
    pub async fn folder_with(&self, segments: usize) -> PathBuf {
        folder_with(&self.site.data().join("recordings"), segments).await
    }
}

/// What a channel has recorded, as the API tells it.
pub async fn recordings(ada: &Api, channel: &str) -> Vec<Value> {
    let found = ada.query(RECORDINGS, json!({ "id": channel })).await;
    let nodes = &found["channel"]["recordings"]["nodes"];
    nodes.as_array().unwrap().clone()
}

/// Ends the stream that is on air.
pub async fn end_stream(ada: &Api, channel: &str) {
    let query = "query($id: ID!) { channel(id: $id) { currentStream { id } } }";
    let found = ada.query(query, json!({ "id": channel })).await;
    let stream = json!({ "streamId": found["channel"]["currentStream"]["id"] });
    ada.done("endStream", stream, "").await;
}

/// The only recording once it is complete.
pub async fn complete(ada: &Api, channel: &str) -> Value {
    until("the recording is complete", async || {
        let found = recordings(ada, channel).await;
        let first = found.first()?.clone();
        (first["isRecording"] == false).then_some(first)
    })
    .await
}

fn folders(below: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(below).into_iter().flatten();
    read.map(|entry| entry.unwrap().path()).collect()
}

/// The folder of the only recording below one, once it has so many segments.
pub async fn folder_with(recordings: &Path, segments: usize) -> PathBuf {
    until("there are segments", async || {
        let channels = folders(recordings);
        let folder = folders(channels.first()?).pop()?;
        let index = std::fs::read_to_string(folder.join("index")).ok()?;
        (index.matches("segment ").count() >= segments).then_some(folder)
    })
    .await
}

/// Waits until a recording's files are gone.
pub async fn are_gone(folder: &Path) {
    let gone = async || (!folder.exists()).then_some(());
    until("its files are gone", gone).await;
}

/// Asks for a file of a recording, or a piece of it.
pub async fn get(url: &str, range: Option<&str>) -> Response {
    let mut request = Client::new().request(Method::GET, url);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    in_time("an answer", request.send()).await.unwrap()
}

/// A file of a recording comes whole and in pieces: all of it.
pub async fn comes_in_pieces(url: &str) -> Bytes {
    let all = get(url, None).await;
    assert_eq!(all.headers()["accept-ranges"], "bytes");
    let all = all.bytes().await.unwrap();
    let piece = get(url, Some("bytes=100-199")).await;
    assert_eq!(piece.status(), StatusCode::PARTIAL_CONTENT);
    let range = format!("bytes 100-199/{}", all.len());
    assert_eq!(piece.headers()["content-range"], range.as_str());
    assert_eq!(piece.bytes().await.unwrap(), all.slice(100..200));
    let beyond = get(url, Some(&format!("bytes={}-", all.len()))).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    all
}
