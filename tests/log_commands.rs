//! The log, read on the command line beside a server that runs.

use crate::support::server::{Engine, Server, Site};
use crate::support::{in_time, until};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

tributary_store::on_both_engines!(
    events_are_read_beside_the_server,
    a_state_is_told_as_of_any_moment,
    a_tail_follows_what_comes,
);

/// A server with Ada's channel, in which Eve has said so much.
pub async fn chatted(site: &Site, messages: usize) -> (Server, String) {
    let server = site.start().await;
    site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada
        .query("query { me { channel { id } } }", json!({}))
        .await;
    let channel = channel["me"]["channel"]["id"].as_str().unwrap().to_owned();
    let eve = server.api().register("eve").await;
    for n in 0..messages {
        say(&eve, &channel, &format!("message {n}")).await;
    }
    (server, channel)
}

pub async fn say(api: &crate::support::api::Api, channel: &str, text: &str) -> Value {
    let input = json!({ "channelId": channel, "text": text, "clientMutationId": text.replace("message", "id") });
    api.done("sendChatMessage", input, "message { id }").await
}

async fn succeeds(site: &Site, arguments: &[&str]) -> String {
    let (done, text) = site.run(arguments, "").await;
    assert!(done, "{arguments:?}: {text}");
    text
}

async fn events_are_read_beside_the_server(engine: Engine) {
    let site = Site::new(engine).await;
    let (server, _) = chatted(&site, 30).await;
    let text = succeeds(&site, &["log", "tail", "-n", "3"]).await;
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(
        text.contains("channel.message_sent") && !text.contains("message 29"),
        "{text}"
    );
    let text = succeeds(&site, &["log", "tail", "-n", "1", "--personal"]).await;
    assert!(text.contains("text=message 29"), "{text}");

    let lines = async |filter: &[&str]| {
        let all = [&["log", "tail", "-n", "1000", "--json"], filter].concat();
        let text = succeeds(&site, &all).await;
        let parsed: Vec<Value> = text
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        parsed
    };
    let all = lines(&[]).await;
    for (index, event) in all.iter().enumerate() {
        assert_eq!(event["position"], json!(index + 1));
        assert!(event.get("personal").is_none(), "{event}");
    }
    assert_eq!(lines(&["--type", "channel.message_*"]).await.len(), 30);
    assert_eq!(
        lines(&["--type", "claim.made,channel.opened"]).await.len(),
        5
    );
    assert_eq!(lines(&["--channel", "ADA"]).await.len(), 31);
    assert_eq!(
        lines(&["--aggregate", "account:eve"]).await[0]["event_type"],
        "account.registered"
    );
    assert_eq!(lines(&["--from", "4", "--to", "6"]).await.len(), 3);
    assert_eq!(lines(&["--until", "1h"]).await.len(), 0);
    assert_eq!(lines(&["--since", "1h"]).await.len(), all.len());
    let tenth = all[9]["recorded_at"].as_str().unwrap();
    let since = lines(&["--since", tenth]).await;
    assert!(since.len() > all.len() - 10 && since[0]["recorded_at"] == tenth);

    let last = all.last().unwrap();
    let by_id = succeeds(&site, &["log", "show", last["event_id"].as_str().unwrap()]).await;
    let by_position = succeeds(&site, &["log", "show", &last["position"].to_string()]).await;
    assert_eq!(by_id, by_position);
    assert!(by_id.contains("verifies     yes"), "{by_id}");
    assert!(by_id.contains(last["hash"].as_str().unwrap()) && !by_id.contains("message 29"));
    for nonsense in ["0", "99999", "x", "01900000-0000-7000-8000-000000000001"] {
        let (shown, text) = site.run(&["log", "show", nonsense], "").await;
        assert!(!shown && text.contains("error: "), "{text}");
    }
    let stats: Value =
        serde_json::from_str(&succeeds(&site, &["log", "stats", "--json"]).await).unwrap();
    assert_eq!(stats["events"], json!(all.len()));
    assert_eq!(stats["by_type"]["channel.message_sent"]["count"], 30);
    assert_eq!(stats["longest_histories"][0]["events"], 31);
    let text = succeeds(&site, &["log", "stats", "--channel", "ada"]).await;
    assert!(text.contains("events          31"), "{text}");
    assert!(server.stop().await);
    let (read, text) = site
        .run(&["log", "tail", "--aggregate", "account:bob"], "")
        .await;
    assert!(!read && text.contains("no account named \"bob\""), "{text}");
    assert_eq!(lines(&[]).await.len(), all.len(), "without a server, too");
}

async fn a_state_is_told_as_of_any_moment(engine: Engine) {
    let site = Site::new(engine).await;
    site.streamer("ada").await;
    let state = async |arguments: &[&str]| -> Value {
        let text = succeeds(&site, &[&["state"], arguments].concat()).await;
        serde_json::from_str(&text).unwrap()
    };
    let before = state(&["account:ada"]).await;
    assert_eq!(before["state"]["roles"], json!(["admin"]));
    succeeds(&site, &["account", "grant", "ada", "finance"]).await;
    let after = state(&["account:ada"]).await;
    assert_eq!(after["state"]["roles"], json!(["admin", "finance"]));
    let position = before["as_of"].to_string();
    assert_eq!(state(&["account:ada", "--as-of", &position]).await, before);
    let moment = after["last_event_at"].as_str().unwrap();
    let then = state(&["account:ada", "--as-of", moment]).await;
    assert_eq!(then["state"], before["state"], "before that very moment");
    assert_eq!(state(&["installation"]).await["events"], 1);
    let channel = state(&["channel:ada"]).await.to_string();
    assert!(!channel.contains("live_"), "no secret: {channel}");
    for (nonsense, words) in [
        ("account:bob", "no account named"),
        ("ada", "names no aggregate"),
        ("wallet:ada:USD", "nothing had happened"),
        ("stream:x", "names no aggregate"),
    ] {
        let (told, text) = site.run(&["state", nonsense], "").await;
        assert!(!told && text.contains(words), "{text}");
    }
}

async fn a_tail_follows_what_comes(engine: Engine) {
    let site = Site::new(engine).await;
    let (server, channel) = chatted(&site, 3).await;
    let arguments = [
        "log",
        "tail",
        "-n",
        "2",
        "--follow",
        "--personal",
        "--channel",
        "ada",
    ];
    let mut child = site.command(&arguments).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = async || in_time("a line", lines.next_line()).await.unwrap().unwrap();
    assert!(next().await.contains("message 1"));
    assert!(next().await.contains("message 2"));
    let eve = server.api().log_in("eve").await;
    for n in 3..6 {
        say(&eve, &channel, &format!("message {n}")).await;
        let line = next().await;
        assert!(line.contains(&format!("message {n}")), "{line}");
    }
    drop(lines);
    say(&eve, &channel, "nobody reads").await;
    until("it ends when nobody reads", async || {
        child.try_wait().unwrap()
    })
    .await;
    assert!(server.stop().await);
}
