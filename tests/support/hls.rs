//! Reading playlists, and what players of others make of them.

use super::in_time;
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// A playlist and where it was.
pub struct Playlist {
    url: reqwest::Url,
    pub text: String,
}

impl Playlist {
    /// Fetches one that is there.
    pub async fn read(url: &str) -> Self {
        let answer = in_time("a playlist", reqwest::get(url)).await.unwrap();
        let answer = answer.error_for_status().unwrap();
        Self {
            url: url.parse().unwrap(),
            text: answer.text().await.unwrap(),
        }
    }

    fn full(&self, address: &str) -> String {
        self.url.join(address).unwrap().into()
    }

    /// The addresses of segments, or of variants in a master playlist.
    pub fn segments(&self) -> Vec<String> {
        let lines = self.text.lines();
        lines
            .filter(|line| !line.starts_with('#'))
            .map(|line| self.full(line))
            .collect()
    }

    /// The addresses of initialisation segments, in their order.
    pub fn inits(&self) -> Vec<String> {
        let lines = self.text.lines();
        lines
            .filter_map(|line| line.strip_prefix("#EXT-X-MAP:URI=\"")?.split('"').next())
            .map(|address| self.full(address))
            .collect()
    }
}

/// What ffprobe finds there: the codecs of picture and sound, empty where there is none.
pub async fn probe(what: &str) -> (String, String) {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-of",
            "json",
            "-show_entries",
            "stream=codec_type,codec_name",
        ])
        .arg(what)
        .kill_on_drop(true)
        .output()
        .await
        .expect("ffprobe is installed: run the tests with `cargo xtask test`");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codec = |kind: &str| {
        let streams = said["streams"].as_array().into_iter().flatten();
        let mut names = streams.filter(|stream| stream["codec_type"] == kind);
        let name = names.next().map(|stream| &stream["codec_name"]);
        name.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    (codec("video"), codec("audio"))
}

/// Plays an address with hls.js in Chromium, from a second on if one is given; what was seen.
pub async fn plays_in_hls_js(url: &str, from_s: Option<u32>) -> Value {
    let browser = std::env::var("TEST_BROWSER_DIR")
        .expect("TEST_BROWSER_DIR is set: run the tests with `cargo xtask test`");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hls-page.mjs");
    let run = Command::new("node")
        .arg(script)
        .arg(url)
        .args(from_s.map(|second| second.to_string()))
        .env("BROWSER_DIR", browser)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let run = tokio::time::timeout(3 * super::PATIENCE, run);
    let run = run.await.expect("in time").unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let complained = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}{complained}");
    serde_json::from_str(said.lines().last().unwrap()).unwrap()
}
