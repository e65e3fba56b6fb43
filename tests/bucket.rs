//! Recordings in a bucket: when they get there, how they are played from there, and that they go.

use crate::support::bucket::S3;
use crate::support::encoder::decode;
use crate::support::hls::{Playlist, plays_in_hls_js, probe};
use crate::support::recorded::{
    OnAir, are_gone, comes_in_pieces, complete, end_stream, get, recordings,
};
use crate::support::server::{Engine, Server, Site};
use crate::support::{in_time, until};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A streamer on air, recorded, whose recordings are kept in the bucket.
async fn on_air(s3: &S3, engine: Engine) -> OnAir {
    let site = Site::new(engine).await;
    let site = s3
        .of(site)
        .set("TRIBUTARY_RECORDINGS_AUTOMATIC", "true")
        .set("TRIBUTARY_RECORDINGS_FLV", "true")
        .set("TRIBUTARY_GRACE_SECONDS", "20");
    OnAir::at(site).await
}

/// Lets the show end once there is something of it: the recording, and its folder.
async fn recorded(on_air: &OnAir) -> (Value, PathBuf) {
    let folder = on_air.folder_with(3).await;
    end_stream(&on_air.ada, &on_air.channel).await;
    let recording = complete(&on_air.ada, &on_air.channel).await;
    (recording, folder)
}

fn url(server: &Server, recording: &Value, path: &str) -> String {
    let path = recording["playback"][path].as_str().unwrap();
    format!("{}{path}", server.http)
}

/// What stands before a recording's keys.
fn below(folder: &Path) -> String {
    let channel = folder.parent().unwrap().file_name().unwrap();
    let recording = folder.file_name().unwrap();
    let [channel, recording] = [channel, recording].map(|name| name.to_str().unwrap());
    format!("{channel}/{recording}/")
}

/// All of a recording is in the bucket; how many objects that is.
async fn is_kept(s3: &S3, folder: &Path) -> usize {
    let (keys, below) = (s3.keys().await, below(folder));
    let files: Vec<_> = keys
        .iter()
        .filter_map(|key| key.strip_prefix(&below))
        .collect();
    // There may be more than one part: sound sometimes comes later than the picture.
    let parts = (0..files.len() - 2).map(|number| format!("part-{number}.mp4"));
    let mut expected = vec!["index".to_owned()];
    expected.extend(parts);
    expected.push("video.flv".to_owned());
    assert!(files.len() > 2, "{keys:?}");
    assert_eq!(files, expected);
    files.len()
}

async fn until_only(s3: &S3, keys: &[&str]) {
    until("the bucket holds nothing else", async || {
        (s3.keys().await == keys).then_some(())
    })
    .await;
}

/// A gauge or counter of the server.
async fn metric(server: &Server, name: &str) -> Option<f64> {
    let metrics = get(&format!("{}/metrics", server.http), None).await;
    let text = metrics.text().await.unwrap();
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.rsplit(' ').next()?.parse().ok()
}

