//! Encoders of others, and what they send: everybody's stream plays.

use crate::support::encoder::{Encoder, H264, decode};
use crate::support::flv::{assert_monotonic, tags};
use crate::support::in_time;
use crate::support::program::{Nginx, gstreamer, newest_ffmpeg};
use crate::support::server::{Engine, Server, Site};
use crate::support::until;
use crate::support::viewer::{Viewer, until_live};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::process::Command;

/// Frames that a viewer waits for: two groups of pictures.
const FRAMES: usize = 60;

/// What a viewer of `channel` gets of two seconds and more, as a file.
async fn seen(site: &Site, server: &Server, channel: &str, encoder: Encoder) -> PathBuf {
    until_live(server, channel).await;
    let viewer = Viewer::watch(&server.http, channel).await;
    until("two seconds of video", async || {
        let frames = tags(&viewer.got());
        let frames = frames.iter().filter(|tag| tag.kind == 9).count();
        (frames >= FRAMES).then_some(())
    })
    .await;
    encoder.kill().await;
    let video = viewer.finish().await;
    assert_monotonic(&tags(&video));
    let file = site.folder.path().join(format!("{channel}.flv"));
    std::fs::write(&file, video).unwrap();
    file
}

/// What an ffmpeg says of a file, having decoded all of it.
async fn told(program: &Path, file: &Path) -> String {
    let mut command = Command::new(program);
    command.args(["-hide_banner", "-nostdin", "-xerror", "-nostats", "-i"]);
    command.arg(file).args(["-map", "0", "-f", "null", "-"]);
    let output = in_time("ffmpeg decodes", command.output()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

async fn site() -> (Site, Server) {
    let site = Site::new(Engine::Sqlite).await;
    let site = site.set("TRIBUTARY_GRACE_SECONDS", "1");
    let server = site.start().await;
    (site, server)
}

#[tokio::test]
async fn ffmpeg_9_publishes_hevc_av1_and_vp9_with_opus_and_several_tracks() {
    let (site, server) = site().await;
    let ffmpeg = newest_ffmpeg();
    let hevc = ["-c:v", "libx265", "-preset", "ultrafast"];
    let quiet = ["-x265-params", "log-level=error:pools=1:bframes=2"];
    let two_sounds = ["-map", "0:v", "-map", "1:a", "-map", "1:a", "-c:a", "aac"];
    let av1 = ["-c:v", "libsvtav1", "-preset", "12", "-c:a", "libopus"];
    let vp9 = [
        "-c:v",
        "libvpx-vp9",
        "-deadline",
        "realtime",
        "-cpu-used",
        "8",
    ];
    let flac = ["-c:a", "flac", "-ar", "48000"];
    for (name, codecs, wanted) in [
        (
            "hevc",
            [&hevc[..], &quiet, &two_sounds].concat(),
            &["Video: hevc", "Audio: aac"][..],
        ),
        ("av1", av1.to_vec(), &["Video: av1", "Audio: opus"]),
        (
            "vp9",
            [&vp9[..], &flac].concat(),
            &["Video: vp9", "Audio: flac"],
        ),
    ] {
        let key = site.streamer(name).await;
        let encoder = Encoder::publish_with(&ffmpeg, &codecs, &server.rtmp, &key);
        let file = seen(&site, &server, name, encoder).await;
        let said = told(&ffmpeg, &file).await;
        for words in wanted {
            assert!(said.contains(words), "{name}: no {words} in {said}");
        }
        if name == "hevc" {
            // One in the file, and one out of it, for each of the tracks.
            assert_eq!(said.matches("Audio: aac").count(), 2, "{said}");
        }
    }
}

#[tokio::test]
async fn an_encoder_whose_network_went_away_goes_on_within_three_seconds() {
    let (site, server) = site().await;
    let key = site.streamer("ada").await;
    let gone = Encoder::publish(&server.rtmp, &key);
    until_live(&server, "ada").await;
    let viewer = Viewer::watch(&server.http, "ada").await;
    gone.freeze();
    let before = tags(&viewer.got()).len();
    let back = Instant::now();
    let again = Encoder::publish(&server.rtmp, &key);
    until("the same viewer sees more", async || {
        (tags(&viewer.got()).len() > before + FRAMES).then_some(())
    })
    .await;
    // Two seconds until the ghost makes room, and some of media, on a busy machine.
    assert!(back.elapsed() < Duration::from_secs(15));
    again.kill().await;
    gone.kill().await;
    let video = viewer.finish().await;
    assert_monotonic(&tags(&video));
    let file = site.folder.path().join("ada.flv");
    std::fs::write(&file, video).unwrap();
    assert_eq!(decode(&file).await, "");
}

#[tokio::test]
async fn gstreamer_publishes() {
    let (site, server) = site().await;
    let key = site.streamer("ada").await;
    let encoder = gstreamer(&server.rtmp, &key);
    let file = seen(&site, &server, "ada", encoder).await;
    assert_eq!(decode(&file).await, "");
}

#[tokio::test]
async fn ffmpeg_publishes_over_tls() {
    let site = Site::new(Engine::Sqlite).await;
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = ["server.crt", "server.key"].map(|name| site.folder.path().join(name));
    std::fs::write(&files[0], certified.cert.pem()).unwrap();
    std::fs::write(&files[1], certified.signing_key.serialize_pem()).unwrap();
    let [certificate, key] = files.map(|path| path.to_string_lossy().into_owned());
    let site = site
        .set("TRIBUTARY_GRACE_SECONDS", "1")
        .set("TRIBUTARY_RTMPS_ADDR", "127.0.0.1:0")
        .set("TRIBUTARY_TLS_CERTIFICATE_FILE", &certificate)
        .set("TRIBUTARY_TLS_KEY_FILE", &key);
    let server = site.start().await;
    let rtmps = server.rtmps.clone().expect("it says where RTMPS is");
    let key = site.streamer("ada").await;
    let encoder = Encoder::publish(&rtmps, &key);
    let file = seen(&site, &server, "ada", encoder).await;
    assert_eq!(decode(&file).await, "");
}

#[tokio::test]
async fn nginx_pushes_to_us_what_is_published_to_it() {
    let (site, server) = site().await;
    let key = site.streamer("ada").await;
    let push = format!("application in {{ live on; push {}/{key}; }}", server.rtmp);
    let nginx = Nginx::start(&push).await;
    let codecs = [&H264[..], &["-c:a", "aac"]].concat();
    let target = format!("{}/in", nginx.rtmp);
    let encoder = Encoder::publish_with("ffmpeg".as_ref(), &codecs, &target, "any");
    let file = seen(&site, &server, "ada", encoder).await;
    assert_eq!(decode(&file).await, "");
}
