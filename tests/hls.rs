//! HLS: what players of others make of it, and what a private stream keeps to itself.

use crate::support::encoder::Encoder;
use crate::support::hls::{Playlist, plays_in_hls_js, probe};
use crate::support::server::{Engine, Server, Site};
use crate::support::viewer::until_live;
use crate::support::{in_time, until};
use reqwest::{Client, Method, Response};
use serde_json::json;
use tokio::process::Command;

/// A server with a stream of `ada` on air.
async fn on_air() -> (Site, Server, Encoder, String) {
    let site = Site::new(Engine::Sqlite).await;
    let site = site.set("TRIBUTARY_GRACE_SECONDS", "10");
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let encoder = Encoder::publish(&server.rtmp, &key);
    until_live(&server, "ada").await;
    (site, server, encoder, key)
}

async fn ask(method: Method, url: &str) -> Response {
    in_time("an answer", Client::new().request(method, url).send())
        .await
        .unwrap()
}

async fn get(url: &str) -> Response {
    ask(Method::GET, url).await
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn ffprobe_and_hls_js_play_what_is_live() {
    let (_site, server, _encoder, _) = on_air().await;
    let master = format!("{}/live/ada/master.m3u8", server.http);

    let answer = get(&master).await;
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(
        header(&answer, "content-type"),
        "application/vnd.apple.mpegurl"
    );
    assert_eq!(header(&answer, "cache-control"), "private, no-store");
    assert_eq!(header(&answer, "access-control-allow-origin"), "*");
    let text = answer.text().await.unwrap();
    // The encoder's own words: baseline H.264 of ultrafast with B-frames is main or high, and AAC-LC.
    assert!(text.contains("CODECS=\"avc1."), "{text}");
    assert!(text.contains(",mp4a.40.2\",RESOLUTION=320x180\n"), "{text}");

    let (picture, sound) = in_time("ffprobe reads", probe(&master)).await;
    assert_eq!((picture.as_str(), sound.as_str()), ("h264", "aac"));

    let seen = plays_in_hls_js(&master, None).await;
    assert!(seen["frames"].as_u64().unwrap() > 10, "{seen}");
    assert_eq!(
        (&seen["width"], &seen["height"]),
        (&json!(320), &json!(180))
    );
    let faults = seen["faults"].as_array().unwrap();
    assert!(faults.iter().all(|fault| fault["fatal"] == false), "{seen}");
}

#[tokio::test]
async fn segments_are_files_like_others_and_what_is_not_there_is_not_found() {
    let (_site, server, _encoder, _) = on_air().await;
    let index = Playlist::read(&format!("{}/live/ada/index.m3u8", server.http)).await;
    let (segment, init) = (index.segments().remove(0), index.inits().remove(0));
    assert!(
        index.text.contains("#EXT-X-PROGRAM-DATE-TIME:"),
        "{}",
        index.text
    );
    for url in [&segment, &init] {
        let answer = get(url).await;
        assert_eq!(answer.status().as_u16(), 200, "{url}");
        assert_eq!(header(&answer, "content-type"), "video/mp4");
        assert_eq!(header(&answer, "cache-control"), "public, max-age=3600");
        let length = header(&answer, "content-length").to_owned();
        let head = ask(Method::HEAD, url).await;
        assert_eq!(header(&head, "content-length"), length);
        assert_eq!(head.bytes().await.unwrap().len(), 0);
    }
    let live = format!("{}/live", server.http);
    for path in [
        "nobody/master.m3u8",
        "ada/seg-1.m4s",
        "ada/init-1.mp4",
        "ada/other.m3u8",
        "%00/index.m3u8",
    ] {
        let answer = get(&format!("{live}/{path}")).await;
        assert_eq!(answer.status().as_u16(), 404, "{path}");
        assert_eq!(header(&answer, "access-control-allow-origin"), "*");
    }
    let preflight = ask(Method::OPTIONS, &segment).await;
    assert_eq!(preflight.status().as_u16(), 204);
    assert_eq!(
        header(&preflight, "access-control-allow-methods"),
        "GET, HEAD, OPTIONS"
    );
}

#[tokio::test]
async fn who_takes_segments_is_a_viewer_until_they_take_none() {
    let (site, server, encoder, _) = on_air().await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let count =
        "query($channel: ID!) { channel(id: $channel) { currentStream { id viewerCount } } }";
    let viewers = async || {
        let data = ada.query(count, json!({ "channel": channel })).await;
        data["channel"]["currentStream"]["viewerCount"].clone()
    };
    // Two guests of one address and program: each has a token of the master playlist.
    let master = format!("{}/live/ada/master.m3u8", server.http);
    for guests in 1..=2 {
        let variant = Playlist::read(&master).await.segments().remove(0);
        assert!(variant.contains("?viewer="), "{variant}");
        let segments = Playlist::read(&variant).await.segments();
        assert_eq!(ask(Method::HEAD, &segments[0]).await.status().as_u16(), 200);
        for segment in &segments {
            assert_eq!(get(segment).await.status().as_u16(), 200);
        }
        until("the guest counts", async || {
            (viewers().await == guests).then_some(())
        })
        .await;
    }
    let metrics = async || {
        let metrics = get(&format!("{}/metrics", server.http)).await;
        metrics.text().await.unwrap()
    };
    let now = metrics().await;
    assert!(now.contains("tributary_hls_viewers 2\n"), "{now}");
    assert!(now.contains("tributary_hls_broadcasts 1\n"), "{now}");
    // Both take nothing more; a third one goes on.
    let variant = Playlist::read(&master).await.segments().remove(0);
    let take = async || {
        let newest = Playlist::read(&variant).await.segments().pop().unwrap();
        assert_eq!(get(&newest).await.status().as_u16(), 200);
    };
    until("two have gone", async || {
        take().await;
        metrics()
            .await
            .contains("tributary_hls_viewers 1\n")
            .then_some(())
    })
    .await;
    until("two are counted no more", async || {
        take().await;
        (viewers().await == 1).then_some(())
    })
    .await;
    encoder.kill().await;
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test]
async fn a_private_stream_takes_its_ticket_along_into_every_address() {
    let (_site, server, _encoder, _) = on_air().await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let index = format!("{}/live/ada/index.m3u8", server.http);
    let public = Playlist::read(&index).await.segments().remove(0);
    let stream = "query($id: ID!) { node(id: $id) { ... on Channel { currentStream { id } } } }";
    let stream = ada.query(stream, json!({ "id": channel })).await;
    let change = json!({
        "streamId": stream["node"]["currentStream"]["id"], "visibility": "PRIVATE"
    });
    ada.done("updateStream", change, "stream { id }").await;
    let refused = async |url: &str| {
        until("strangers are kept out", async || {
            (get(url).await.status().as_u16() == 403).then_some(())
        })
        .await;
    };
    refused(&index).await;
    refused(&public).await;
    refused(&format!("{index}?ticket=AAAA")).await;

    let path = "query($id: ID!) { node(id: $id) { ... on Channel { playback { hlsPath } } } }";
    let path = ada.query(path, json!({ "id": channel })).await;
    let path = path["node"]["playback"]["hlsPath"].as_str().unwrap();
    let master = format!("{}{path}", server.http);
    let variant = Playlist::read(&master).await.segments().remove(0);
    let playlist = Playlist::read(&variant).await;
    for url in playlist.segments().iter().chain(&playlist.inits()) {
        let answer = get(url).await;
        assert_eq!(answer.status().as_u16(), 200, "{url}");
        assert_eq!(header(&answer, "cache-control"), "private, no-store");
        let (bare, _) = url.split_once('?').unwrap();
        assert_eq!(get(bare).await.status().as_u16(), 403);
    }
    let (picture, _) = in_time("ffprobe reads", probe(&master)).await;
    assert_eq!(picture, "h264");
}

#[tokio::test]
async fn an_encoder_that_comes_back_with_another_picture_is_a_discontinuity() {
    let (_site, server, encoder, key) = on_air().await;
    let index = format!("{}/live/ada/index.m3u8", server.http);
    let before = Playlist::read(&index).await;
    assert!(!before.text.contains("#EXT-X-DISCONTINUITY\n"));
    encoder.kill().await;
    let codecs = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-s",
        "640x360",
        "-c:a",
        "aac",
    ];
    let _again = Encoder::publish_with("ffmpeg".as_ref(), &codecs, &server.rtmp, &key);
    let playlist = until("there is a discontinuity", async || {
        let playlist = Playlist::read(&index).await;
        playlist
            .text
            .contains("#EXT-X-DISCONTINUITY\n")
            .then_some(playlist)
    })
    .await;
    assert_eq!(playlist.inits().len(), 2, "{}", playlist.text);
    // What is decoded over the break has both pictures, one behind the other.
    let mut command = Command::new("ffmpeg");
    command
        .args([
            "-hide_banner",
            "-loglevel",
            "error",
            "-nostdin",
            "-live_start_index",
            "0",
        ])
        .args(["-i", &index, "-t", "6", "-f", "null", "-"])
        .kill_on_drop(true);
    let output = in_time("ffmpeg plays", command.output()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}
