//! A server that is killed loses nothing that it acknowledged, and leaves nothing live.

use crate::support::encoder::Encoder;
use crate::support::load::{Load, assert_all_there};
use crate::support::server::{Engine, Site};
use crate::support::until;
use crate::support::viewer::Viewer;
use serde_json::json;

crate::on_both_engines!(
    killed_in_the_middle_of_load_it_keeps_what_it_acknowledged,
    stopped_in_the_middle_of_load_it_answers_everything,
);

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
