//! Recording: what is left on the disk, whatever happens, and how it is played and taken away.

use crate::support::clock::{days_ago, today};
use crate::support::encoder::{Encoder, decode};
use crate::support::hls::{Playlist, plays_in_hls_js, probe};
use crate::support::in_time;
use crate::support::recorded::{
    OnAir, are_gone, comes_in_pieces, complete, end_stream, folder_with, get, recordings,
};
use crate::support::server::{Engine, Site};
use crate::support::small_disk::SmallDisk;
use crate::support::until;
use crate::support::viewer::until_live;
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_show_is_recorded_through_a_reconnect_and_played_by_others() {
    let on_air = OnAir::recorded().await;
    let folder = on_air.folder_with(2).await;
    let while_live = recordings(&on_air.ada, &on_air.channel).await.remove(0);
    assert_eq!(while_live["isAutomatic"], true, "{while_live}");
    assert_eq!(while_live["stream"]["isRecording"], true);
    on_air.encoder.kill().await;
    let again = Encoder::publish(&on_air.server.rtmp, &on_air.key);
    let (ada, channel, server) = (&on_air.ada, &on_air.channel, &on_air.server);
    until("it goes on in the same recording", async || {
        let index = std::fs::read_to_string(folder.join("index")).unwrap();
        (index.matches("segment ").count() >= 5).then_some(())
    })
    .await;
    end_stream(ada, channel).await;
    let recording = complete(ada, channel).await;
    again.kill().await;
    assert_eq!(recording["endReason"], "STREAM_ENDED", "{recording}");
    let seconds = recording["durationSeconds"].as_f64().unwrap();
    assert!(seconds > 8.0, "{recording}");
    assert!(recording["bytes"].as_f64().unwrap() > 100_000.0);
    until("the stream is over", async || {
        let found = recordings(ada, channel).await.remove(0);
        (found["stream"]["status"] == "ENDED").then_some(())
    })
    .await;
    // The first frames, and those after the encoder came back.
    let anchors = recording["anchors"]["nodes"].as_array().unwrap().clone();
    assert!((1..=3).contains(&anchors.len()), "{anchors:?}");
    assert_eq!(anchors[0]["second"], 0.0);

    // The files, as they are.
    for name in ["part-0.mp4", "video.flv"] {
        let file = folder.join(name);
        let found = in_time("ffprobe reads", probe(file.to_str().unwrap())).await;
        assert_eq!(found, ("h264".to_owned(), "aac".to_owned()), "{name}");
        assert_eq!(decode(&file).await, "", "{name}");
    }

    // Over HTTP: pieces, playlists, seeking.
    let http = &server.http;
    let mp4 = format!(
        "{http}{}",
        recording["playback"]["mp4Path"].as_str().unwrap()
    );
    let all = comes_in_pieces(&mp4).await;
    assert_eq!(all, std::fs::read(folder.join("part-0.mp4")).unwrap());
    let flv = mp4.replace("part-0.mp4", "video.flv");
    assert_eq!(
        get(&flv, Some("bytes=0-2")).await.bytes().await.unwrap(),
        "FLV"
    );
    let master = format!(
        "{http}{}",
        recording["playback"]["hlsPath"].as_str().unwrap()
    );
    assert_eq!(
        recording["stream"]["recordingUrl"],
        recording["playback"]["hlsPath"]
    );
    let index = Playlist::read(&Playlist::read(&master).await.segments()[0]).await;
    assert!(
        index.text.contains("#EXT-X-PLAYLIST-TYPE:VOD\n"),
        "{}",
        index.text
    );
    assert!(index.text.ends_with("#EXT-X-ENDLIST\n"), "{}", index.text);
    let (picture, sound) = in_time("ffprobe reads", probe(&master)).await;
    assert_eq!((picture.as_str(), sound.as_str()), ("h264", "aac"));
    let seen = plays_in_hls_js(&master, Some(5)).await;
    assert!(seen["from"].as_f64().unwrap() >= 5.0, "{seen}");
    let length = seen["duration"].as_f64().unwrap();
    assert!((length - seconds).abs() < 1.0, "{seen} {seconds}");

    // Taken away by its owner: nowhere any more.
    let id = json!({ "recordingId": recording["id"] });
    let bob = server.api().register("bob").await;
    assert_eq!(
        bob.refused("deleteRecording", id.clone()).await,
        "NOT_ALLOWED"
    );
    ada.done("deleteRecording", id.clone(), "recordingId").await;
    assert_eq!(
        ada.refused("deleteRecording", id).await,
        "RECORDING_NOT_FOUND"
    );
    are_gone(&folder).await;
    assert_eq!(get(&master, None).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(recordings(ada, channel).await, Vec::<Value>::new());
    assert!(on_air.server.stop().await, "{}", on_air.site.log());
}

#[tokio::test]
async fn a_killed_server_leaves_what_plays_and_the_next_start_completes_it() {
    let on_air = OnAir::recorded().await;
    let folder = on_air.folder_with(3).await;
    on_air.server.kill().await;
    on_air.encoder.kill().await;
    for name in ["part-0.mp4", "video.flv"] {
        let found = in_time("ffprobe reads", probe(folder.join(name).to_str().unwrap())).await;
        assert_eq!(found.0, "h264", "{name}, as it was left");
    }
    let server = on_air.site.start().await;
    let ada = on_air.ada.at(&server.http);
    let recording = complete(&ada, &on_air.channel).await;
    assert_eq!(recording["endReason"], "NODE_GONE", "{recording}");
    assert!(
        recording["durationSeconds"].as_f64().unwrap() > 4.0,
        "{recording}"
    );
    for name in ["part-0.mp4", "video.flv"] {
        assert_eq!(decode(&folder.join(name)).await, "", "{name}, completed");
    }
    // The encoder comes back within its grace: the same stream, another recording.
    let _again = Encoder::publish(&server.rtmp, &on_air.key);
    let both = until("it is recorded again", async || {
        let found = recordings(&ada, &on_air.channel).await;
        (found.len() == 2).then_some(found)
    })
    .await;
    assert_eq!(both[0]["stream"]["id"], both[1]["stream"]["id"]);
    // Stopped in good order, that one is complete, too.
    assert!(server.stop().await, "{}", on_air.site.log());
    let server = on_air.site.start().await;
    let found = recordings(&ada.at(&server.http), &on_air.channel).await;
    assert_eq!(found[0]["endReason"], "SERVER_STOPPED", "{found:?}");
}

#[tokio::test]
async fn a_streamer_starts_and_stops_and_a_private_recording_needs_a_ticket() {
    let site = Site::new(Engine::Sqlite).await;
    let on_air = OnAir::at(site).await;
    let (ada, server) = (&on_air.ada, &on_air.server);
    let id = on_air.stream().await;
    let stream = json!({ "streamId": id });
    assert_eq!(
        ada.refused("stopRecording", stream.clone()).await,
        "NOT_RECORDING"
    );
    let bob = server.api().register("bob").await;
    assert_eq!(
        bob.refused("startRecording", stream.clone()).await,
        "NOT_ALLOWED"
    );
    let private = json!({ "streamId": id, "visibility": "PRIVATE" });
    ada.done("updateStream", private, "stream { id }").await;
    let fields = "recording { id isRecording isAutomatic }";
    let started = ada.done("startRecording", stream.clone(), fields).await;
    assert_eq!(started["recording"]["isRecording"], true, "{started}");
    assert_eq!(started["recording"]["isAutomatic"], false, "{started}");
    assert_eq!(
        ada.refused("startRecording", stream.clone()).await,
        "ALREADY_RECORDING"
    );
    let held = json!({ "recordingId": started["recording"]["id"] });
    assert_eq!(
        ada.refused("deleteRecording", held).await,
        "STILL_RECORDING"
    );
    on_air.folder_with(2).await;
    ada.done("stopRecording", stream, fields).await;
    let recording = complete(ada, &on_air.channel).await;
    assert_eq!(recording["endReason"], "ASKED", "{recording}");

    let url = |path: &Value| format!("{}{}", server.http, path.as_str().unwrap());
    let master = url(&recording["playback"]["hlsPath"]);
    assert!(
        recording["playback"]["expiresAt"].is_string(),
        "{recording}"
    );
    let index = Playlist::read(&Playlist::read(&master).await.segments()[0]).await;
    for url in index.segments().iter().chain(&index.inits()) {
        assert_eq!(
            get(url, Some("bytes=0-9")).await.status(),
            StatusCode::PARTIAL_CONTENT
        );
        let bare = url.split('?').next().unwrap();
        assert_eq!(get(bare, None).await.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(recordings(&bob, &on_air.channel).await, Vec::<Value>::new());
}

#[tokio::test]
async fn where_there_is_no_room_the_recording_ends_and_the_stream_goes_on() {
    let disk = SmallDisk::mount(64);
    let site = Site::new(Engine::Sqlite).await;
    let site = site
        .set("TRIBUTARY_RECORDINGS_AUTOMATIC", "true")
        .set("TRIBUTARY_RECORDINGS_RESERVE_MIB", "0")
        .set("TRIBUTARY_RECORDINGS_DIR", disk.path().to_str().unwrap());
    let on_air = OnAir::at(site).await;
    let folder = folder_with(disk.path(), 2).await;
    disk.fill();
    let recording = complete(&on_air.ada, &on_air.channel).await;
    assert_eq!(recording["endReason"], "DISK_FULL", "{recording}");
    assert_eq!(recording["stream"]["status"], "LIVE", "{recording}");
    assert!(
        recording["durationSeconds"].as_f64().unwrap() > 2.0,
        "{recording}"
    );
    assert_eq!(decode(&folder.join("part-0.mp4")).await, "");
    until_live(&on_air.server, "ada").await;
    disk.make_room();
}

#[tokio::test]
async fn who_is_forgotten_leaves_no_recordings() {
    let on_air = OnAir::recorded().await;
    let folder = on_air.folder_with(2).await;
    let (done, said) = on_air
        .site
        .run(&["person", "erase", "ada", "--yes"], "")
        .await;
    assert!(done, "{said}");
    are_gone(&folder).await;
    let master = format!(
        "{}/recordings/{}/master.m3u8",
        on_air.server.http,
        folder.file_name().unwrap().to_str().unwrap()
    );
    assert_eq!(get(&master, None).await.status(), StatusCode::NOT_FOUND);
    on_air.encoder.kill().await;
    assert!(on_air.server.stop().await, "{}", on_air.site.log());
    assert!(!folder.exists(), "and none comes back when it is completed");
}

#[tokio::test]
async fn what_is_older_than_recordings_are_kept_goes_by_itself() {
    let site = Site::new(Engine::Sqlite).await;
    let site = site
        .set("TRIBUTARY_RECORDINGS_AUTOMATIC", "true")
        .set("TRIBUTARY_GRACE_SECONDS", "20");
    let before = OnAir::at(days_ago(site, 2)).await;
    let old = before.folder_with(2).await;
    end_stream(&before.ada, &before.channel).await;
    let first = complete(&before.ada, &before.channel).await;
    before.encoder.kill().await;
    assert!(before.server.stop().await, "{}", before.site.log());
    assert!(old.exists(), "nothing is too old yet");
    let site = today(before.site).set("TRIBUTARY_RECORDINGS_DAYS", "1");
    let server = site.start().await;
    let ada = server.api().log_in("ada").await;
    let _again = Encoder::publish(&server.rtmp, &before.key);
    let left = until("the old one is gone and there is a new one", async || {
        let found = recordings(&ada, &before.channel).await;
        let is_old = |recording: &Value| recording["id"] == first["id"];
        (!found.is_empty() && !found.iter().any(is_old)).then_some(found)
    })
    .await;
    assert_eq!(left.len(), 1, "{left:?}");
    are_gone(&old).await;
    let path = &first["playback"]["hlsPath"];
    let master = format!("{}{}", server.http, path.as_str().unwrap());
    assert_eq!(get(&master, None).await.status(), StatusCode::NOT_FOUND);

    // Today's stays.
    let new = folder_with(&site.data().join("recordings"), 2).await;
    end_stream(&ada, &before.channel).await;
    let recording = complete(&ada, &before.channel).await;
    assert_eq!(recording["id"], left[0]["id"]);
    assert_eq!(site.log().matches("that is too old").count(), 1);
    assert!(new.exists());
}
