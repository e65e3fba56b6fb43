//! One stream from its first key to its last number, with a real encoder.

use crate::support::encoder::{Encoder, decode};
use crate::support::feed::Feed;
use crate::support::flv::{Tag, assert_monotonic, tags};
use crate::support::server::{Engine, Site};
use crate::support::viewer::Viewer;
use crate::support::{in_time, until};
use serde_json::{Value, json};
use std::time::Instant;

tributary_store::on_both_engines!(a_stream_from_its_key_to_its_numbers);

const STREAM: &str = "currentStream { id status }";

fn status<'a>(item: &'a Value, wanted: &str) -> Option<&'a str> {
    let stream = &item["streamState"]["currentStream"];
    (stream["status"] == wanted)
        .then(|| stream["id"].as_str())
        .flatten()
}

async fn a_stream_from_its_key_to_its_numbers(engine: Engine) {
    let site = Site::new(engine).await.set("TRIBUTARY_GRACE_SECONDS", "4");
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let bob = server.api().register("bob").await;
    let channel = ada.channel("ada").await;
    let of_channel = json!({ "channel": channel });

    let state = format!(
        "subscription($channel: ID!) {{ streamState(channelId: $channel) {{ {STREAM} }} }}"
    );
    let mut state = Feed::open(&bob, &state, of_channel.clone()).await;
    let live = "subscription { liveStreams(first: 10) { streams { id title channel { name } } } }";
    let mut live = Feed::open(&server.api(), live, json!({})).await;
    assert_eq!(live.next().await["liveStreams"]["streams"], json!([]));
    let chat = "subscription($channel: ID!) { chat(channelId: $channel) \
                { cursor message { text sender { name role } } } }";
    let mut chat = Feed::open(&ada, chat, of_channel.clone()).await;
    let tips = "subscription($channel: ID!) { tips(channelId: $channel) { cursor tip { \
                amount { amount currency } fee { amount } net { amount } message from { name } } } }";
    let mut tips = Feed::open(&ada, tips, of_channel).await;

    // On air.
    let encoder = Encoder::publish(&server.rtmp, &key);
    let began = Instant::now();
    let stream = state
        .until("live", |item| status(item, "LIVE").map(str::to_owned))
        .await;
    live.until("in the live list", |item| {
        let listed = &item["liveStreams"]["streams"][0];
        (listed["id"] == stream.as_str() && listed["channel"]["name"] == "ada").then_some(())
    })
    .await;

    // Two viewers: one from the start, one late.
    let count =
        "subscription($stream: ID!) { viewerCount(streamId: $stream) { viewerCount peakViewers } }";
    let mut count = Feed::open(&bob, count, json!({ "stream": stream })).await;
    let early = Viewer::watch(&server.http, "ada").await;
    count
        .until("one viewer", |item| {
            (item["viewerCount"]["viewerCount"] == 1).then_some(())
        })
        .await;
    until("some seconds of video", async || {
        let seen = tags(&early.got());
        (seen.iter().filter(|tag| tag.is_key_frame()).count() >= 3).then_some(())
    })
    .await;
    let late = Viewer::watch(&server.http, "ada").await;
    count
        .until("two viewers", |item| {
            (item["viewerCount"]["viewerCount"] == 2).then_some(())
        })
        .await;
    assert!(
        starts_on_a_key_frame(&late).await,
        "a late viewer has a picture at once"
    );

    // Chat and money.
    let said = json!({ "channelId": channel, "text": "héllo <b>world</b>" });
    let sent = bob
        .done("sendChatMessage", said, "message { id text }")
        .await;
    assert_eq!(sent["message"]["text"], "héllo <b>world</b>");
    let item = chat.next().await;
    assert_eq!(item["chat"]["message"]["text"], "héllo <b>world</b>");
    assert_eq!(
        item["chat"]["message"]["sender"],
        json!({ "name": "bob", "role": "VIEWER" })
    );
    let tip =
        json!({ "channelId": channel, "amount": "10.00", "currency": "USD", "message": "bravo" });
    assert_eq!(
        bob.refused("sendTip", tip.clone()).await,
        "INSUFFICIENT_BALANCE"
    );
    let money = json!({ "amount": "25", "currency": "USD" });
    let paid = bob.done("topUp", money, "wallet { balance }").await;
    assert_eq!(paid["wallet"]["balance"], "25.00");
    let given = bob.done("sendTip", tip, "wallet { balance }").await;
    assert_eq!(given["wallet"]["balance"], "15.00");
    let tip = &tips.next().await["tips"]["tip"];
    assert_eq!(
        tip["amount"],
        json!({ "amount": "10.00", "currency": "USD" })
    );
    assert_eq!(
        (&tip["fee"]["amount"], &tip["net"]["amount"]),
        (&json!("0.50"), &json!("9.50"))
    );
    assert_eq!(
        (&tip["message"], &tip["from"]["name"]),
        (&json!("bravo"), &json!("bob"))
    );

    // The encoder dies, and comes back within the grace period.
    encoder.kill().await;
    state
        .until("interrupted", |item| status(item, "INTERRUPTED").map(drop))
        .await;
    let before = tags(&early.got()).len();
    let encoder = Encoder::publish(&server.rtmp, &key);
    let same = state
        .until("live again", |item| status(item, "LIVE").map(str::to_owned))
        .await;
    assert_eq!(same, stream, "the same stream goes on");
    until("the viewers see more", async || {
        (tags(&early.got()).len() > before + 60).then_some(())
    })
    .await;
    assert!(early.is_connected() && late.is_connected());

    // The encoder dies for good.
    let on_air = began.elapsed().as_secs_f64();
    encoder.kill().await;
    state
        .until("off air", |item| {
            item["streamState"]["currentStream"].is_null().then_some(())
        })
        .await;
    for (name, viewer) in [("early", early), ("late", late)] {
        let video = viewer.finish().await;
        assert_monotonic(&tags(&video));
        let file = site.folder.path().join(format!("{name}.flv"));
        std::fs::write(&file, &video).unwrap();
        assert_eq!(decode(&file).await, "", "{name}");
    }
    let gone = reqwest::get(format!("{}/live/ada.flv", server.http))
        .await
        .unwrap();
    assert_eq!(gone.status(), 404);

    // The numbers stand.
    let numbers = "query($stream: ID!) { stream(id: $stream) { status startedAt endedAt \
        durationSeconds viewerCount statistics { viewerCount peakViewers uniqueViewers messageCount \
        tipCount tips { amount currency } averageWatchSeconds } } }";
    let ended = until("all have left", async || {
        let data = bob.query(numbers, json!({ "stream": stream })).await;
        (data["stream"]["viewerCount"] == 0).then(|| data["stream"].clone())
    })
    .await;
    assert_eq!(ended["status"], "ENDED");
    let duration = ended["durationSeconds"].as_f64().unwrap();
    assert!(
        duration > 3.0 && duration <= on_air + 0.5,
        "{duration} s of at most {on_air} s"
    );
    let statistics = &ended["statistics"];
    assert_eq!(statistics["peakViewers"], 2, "{statistics:#}");
    assert_eq!(statistics["uniqueViewers"], 2);
    assert_eq!(statistics["messageCount"], 1);
    assert_eq!(statistics["tipCount"], 1);
    assert_eq!(
        statistics["tips"],
        json!([{ "amount": "10.00", "currency": "USD" }])
    );
    let watched = statistics["averageWatchSeconds"].as_f64().unwrap();
    assert!(
        watched > 1.0 && watched <= duration + 0.5,
        "{watched} s of {duration} s"
    );

    // And they are what the log leads to.
    let (same, report) = site.run(&["projections", "rebuild"], "").await;
    assert!(same, "{report}");
    assert!(report.contains("every row is the same"), "{report}");
    assert!(
        in_time("the server stops", server.stop()).await,
        "{}",
        site.log()
    );
}

async fn starts_on_a_key_frame(viewer: &Viewer) -> bool {
    let first = until("a frame", async || {
        let seen: Vec<Tag> = tags(&viewer.got());
        seen.into_iter()
            .find(|tag| tag.kind == 9 && !tag.is_header())
    })
    .await;
    first.is_key_frame()
}
