//! The page in a real browser.

use crate::support::encoder::Encoder;
use crate::support::feed::Feed;
use crate::support::in_time;
use crate::support::server::{Engine, Site};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// Where screenshots are left for a person to look at.
fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_watches_and_chats() {
    if !tributary_web::BUILT {
        panic!("the page is built where Node is: run `cargo xtask test`");
    }
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    server.api().register("bob").await;
    let channel = ada.channel("ada").await;
    let chat = "subscription($channel: ID!) { chat(channelId: $channel) { message { text sender { name } } } }";
    let mut chat = Feed::open(&ada, chat, json!({ "channel": channel })).await;
    let encoder = Encoder::publish(&server.rtmp, &key);

    let browser = std::env::var("TEST_BROWSER_DIR")
        .expect("TEST_BROWSER_DIR is set: run the tests with `cargo xtask test`");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page.mjs");
    let run = Command::new("node")
        .arg(script)
        .args([&server.http, "ada", "bob", "correct horse"])
        .arg(screenshots())
        .env("BROWSER_DIR", browser)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let run = tokio::time::timeout(3 * crate::support::PATIENCE, run)
        .await
        .expect("in time")
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(
        run.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let seen: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert!(seen["framesDecoded"].as_u64().unwrap() > 0, "{seen}");
    assert!(seen["playedSeconds"].as_f64().unwrap() > 1.0, "{seen}");
    let areas = [
        "WhoIsLive",
        "SignIn",
        "ChannelAndStream",
        "Chat",
        "Moderation",
        "TipsAndWallets",
        "Events",
        "AsOf",
    ];
    assert_eq!(seen["tabs"], json!(areas), "GraphiQL has a tab for each");
    assert_eq!(seen["outside"], json!([]), "the page asks nobody else");
    assert_eq!(seen["errors"], json!([]));
    let item = in_time("the message arrives", chat.next()).await;
    assert_eq!(item["chat"]["message"]["text"], "hello from the page");
    assert_eq!(item["chat"]["message"]["sender"]["name"], "bob");
    encoder.kill().await;
    assert!(server.stop().await, "{}", site.log());
}
