//! Players of others over RTMP: programs that people watch with, and servers that pull.

use crate::support::encoder::{Encoder, decode};
use crate::support::flv::{assert_monotonic, tags};
use crate::support::program::Nginx;
use crate::support::server::{Engine, Server, Site};
use crate::support::viewer::until_live;
use crate::support::{in_time, until};
use serde_json::json;
use std::path::Path;
use std::process::Output;
use tokio::process::Command;

/// A server with a stream of `ada` on air.
async fn on_air() -> (Site, Server, Encoder) {
    let site = Site::new(Engine::Sqlite).await;
    let site = site.set("TRIBUTARY_GRACE_SECONDS", "1");
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let encoder = Encoder::publish(&server.rtmp, &key);
    until_live(&server, "ada").await;
    (site, server, encoder)
}

/// An ffmpeg that copies two seconds of what it plays into a file.
async fn copy(url: &str, file: &Path) -> Output {
    let mut command = Command::new("ffmpeg");
    command
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-i", url])
        .args(["-t", "2", "-c", "copy"])
        .arg(file)
        .kill_on_drop(true);
    in_time("ffmpeg plays", command.output()).await.unwrap()
}

async fn assert_copies(url: &str, file: &Path) {
    let output = copy(url, file).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let tags = tags(&std::fs::read(file).unwrap());
    assert_monotonic(&tags);
    let first = tags.iter().find(|tag| tag.kind == 9 && !tag.is_header());
    assert!(first.unwrap().is_key_frame());
    assert_eq!(decode(file).await, "");
}

/// Waits until one viewer of `ada` is counted.
async fn somebody_watches(server: &Server) {
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let count = "query($channel: ID!) { channel(id: $channel) { currentStream { viewerCount } } }";
    until("somebody watches", async || {
        let data = ada.query(count, json!({ "channel": channel })).await;
        (data["channel"]["currentStream"]["viewerCount"] == 1).then_some(())
    })
    .await;
}

/// Runs a player until the broadcast that it plays has ended; what it complains about.
async fn plays_to_the_end(player: &mut Command, server: &Server, encoder: Encoder) -> String {
    let playing = player.kill_on_drop(true).output();
    let ending = async {
        somebody_watches(server).await;
        encoder.kill().await;
    };
    let both = async { tokio::join!(playing, ending) };
    let (output, ()) = in_time("playing ends", both).await;
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[tokio::test]
async fn ffmpeg_plays_what_is_live_and_counts_as_a_viewer() {
    let (site, server, _encoder) = on_air().await;
    let url = format!("{}/ada", server.rtmp);
    let file = site.folder.path().join("played.flv");
    tokio::join!(assert_copies(&url, &file), somebody_watches(&server));
}

#[tokio::test]
async fn ffmpeg_and_ffplay_are_told_the_end() {
    let (site, server, encoder) = on_air().await;
    let url = format!("{}/ada", server.rtmp);
    let quiet = ["-hide_banner", "-loglevel", "error"];
    let mut ffmpeg = Command::new("ffmpeg");
    let to_nothing = ["-c", "copy", "-f", "null", "-"];
    ffmpeg.args(quiet).args(["-i", &url]).args(to_nothing);
    assert_eq!(plays_to_the_end(&mut ffmpeg, &server, encoder).await, "");

    let key = site.run(&["channel", "key", "ada"], "").await.1;
    let key = key
        .split_whitespace()
        .find(|word| word.starts_with("live_"));
    let again = Encoder::publish(&server.rtmp, key.unwrap());
    until_live(&server, "ada").await;
    let mut ffplay = Command::new("ffplay");
    // No screen, no sound card.
    let nowhere = [("SDL_VIDEODRIVER", "dummy"), ("SDL_AUDIODRIVER", "dummy")];
    ffplay.args(quiet).args(["-autoexit", &url]).envs(nowhere);
    assert_eq!(plays_to_the_end(&mut ffplay, &server, again).await, "");
}

#[tokio::test]
async fn a_player_hears_that_there_is_no_such_channel_or_nothing_on_it() {
    let (site, server, _encoder) = on_air().await;
    site.streamer("bob").await;
    for (name, words) in [("bob", "nothing to watch"), ("nobody", "no such channel")] {
        let file = site.folder.path().join("nothing.flv");
        let output = copy(&format!("{}/{name}", server.rtmp), &file).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success());
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[tokio::test]
async fn nginx_pulls_from_us_for_who_plays_there() {
    let (site, server, _encoder) = on_air().await;
    let pull = format!(
        "application out {{ live on; pull {}/ada name=show; }}",
        server.rtmp
    );
    let nginx = Nginx::start(&pull).await;
    let file = site.folder.path().join("pulled.flv");
    assert_copies(&format!("{}/out/show", nginx.rtmp), &file).await;
}
