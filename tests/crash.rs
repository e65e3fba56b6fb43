//! A server that is killed loses nothing that it acknowledged, and leaves nothing live.

use crate::support::api::Api;
use crate::support::encoder::Encoder;
use crate::support::load::{Load, assert_all_there};
use crate::support::server::{Engine, Site};
use crate::support::until;
use crate::support::viewer::Viewer;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tributary_store::reader::Selection;
use tributary_store::{Environment, LogReader};

tributary_store::on_both_engines!(
    killed_in_the_middle_of_load_it_keeps_what_it_acknowledged,
    stopped_in_the_middle_of_load_it_answers_everything,
    requests_that_were_given_up_are_done_once_or_not_at_all,
);

/// Of each kind.
const GIVEN_UP: u64 = 20;

/// Open requests get 10 s; the machine may be busy.
const DRAIN_MAX: Duration = Duration::from_secs(15);

async fn killed_in_the_middle_of_load_it_keeps_what_it_acknowledged(engine: Engine) {
    let site = Site::new(engine).await.set("TRIBUTARY_GRACE_SECONDS", "2");
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let encoder = Encoder::publish(&server.rtmp, &key);
    let live =
        "query($channel: ID) { channel(id: $channel) { currentStream { id status viewerCount } } }";
    let of_channel = json!({ "channel": channel });
    let stream = until("live with a viewer", async || {
        let data = ada.query(live, of_channel.clone()).await;
        let stream = &data["channel"]["currentStream"];
        (stream["status"] == "LIVE").then(|| stream["id"].as_str().unwrap().to_owned())
    })
    .await;
    let viewer = Viewer::watch(&server.http, "ada").await;
    until("a viewer counts", async || {
        let data = ada.query(live, of_channel.clone()).await;
        (data["channel"]["currentStream"]["viewerCount"] == 1).then_some(())
    })
    .await;

    let load = Load::start(&ada, &channel);
    load.more(300).await;
    server.kill().await;
    let acknowledged = load.end().await;
    encoder.kill().await;
    viewer.leave();

    let server = site.start().await;
    let ada = server.api().log_in("ada").await;
    assert_all_there(&ada, &acknowledged).await;
    // The same command again is the same message.
    let again = &acknowledged[acknowledged.len() / 2];
    let repeated = ada
        .done("sendChatMessage", again.input.clone(), "message { id }")
        .await;
    assert_eq!(repeated["message"]["id"], again.id.as_str());
    assert_eq!(repeated["position"], again.position);

    // Nothing is stuck: the stream ends after its grace, and its viewer has left.
    let numbers = "query($stream: ID!) { stream(id: $stream) { status viewerCount statistics { peakViewers } } }";
    let ended = until("the stream ends", async || {
        let data = ada.query(numbers, json!({ "stream": stream })).await;
        (data["stream"]["status"] == "ENDED").then(|| data["stream"].clone())
    })
    .await;
    assert_eq!(ended["viewerCount"], 0);
    assert_eq!(ended["statistics"]["peakViewers"], 1);
    let gone = reqwest::get(format!("{}/live/ada.flv", server.http))
        .await
        .unwrap();
    assert_eq!(gone.status(), 404);

    let (same, report) = site.run(&["projections", "rebuild", "--check"], "").await;
    assert!(same && report.contains("every row is the same"), "{report}");
    assert!(server.stop().await, "{}", site.log());
}

async fn stopped_in_the_middle_of_load_it_answers_everything(engine: Engine) {
    let site = Site::new(engine).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let load = Load::start(&ada, &channel);
    load.more(200).await;
    assert!(server.stop().await, "{}", site.log());
    let acknowledged = load.end().await;

    let server = site.start().await;
    let ada = server.api().log_in("ada").await;
    assert_all_there(&ada, &acknowledged).await;
    let (same, report) = site.run(&["projections", "rebuild", "--check"], "").await;
    assert!(same && report.contains("every row is the same"), "{report}");
    assert!(server.stop().await);
}

/// Requests whose client went away at any moment, while the server stops.
async fn requests_that_were_given_up_are_done_once_or_not_at_all(engine: Engine) {
    let site = Site::new(engine).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let load = Load::start(&ada, &channel);
    let given_up = give_up_many(&ada, &channel).await;
    load.more(100).await;
    let (more, began) = (give_up_many(&ada, &channel), Instant::now());
    let (more, stopped) = tokio::join!(more, server.stop());
    assert!(stopped && began.elapsed() < DRAIN_MAX, "{}", site.log());
    let acknowledged = load.end().await;

    let server = site.start().await;
    let ada = server.api().log_in("ada").await;
    assert_all_there(&ada, &acknowledged).await;
    for input in given_up.into_iter().chain(more) {
        let before = said(&site, &input).await;
        assert!(before <= 1, "{input} was done {before} times");
        let answer = ada.done("sendChatMessage", input.clone(), "").await;
        assert!(answer["position"].is_string(), "{answer}");
        assert_eq!(said(&site, &input).await, 1, "{input}");
    }
    assert!(server.stop().await, "{}", site.log());
}

/// Sends messages and hangs up, each after another time; what was sent.
async fn give_up_many(api: &Api, channel: &str) -> Vec<Value> {
    let document = "mutation($input: SendChatMessageInput!) \
                    { sendChatMessage(input: $input) { position } }";
    let mut sent = vec![];
    for after in 0..GIVEN_UP {
        let text = format!("given up {}", Environment::system().uuid().simple());
        let input = json!({ "channelId": channel, "text": text, "clientMutationId": text });
        let body = json!({ "query": document, "variables": { "input": input } });
        let asking = api.client().post(format!("{}/graphql", api.http));
        let asking = asking
            .json(&body)
            .bearer_auth(api.token.as_ref().unwrap())
            .send();
        // Whatever comes of it: an answer, none in time, or nobody there any more.
        drop(tokio::time::timeout(Duration::from_micros(after * 300), asking).await);
        sent.push(input);
    }
    sent
}

/// How often a message stands in the log.
async fn said(site: &Site, input: &Value) -> usize {
    let reader = LogReader::open(&site.log_location()).await.unwrap();
    let mut scan = reader.scan(Selection::default()).await.unwrap();
    let (text, mut count) = (input["text"].to_string(), 0);
    while let Some(part) = scan.next().await.unwrap() {
        let holds = |personal: &[u8]| String::from_utf8_lossy(personal).contains(&text);
        count += part
            .page
            .iter()
            .filter(|row| row.personal().is_some_and(holds))
            .count();
    }
    count
}
