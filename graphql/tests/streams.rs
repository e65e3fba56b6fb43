//! The life of a stream, as far as people ask for it.

use crate::support::Server;
use axum::http::StatusCode;
use serde_json::{Value, json};

const STREAM: &str = "stream { id title description category tags kind visibility quality status \
                      scheduledFor startedAt endedAt channel { name } }";

#[tokio::test]
async fn a_stream_is_scheduled_changed_started_and_ended() {
    let server = Server::start().await;
    let (ada, _) = server.streamer("ada").await;
    let input = json!({
        "title": "First light", "description": "Stars", "category": "Science",
        "tags": ["sky", "sky"], "kind": "AUDIO", "scheduledFor": "2026-02-01T18:00:00Z",
    });
    let scheduled = ada.done("scheduleStream", input, STREAM).await["stream"].clone();
    let expected = json!({
        "id": scheduled["id"], "title": "First light", "description": "Stars",
        "category": "Science", "tags": ["sky"], "kind": "AUDIO", "visibility": "PUBLIC",
        "quality": null, "status": "SCHEDULED", "scheduledFor": "2026-02-01T18:00:00Z",
        "startedAt": null, "endedAt": null, "channel": {"name": "ada"},
    });
    assert_eq!(scheduled, expected);

    // What is left out stays; null takes away.
    let id = &scheduled["id"];
    let input = json!({"streamId": id, "category": null, "quality": "1080p60"});
    let updated = ada.done("updateStream", input, STREAM).await["stream"].clone();
    assert_eq!(
        (&updated["title"], &updated["description"]),
        (&json!("First light"), &json!("Stars"))
    );
    assert_eq!(
        (&updated["category"], &updated["quality"]),
        (&json!(""), &json!("1080p60"))
    );
    assert_eq!(
        (&updated["kind"], &updated["tags"]),
        (&json!("AUDIO"), &json!(["sky"]))
    );

    let input = json!({"streamId": id, "title": "Second light"});
    let started = ada.done("startStream", input, STREAM).await["stream"].clone();
    assert_eq!(
        (&started["id"], &started["status"]),
        (id, &json!("STARTING"))
    );
    assert_eq!(
        (&started["title"], &started["quality"]),
        (&json!("Second light"), &json!("1080p60"))
    );

    let ended = ada.done("endStream", json!({"streamId": id}), STREAM).await["stream"].clone();
    assert_eq!(ended["status"], "ENDED");
    // What holds already agrees.
    let again = ada.done("endStream", json!({"streamId": id}), STREAM).await["stream"].clone();
    assert_eq!(again["status"], "ENDED");
}

#[tokio::test]
async fn a_new_stream_sent_twice_under_one_id_begins_once() {
    let server = Server::start().await;
    let (ada, _) = server.streamer("ada").await;
    let input = json!({"title": "x", "clientMutationId": "start"});
    let first = ada
        .done("startStream", input.clone(), "stream { id }")
        .await;
    let again = ada.done("startStream", input, "stream { id }").await;
    assert_eq!(first, again);
}

