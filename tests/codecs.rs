//! What newer encoders send, as HLS and as recordings: judged by ffprobe, and decoded.

use crate::support::encoder::Encoder;
use crate::support::hls::probe;
use crate::support::program::newest_ffmpeg;
use crate::support::server::{Engine, Site};
use crate::support::viewer::until_live;
use crate::support::{in_time, until};
use reqwest::StatusCode;
use serde_json::json;
use std::path::Path;
use tokio::process::Command;

/// What ffmpeg complains about when it decodes all of a file.
async fn complaints(program: &Path, file: &Path) -> String {
    let mut command = Command::new(program);
    command.args(["-hide_banner", "-nostdin", "-loglevel", "error", "-xerror"]);
    command.arg("-i").arg(file);
    // Frames keep their times; see `decode` of the encoder. Older ffmpegs write `demux` as -1.
    command.args(["-fps_mode", "passthrough", "-enc_time_base:v", "demux"]);
    command.args(["-f", "null", "-"]);
    let output = in_time("ffmpeg decodes", command.output()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "it failed: {said}");
    said
}

/// Publishes, plays as HLS while it is live, and plays what was recorded of it.
async fn is_played_and_recorded(codecs: &[&str], wanted: (&str, &str), named: &str) {
    let site = Site::new(Engine::Sqlite).await;
    let site = site
        .set("TRIBUTARY_RECORDINGS_AUTOMATIC", "true")
        .set("TRIBUTARY_RECORDINGS_FLV", "true");
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let ffmpeg = newest_ffmpeg();
    let encoder = Encoder::publish_with(&ffmpeg, codecs, &server.rtmp, &key);
    until_live(&server, "ada").await;

    let live = format!("{}/live/ada/master.m3u8", server.http);
    let master = until("there is a segment", async || {
        let answer = reqwest::get(&live).await.unwrap();
        let is_there = answer.status() == StatusCode::OK;
        let text = answer.text().await.unwrap();
        (is_there && text.contains("CODECS")).then_some(text)
    })
    .await;
    assert!(master.contains(named), "no {named} in {master}");
    let found = in_time("ffprobe reads", probe(&live)).await;
    assert_eq!((found.0.as_str(), found.1.as_str()), wanted, "live");

    let now = "query($id: ID!) { channel(id: $id) { currentStream { id } } }";
    let found = ada.query(now, json!({ "id": channel })).await;
    let stream = json!({ "streamId": found["channel"]["currentStream"]["id"] });
    ada.done("endStream", stream, "").await;
    encoder.kill().await;
    let all = "query($id: ID!) { channel(id: $id) { recordings(first: 1) { nodes { \
        isRecording durationSeconds playback { hlsPath } } } } }";
    let recording = until("the recording is complete", async || {
        let found = ada.query(all, json!({ "id": channel })).await;
        let first = found["channel"]["recordings"]["nodes"].get(0)?.clone();
        (first["isRecording"] == false).then_some(first)
    })
    .await;
    assert!(recording["durationSeconds"].as_f64().unwrap() >= 2.0);
    let path = recording["playback"]["hlsPath"].as_str().unwrap();
    let vod = format!("{}{path}", server.http);
    let found = in_time("ffprobe reads", probe(&vod)).await;
    assert_eq!((found.0.as_str(), found.1.as_str()), wanted, "recorded");

    let id = path.split('/').nth(2).unwrap();
    let channels = std::fs::read_dir(site.data().join("recordings")).unwrap();
    let folder = channels.flatten().next().unwrap().path().join(id);
    let file = folder.join("part-0.mp4");
    let found = in_time("ffprobe reads", probe(file.to_str().unwrap())).await;
    assert_eq!((found.0.as_str(), found.1.as_str()), wanted, "the file");
    assert_eq!(complaints(&ffmpeg, &file).await, "", "the MP4");
    assert_eq!(
        complaints(&ffmpeg, &folder.join("video.flv")).await,
        "",
        "the FLV"
    );
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test]
async fn hevc_with_b_frames_and_opus_is_played_as_hls_and_recorded() {
    let codecs = [
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "log-level=error:pools=1:bframes=2",
        "-c:a",
        "libopus",
    ];
    is_played_and_recorded(&codecs, ("hevc", "opus"), "hvc1.").await;
}

#[tokio::test]
async fn av1_and_opus_is_played_as_hls_and_recorded() {
    let codecs = [
        "-c:v",
        "libsvtav1",
        "-preset",
        "12",
        "-c:a",
        "libopus",
        "-svtav1-params",
        "lp=1",
    ];
    is_played_and_recorded(&codecs, ("av1", "opus"), "av01.").await;
}
