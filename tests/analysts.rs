//! docs/analysts.md: every command in it does what it is there for, from an export to answers in DuckDB and pandas.

use crate::evening::{Watcher, becomes, stream_of};
use crate::support::encoder::Encoder;
use crate::support::judges::python;
use crate::support::server::{Engine, Server, Site};
use crate::support::{in_time, until};
use serde_json::json;
use std::process::Output;

const GUIDE: &str = include_str!("../docs/analysts.md");

const MESSAGES: usize = 30;
const VIEWERS: usize = 3;

/// The guide's blocks in these languages, in its order.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let parts = GUIDE.split("```").skip(1).step_by(2);
    let blocks = parts.filter_map(|block| block.split_once('\n'));
    blocks
        .filter(|(language, _)| ["sh", "python"].contains(language))
        .collect()
}

async fn run(site: &Site, script: &str) -> Output {
    let programs = python("python3");
    let run = site.shell(script, programs.parent().unwrap()).output();
    in_time(script, run).await.unwrap()
}

/// What it prints. It must succeed.
async fn prints(site: &Site, script: &str) -> String {
    let output = run(site, script).await;
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{script}\n{text}");
    text
}

/// A small show: 30 messages, two tips, three viewers.
async fn show(site: &Site) -> Server {
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let api = server.api();
    let (ada, eve) = (api.log_in("ada").await, api.register("eve").await);
    let encoder = Encoder::publish(&server.rtmp, &key);
    becomes(&api, "ada", "LIVE", None).await;
    let watchers = Watcher::several(&server, "ada", VIEWERS).await;
    becomes(&api, "ada", "LIVE", Some(VIEWERS)).await;
    let channel = api.channel("ada").await;
    for n in 0..MESSAGES {
        let say = json!({ "channelId": channel, "text": format!("message {n}") });
        eve.done("sendChatMessage", say, "").await;
    }
    let rich = json!({ "amount": "50.00", "currency": "USD" });
    eve.done("topUp", rich, "").await;
    for amount in ["12.50", "7.50"] {
        let tip = json!({ "channelId": channel, "amount": amount, "currency": "USD" });
        eve.done("sendTip", tip, "").await;
    }
    drop(watchers);
    becomes(&api, "ada", "LIVE", Some(0)).await;
    let end = json!({ "streamId": stream_of(&api, "ada").await["id"] });
    ada.done("endStream", end, "").await;
    becomes(&api, "ada", "ENDED", None).await;
    encoder.kill().await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_analysts_guide_works() {
    let site = Site::new(Engine::Sqlite).await;
    let server = show(&site).await;
    let postgres = Site::new(Engine::Postgres).await;
    let other = postgres.start().await;
    let mut answers = vec![];
    for (language, block) in blocks() {
        match language {
            "python" => {
                std::fs::write(site.folder.path().join("answers.py"), block).unwrap();
                answers.push(prints(&site, "python3 answers.py").await);
            }
            // Goes on until Ctrl-C, which comes here by itself.
            _ if block.contains("--follow") => {
                let follow = "tributary log tail --follow";
                let bounded = format!("timeout --signal=INT 1 {follow} || test $? -eq 124 #");
                prints(&site, &block.replace(follow, &bounded)).await;
            }
            // Two hours ago there was nothing here.
            _ if block.contains("--as-of 2h") => {
                let block = block.replace("--as-of 2h", "--as-of 1s");
                until("a second has passed", async || {
                    run(&site, &block).await.status.success().then_some(())
                })
                .await;
            }
            _ if block.contains("psql ") => {
                let url = "postgres://tributary:secret@127.0.0.1/tributary";
                assert!(block.contains(url), "{block}");
                prints(&postgres, &block.replace(url, postgres.log_url())).await;
            }
            _ => {
                prints(&site, block).await;
            }
        }
    }
    // Both come to what the API says of the stream.
    let api = server.api();
    let data = api
        .query(
            "{ channel(name: \"ada\") { streams(first: 1) { nodes { statistics { \
             messageCount uniqueViewers peakViewers tips { amount } } } } } }",
            json!({}),
        )
        .await;
    let told = &data["channel"]["streams"]["nodes"][0]["statistics"];
    let wanted = json!({"messageCount": MESSAGES, "uniqueViewers": VIEWERS,
                        "peakViewers": VIEWERS, "tips": [{"amount": "20.00"}]});
    assert_eq!(told, &wanted);
    assert_eq!(answers.len(), 2, "DuckDB and pandas");
    for answer in answers {
        let row = answer.lines().find(|line| line.contains("20.0"));
        let row = row.unwrap_or_else(|| panic!("no tips: {answer}"));
        let words: Vec<_> = row
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .collect();
        for number in ["30", "3"] {
            assert!(words.contains(&number), "{number} in {answer}");
        }
    }
    for (server, site) in [(server, &site), (other, &postgres)] {
        assert!(server.stop().await, "{}", site.log());
    }
}