async fn plays(server: &Server, recording: &Value) {
    let mp4 = url(server, recording, "mp4Path");
    let all = comes_in_pieces(&mp4).await;
    let head = reqwest::Client::new().head(&mp4).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], all.len().to_string());
    let master = url(server, recording, "hlsPath");
    let index = Playlist::read(&Playlist::read(&master).await.segments()[0]).await;
    assert!(index.text.ends_with("#EXT-X-ENDLIST\n"), "{}", index.text);
    let (picture, sound) = in_time("ffprobe reads", probe(&master)).await;
    assert_eq!((picture.as_str(), sound.as_str()), ("h264", "aac"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_recording_moves_into_the_bucket_and_plays_from_there() {
    let s3 = S3::start().await;
    let on_air = on_air(&s3, Engine::Sqlite).await;
    s3.put("of/somebody-else").await;
    let (recording, folder) = recorded(&on_air).await;
    are_gone(&folder).await;
    let (server, site) = (on_air.server, on_air.site);
    let files = is_kept(&s3, &folder).await;
    assert_eq!(s3.keys().await.len(), files + 1);
    let bytes = recording["bytes"].as_f64();
    assert_eq!(
        metric(&server, "tributary_recordings_moved_bytes_total").await,
        bytes
    );
    assert_eq!(
        metric(&server, "tributary_recordings_waiting ").await,
        Some(0.0)
    );
    plays(&server, &recording).await;
    let seen = plays_in_hls_js(&url(&server, &recording, "hlsPath"), Some(3)).await;
    assert!(seen["from"].as_f64().unwrap() >= 3.0, "{seen}");
    let mp4 = url(&server, &recording, "mp4Path");
    let flv = format!("{}/video.flv", mp4.rsplit_once('/').unwrap().0);
    let file = site.folder.path().join("from-the-bucket.flv");
    std::fs::write(&file, get(&flv, None).await.bytes().await.unwrap()).unwrap();
    assert_eq!(decode(&file).await, "");

    // Another process knows as much.
    assert!(server.stop().await, "{}", site.log());
    let server = site.start().await;
    plays(&server, &recording).await;

    let ada = on_air.ada.at(&server.http);
    let id = json!({ "recordingId": recording["id"] });
    ada.done("deleteRecording", id, "recordingId").await;
    until_only(&s3, &["of/somebody-else"]).await;
    let master = url(&server, &recording, "hlsPath");
    assert_eq!(get(&master, None).await.status(), StatusCode::NOT_FOUND);
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_plays_what_is_in_the_bucket() {
    let s3 = S3::start().await;
    let on_air = on_air(&s3, Engine::Postgres).await;
    let other = on_air.site.beside();
    let other_server = other.start().await;
    let (recording, folder) = recorded(&on_air).await;
    are_gone(&folder).await;
    plays(&on_air.server, &recording).await;
    until("the other node knows it", async || {
        let ada = on_air.ada.at(&other_server.http);
        let found = recordings(&ada, &on_air.channel).await;
        (found.first()?["isRecording"] == false).then_some(())
    })
    .await;
    plays(&other_server, &recording).await;

    // Erased at one node: gone at both, and nothing is left.
    let (done, said) = other.run(&["person", "erase", "ada", "--yes"], "").await;
    assert!(done, "{said}");
    assert_eq!(s3.keys().await, Vec::<String>::new());
    for server in [&on_air.server, &other_server] {
        let master = url(server, &recording, "hlsPath");
        until("it is gone", async || {
            let answer = get(&master, None).await;
            (answer.status() == StatusCode::NOT_FOUND).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_away_stops_nothing_and_gets_its_due_later() {
    let s3 = S3::start().await;
    let on_air = on_air(&s3, Engine::Sqlite).await;
    s3.open(false);
    let (recording, folder) = recorded(&on_air).await;
    let (server, site, ada) = (on_air.server, on_air.site, on_air.ada);
    until("it is told to wait", async || {
        let failures = metric(&server, "tributary_recordings_bucket_failures_total").await;
        (failures > Some(0.0)).then_some(())
    })
    .await;
    assert_eq!(
        metric(&server, "tributary_recordings_waiting ").await,
        Some(1.0)
    );
    assert_eq!(s3.keys().await, Vec::<String>::new());
    plays(&server, &recording).await;
    assert!(folder.exists(), "it plays from the disk");
    s3.open(true);
    are_gone(&folder).await;
    is_kept(&s3, &folder).await;
    plays(&server, &recording).await;

    // What cannot be read is not gone, and what is taken away while nobody can remove it is removed later.
    s3.open(false);
    let mp4 = get(&url(&server, &recording, "mp4Path"), None).await;
    assert_eq!(mp4.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(mp4.headers()["retry-after"], "5");
    let id = json!({ "recordingId": recording["id"] });
    ada.done("deleteRecording", id, "recordingId").await;
    let mp4 = get(&url(&server, &recording, "mp4Path"), None).await;
    assert_eq!(mp4.status(), StatusCode::NOT_FOUND);
    assert!(server.stop().await, "{}", site.log());
    is_kept(&s3, &folder).await;
    let server = site.start().await;
    s3.open(true);
    until_only(&s3, &[]).await;
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test]
async fn a_bucket_that_refuses_is_told_at_the_start() {
    let s3 = S3::start().await;
    let site = s3.of(Site::new(Engine::Sqlite).await);
    let site = site.set("TRIBUTARY_RECORDINGS_BUCKET", "s3://others");
    let (started, said) = site.run(&["serve"], "").await;
    assert!(!started, "{said}");
    assert!(said.contains("recordings_bucket cannot be used"), "{said}");
    assert!(said.contains("others"), "{said}");
}
