//! Recordings, as far as people ask for them.

use crate::support::{Server, go_live, system};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tributary_domain::command::recordings::Command as Recordings;
use tributary_domain::stream::{Anchored, RecordingEnd, RecordingFinished};
use tributary_domain::{Command, RecordingId};

const RECORDING: &str = "recording { id isRecording isAutomatic endReason durationSeconds bytes \
    finishedAt playback { hlsPath mp4Path expiresAt } \
    anchors(first: 1) { nodes { second at } pageInfo { hasNextPage } } }";

/// What a global id names.
fn own(id: &Value) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(id.as_str().unwrap()).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.split_once(':').unwrap().1.to_owned()
}

#[tokio::test]
async fn a_recording_is_started_completed_listed_and_taken_away() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let bob = server.register("bob").await;
    let stream = go_live(&server, &ada).await;
    let stream_id = URL_SAFE_NO_PAD.encode(format!("Stream:{stream}"));
    let input = json!({ "streamId": stream_id });
    let started = ada.done("startRecording", input.clone(), RECORDING).await["recording"].clone();
    let id: RecordingId = own(&started["id"]).parse().unwrap();
    let path = format!("/recordings/{id}/");
    let expected = json!({
        "id": started["id"], "isRecording": true, "isAutomatic": false, "endReason": null,
        "durationSeconds": null, "bytes": null, "finishedAt": null,
        "playback": {
            "hlsPath": format!("{path}master.m3u8"), "mp4Path": format!("{path}part-0.mp4"),
            "expiresAt": null,
        },
        "anchors": { "nodes": [], "pageInfo": { "hasNextPage": false } },
    });
    assert_eq!(started, expected);

    for (media_ms, second) in [(0, 1), (5_500, 60)] {
        let at = chrono::DateTime::from_timestamp(second, 0).unwrap();
        let anchor = Anchored {
            recording: id,
            media_ms,
            at,
        };
        let anchor = Recordings::Anchor { stream, anchor };
        system(&server, Command::Recordings(anchor)).await;
    }
    ada.done("stopRecording", input, RECORDING).await;
    let finished = RecordingFinished {
        recording: id,
        at: server.log.environment().now(),
        end: RecordingEnd::DiskFull,
        duration_ms: 61_500,
        bytes: 5_000_000_000,
    };
    let finish = Recordings::Finish { stream, finished };
    system(&server, Command::Recordings(finish)).await;
    let reached = server
        .views
        .wait_for(server.log.head(), crate::support::DEADLINE);
    reached.await.unwrap();

    let query = format!(
        "query($c: ID!, $r: ID!) {{ node(id: $r) {{ ... on Recording {{ {} }} }} \
         channel(id: $c) {{ recordings(first: 1) {{ nodes {{ id }} }} \
         currentStream {{ isRecording recordingUrl recordings(first: 1) {{ nodes {{ id }} }} }} }} }}",
        RECORDING
            .trim_start_matches("recording {")
            .trim_end_matches('}')
    );
    let variables = json!({ "c": channel, "r": started["id"] });
    let found = ada.ask_with(&query, variables.clone()).await;
    let data = found.data();
    let node = &data["node"];
    assert_eq!(
        (&node["endReason"], &node["durationSeconds"], &node["bytes"]),
        (&json!("DISK_FULL"), &json!(61.5), &json!(5e9))
    );
    let anchor = &node["anchors"]["nodes"][0];
    assert_eq!(
        anchor,
        &json!({ "second": 0.0, "at": "1970-01-01T00:00:01Z" })
    );
    assert_eq!(node["anchors"]["pageInfo"]["hasNextPage"], true);
    let listed = json!({ "nodes": [{ "id": started["id"] }] });
    assert_eq!(data["channel"]["recordings"], listed);
    let current = &data["channel"]["currentStream"];
    assert_eq!(current["recordings"], listed);
    assert_eq!(current["isRecording"], false);
    assert_eq!(current["recordingUrl"], format!("{path}master.m3u8"));

    // Private: with a ticket for who runs the channel, and nothing for others.
    let private = json!({ "streamId": stream_id, "visibility": "PRIVATE" });
    ada.done("updateStream", private, "").await;
    let found = ada.ask_with(&query, variables.clone()).await;
    let playback = &found.data()["node"]["playback"];
    let ticketed = format!("{path}master.m3u8?ticket=");
    assert!(playback["hlsPath"].as_str().unwrap().starts_with(&ticketed));
    assert!(playback["expiresAt"].is_string());
    let found = bob.ask_with(&query, variables).await;
    let data = found.data();
    assert_eq!(data["node"]["playback"], Value::Null);
    assert_eq!(data["channel"]["recordings"], json!({ "nodes": [] }));
    assert_eq!(
        data["channel"]["currentStream"]["recordingUrl"],
        Value::Null
    );

    // Sent again, it is answered as the first time.
    let input = json!({ "recordingId": started["id"], "clientMutationId": "once" });
    let first = ada
        .done("deleteRecording", input.clone(), "recordingId")
        .await
        .clone();
    let again = ada
        .done("deleteRecording", input, "recordingId")
        .await
        .clone();
    assert_eq!(first, again);
    let input = json!({ "recordingId": started["id"] });
    assert_eq!(
        ada.refused("deleteRecording", input).await.0,
        "RECORDING_NOT_FOUND"
    );
}