#[tokio::test]
async fn every_refusal_of_a_stream_has_its_code() {
    let server = Server::start().await;
    let (ada, _) = server.streamer("ada").await;
    let (eve, _) = server.streamer("eve").await;
    let nobody = server.register("nobody").await;
    let title = json!({"title": "x"});
    assert_eq!(
        nobody.refused("startStream", title.clone()).await.0,
        "CHANNEL_NOT_FOUND"
    );
    let open = ada
        .done("startStream", title.clone(), "stream { id }")
        .await["stream"]["id"]
        .clone();
    let of = |id: &Value| json!({"streamId": id});
    assert_eq!(ada.refused("startStream", title).await.0, "STREAM_OPEN");
    assert_eq!(
        ada.refused("startStream", of(&open)).await.0,
        "ALREADY_STARTED"
    );
    for name in ["endStream", "cancelStream"] {
        assert_eq!(
            eve.refused(name, of(&open)).await.0,
            "NOT_ALLOWED",
            "{name}"
        );
    }
    let input = json!({"streamId": open, "title": "mine"});
    assert_eq!(eve.refused("updateStream", input).await.0, "NOT_ALLOWED");
    ada.done("cancelStream", of(&open), "").await;
    assert_eq!(
        ada.refused("endStream", of(&open)).await.0,
        "ALREADY_CANCELLED"
    );
    let input = json!({"streamId": open, "title": "late"});
    assert_eq!(
        ada.refused("updateStream", input).await.0,
        "ALREADY_CANCELLED"
    );
    for when in ["2026-01-31T17:59:59Z", "2027-03-01T00:00:00Z"] {
        let input = json!({"title": "x", "scheduledFor": when});
        let refused = ada.refused("scheduleStream", input).await;
        let expected = (
            "SCHEDULED_IN_THE_PAST".to_owned(),
            Some("scheduledFor".to_owned()),
        );
        assert_eq!(refused, expected, "{when}");
    }
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_refused_and_not_made() {
    let server = Server::start().await;
    let (ada, _) = server.streamer("ada").await;
    // Stream:019c1610-0000-7000-8000-000000000000
    let id = "U3RyZWFtOjAxOWMxNjEwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMA";
    for (name, input) in [
        ("startStream", json!({"streamId": id})),
        ("startStream", json!({"streamId": id, "title": "mine"})),
        ("updateStream", json!({"streamId": id, "title": "mine"})),
        ("updateStream", json!({"streamId": id})),
        ("endStream", json!({"streamId": id})),
        ("cancelStream", json!({"streamId": id})),
    ] {
        let refused = ada.refused(name, input).await;
        let expected = ("STREAM_NOT_FOUND".to_owned(), Some("streamId".to_owned()));
        assert_eq!(refused, expected, "{name}");
    }
}

#[tokio::test]
async fn texts_are_refused_by_field_and_limit() {
    let server = Server::start().await;
    let (ada, _) = server.streamer("ada").await;
    for (input, code, field) in [
        (json!({}), "EMPTY", "title"),
        (json!({"title": " "}), "EMPTY", "title"),
        (json!({"title": "x".repeat(141)}), "TOO_LONG", "title"),
        (json!({"title": "x".repeat(200_000)}), "TOO_LONG", "title"),
        (json!({"title": "a\u{7}"}), "BAD_CHARACTER", "title"),
        (
            json!({"title": "x", "description": "x".repeat(5_001)}),
            "TOO_LONG",
            "description",
        ),
        (
            json!({"title": "x", "category": "x".repeat(51)}),
            "TOO_LONG",
            "category",
        ),
        (
            json!({"title": "x", "tags": vec!["x"; 11]}),
            "TOO_MANY_TAGS",
            "tags",
        ),
        (
            json!({"title": "x", "quality": "x".repeat(51)}),
            "TOO_LONG",
            "quality",
        ),
    ] {
        let refused = ada.refused("startStream", input).await;
        assert_eq!(refused, (code.to_owned(), Some(field.to_owned())));
    }
    // A whole megabyte does not get as far as the domain.
    let input = json!({"title": "x".repeat(1_000_000)});
    let answer = ada.mutate("startStream", input, "").await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::PAYLOAD_TOO_LARGE, "BAD_USER_INPUT")
    );
    assert_eq!(ada.ask("{ me { name } }").await.data()["me"]["name"], "ada");
}

#[tokio::test]
async fn ids_of_another_kind_are_bad_input() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    for id in [channel.as_str(), "nonsense", ""] {
        let answer = ada.mutate("endStream", json!({"streamId": id}), "").await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{id}");
    }
}

#[tokio::test]
async fn two_who_change_different_things_at_once_both_have_their_way() {
    let server = Server::start().await;
    let (ada, _) = server.streamer("ada").await;
    let started = ada
        .done("startStream", json!({"title": "0"}), "stream { id }")
        .await;
    let id = &started["stream"]["id"];
    for n in 1..=20 {
        let (title, category) = (format!("title {n}"), format!("category {n}"));
        let one = json!({"streamId": id, "title": title});
        let other = json!({"streamId": id, "category": category});
        tokio::join!(
            ada.done("updateStream", one, ""),
            ada.done("updateStream", other, "")
        );
        let seen = ada
            .done(
                "updateStream",
                json!({"streamId": id}),
                "stream { title category }",
            )
            .await;
        assert_eq!(
            seen["stream"],
            json!({"title": title, "category": category})
        );
    }
}
