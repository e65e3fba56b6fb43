//! How a publisher does: live, and written down for its streamer to look back on.

use crate::support::encoder::Encoder;
use crate::support::feed::Feed;
use crate::support::server::{Engine, Site};
use crate::support::until;
use crate::support::viewer::until_live;
use serde_json::{Value, json};

tributary_store::on_both_engines!(an_encoder_that_stalls_is_warned_of_and_that_stays_to_be_seen);

const LIVE: &str = "subscription($id: ID!) { streamHealth(channelId: $id) { \
    isPublishing frameRate warnings { code message(language: FR) } } }";
const NOTES: &str = "query($id: ID!) { node(id: $id) { ... on Channel { streams(first: 1) { nodes { \
    analytics { health(first: 100) { nodes { seconds videoKbps audioKbps frameRate \
    keyFrameIntervalMs soundAheadMs longestGapMs pace warnings { code message } } } } } } } } }";

async fn an_encoder_that_stalls_is_warned_of_and_that_stays_to_be_seen(engine: Engine) {
    let site = Site::new(engine).await;
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let bob = server.api().register("bob").await;
    let of = json!({ "id": ada.channel("ada").await });
    let encoder = Encoder::publish(&server.rtmp, &key);
    until_live(&server, "ada").await;
    let mut live = Feed::open(&ada, LIVE, of.clone()).await;
    let health = |item: &Value| item["streamHealth"].clone();
    live.until("its pictures are counted", |item| {
        health(item)["frameRate"]
            .as_f64()
            .filter(|rate| *rate > 20.0)
    })
    .await;
    let notes = async || {
        let data = ada.query(NOTES, of.clone()).await;
        let stream = &data["node"]["streams"]["nodes"][0];
        stream["analytics"]["health"]["nodes"]
            .as_array()
            .unwrap()
            .clone()
    };
    let first = until("a first note", async || notes().await.first().cloned()).await;
    let number = |name: &str| first[name].as_f64().unwrap_or_else(|| panic!("{first}"));
    assert!(
        number("seconds") >= 10.0 && number("frameRate") > 20.0,
        "{first}"
    );
    assert!(
        number("videoKbps") > 10.0 && number("audioKbps") > 1.0,
        "{first}"
    );
    assert!(
        number("keyFrameIntervalMs") < 4_000.0 && number("pace") > 0.5,
        "{first}"
    );

    // It stands still: said at once, in words, and noted.
    encoder.freeze();
    live.until("a warning", |item| {
        let first = &health(item)["warnings"][0];
        let message = first["message"].as_str()?;
        (first["code"] == "GAPS").then(|| assert!(message.len() > 10, "{message}"))
    })
    .await;
    let gap = until("the gap is noted", async || {
        let notes = notes().await;
        notes
            .into_iter()
            .find(|note| note["warnings"][0]["code"] == "GAPS")
    })
    .await;
    assert!(gap["longestGapMs"].as_i64().unwrap() >= 1_500, "{gap}");
    // It is nobody else's business.
    let seen = bob.query(NOTES, of.clone()).await;
    let stream = &seen["node"]["streams"]["nodes"][0];
    assert!(
        stream.is_object() && stream["analytics"].is_null(),
        "{seen}"
    );

    let (same, report) = site.run(&["projections", "rebuild"], "").await;
    assert!(same && report.contains("every row is the same"), "{report}");
    encoder.kill().await;
    assert!(server.stop().await, "{}", site.log());
}
