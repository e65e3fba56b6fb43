//! The page in a real browser.

use crate::support::encoder::Encoder;
use crate::support::feed::Feed;
use crate::support::in_time;
use crate::support::server::{Engine, Site};
use crate::support::viewer::until_live;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

/// Where screenshots are left for a person to look at.
fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A script that drives the page.
fn script(name: &str) -> Command {
    if !tributary_web::BUILT {
        panic!("the page is built where Node is: run `cargo xtask test`");
    }
    let browser = std::env::var("TEST_BROWSER_DIR")
        .expect("TEST_BROWSER_DIR is set: run the tests with `cargo xtask test`");
    let mut command = Command::new("node");
    command
        .arg(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests")
                .join(name),
        )
        .env("BROWSER_DIR", browser)
        .kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_watches_and_chats() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    server.api().register("bob").await;
    let channel = ada.channel("ada").await;
    let chat = "subscription($channel: ID!) { chat(channelId: $channel) { message { text sender { name } } } }";
    let mut chat = Feed::open(&ada, chat, json!({ "channel": channel })).await;
    let encoder = Encoder::publish(&server.rtmp, &key);

    let run = script("page.mjs")
        .args([&server.http, "ada", "bob", "correct horse"])
        .arg(screenshots())
        .stdin(Stdio::null())
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

#[tokio::test(flavor = "multi_thread")]
async fn a_private_stream_plays_for_its_streamer_and_for_guests_alone() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let encoder = Encoder::publish(&server.rtmp, &key);
    until_live(&server, "ada").await;
    let mut page = script("private_page.mjs")
        .args([&server.http, "ada", "correct horse"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut steps = BufReader::new(page.stdout.take().unwrap()).lines();
    let mut step = async || {
        let line = in_time("the page goes on", steps.next_line()).await;
        let step: Value = serde_json::from_str(&line.unwrap().expect("a step")).unwrap();
        step["step"].as_str().unwrap().to_owned()
    };
    assert_eq!(step().await, "a stranger watches");
    let stream = "query($id: ID!) { node(id: $id) { ... on Channel { currentStream { id } } } }";
    let stream = ada.query(stream, json!({ "id": channel })).await;
    let stream = &stream["node"]["currentStream"]["id"];
    let change = json!({ "streamId": stream, "visibility": "PRIVATE" });
    ada.done("updateStream", change, "").await;
    let playback = "query($id: ID!) { node(id: $id) { ... on Channel { \
                    playback(forGuests: true) { path } } } }";
    let given = ada.query(playback, json!({ "id": channel })).await;
    let path = given["node"]["playback"]["path"].as_str().unwrap();
    let (_, ticket) = path.split_once("?ticket=").unwrap();
    let mut input = page.stdin.take().unwrap();
    input
        .write_all(format!("{ticket}\n").as_bytes())
        .await
        .unwrap();
    assert_eq!(step().await, "the stranger is told");
    assert_eq!(step().await, "a guest watches");
    assert_eq!(step().await, "the streamer watches");
    assert!(
        in_time("the page ends", page.wait())
            .await
            .unwrap()
            .success()
    );
    encoder.kill().await;
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn finance_reads_the_books_and_nobody_else_does() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let (ada, eve) = (
        server.api().log_in("ada").await,
        server.api().register("eve").await,
    );
    let channel = ada.channel("ada").await;
    eve.done("topUp", json!({ "amount": "100", "currency": "USD" }), "")
        .await;
    let tip = json!({ "channelId": channel, "amount": "80", "currency": "USD" });
    eve.done("sendTip", tip, "").await;
    let fay = server.api().register("fay").await;
    let (done, text) = site.run(&["account", "grant", "fay", "finance"], "").await;
    assert!(done, "{text}");
    for (amount, is_sent) in [("12.50", true), ("20", false)] {
        let ask = json!({
            "channelId": channel, "amount": amount, "currency": "USD", "clientMutationId": amount,
        });
        let asked = ada.done("requestPayout", ask, "payoutId").await;
        if is_sent {
            let id = &asked["payoutId"];
            let agree =
                json!({ "payoutId": id, "reason": "identity checked", "clientMutationId": "a" });
            fay.done("approvePayout", agree, "").await;
            let send = json!({ "payoutId": id, "provider": "sandbox", "clientMutationId": "s" });
            fay.done("sendPayout", send, "").await;
        }
    }
    let close =
        json!({ "period": "2020-12", "reason": "before we began", "clientMutationId": "c" });
    fay.done("closeBooks", close, "").await;
    let (done, trial) = site.run(&["ledger", "trial-balance"], "").await;
    assert!(done, "{trial}");

    let run = script("finance_page.mjs")
        .args([&server.http, "fay", "ada", "correct horse"])
        .arg(screenshots())
        .stdin(Stdio::null())
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
    let texts = |field: &str| -> Vec<String> {
        let list = seen[field].as_array().unwrap().iter();
        list.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    assert!(
        trial.contains(seen["digest"].as_str().unwrap()),
        "{trial}{seen}"
    );
    assert!(
        seen["told"]
            .as_str()
            .unwrap()
            .contains("you may not see this"),
        "{seen}"
    );
    let [asked, sent] = &texts("all")[..] else {
        panic!("{seen}")
    };
    assert!(
        asked.contains("$20.00") && asked.contains("requested"),
        "{asked}"
    );
    for part in [
        "ada",
        "$12.50",
        "sent",
        "fay",
        "identity checked",
        "sandbox",
    ] {
        assert!(sent.contains(part), "{part}: {sent}");
    }
    assert_eq!(texts("sent"), std::slice::from_ref(sent));
    let [dollars] = &texts("totals")[..] else {
        panic!("{seen}")
    };
    assert_eq!(dollars.matches("$100.00").count(), 2, "{dollars}");
    for part in ["2020-12-31", "fay", "before we began"] {
        assert!(
            seen["closes"].as_str().unwrap().contains(part),
            "{part}: {seen}"
        );
    }
    let open: Vec<_> = seen["open"].as_str().unwrap().lines().collect();
    assert_eq!(
        open.iter().filter(|line| **line == "1").count(),
        2,
        "{open:?}"
    );
    assert_eq!(seen["isTooWide"], false, "the page fits a telephone");
    assert_eq!(seen["errors"], json!([]));
    assert!(server.stop().await, "{}", site.log());
}
