//! Programs of different age share a log: the newer lifts what the older wrote; the older stops where
//! it cannot read on, and never skips.

use crate::support::{request, say, streamer};
use std::sync::Arc;
use tributary_domain::command::{Actor, Command, streams};
use tributary_domain::stream::{Labels, Metadata, Title};
use tributary_domain::{AccountId, Event, HistoryId, Position, Salt, State, StreamId, stream};
use tributary_store::storage::Storage;
use tributary_store::storage::postgres::PostgresStorage;
use tributary_store::storage::sqlite::SqliteStorage;
use tributary_store::testing::{Engine, Place, Written};
use tributary_store::{CommandError, Filter, LogUrl, StoreError};
use uuid::Uuid;

tributary_store::on_both_engines!(
    what_an_older_program_wrote_is_read_as_if_it_were_written_today,
    what_a_newer_program_wrote_stops_readers_right_before_it,
    what_a_newer_program_wrote_holds_up_no_other_history,
);

/// Another program's way to the same log.
async fn other_program(place: &Place) -> Arc<dyn Storage> {
    match &place.url {
        LogUrl::Sqlite(file) => Arc::new(SqliteStorage::open(file.clone()).await.unwrap()),
        LogUrl::Postgres(url) => Arc::new(PostgresStorage::open(url).await.unwrap()),
    }
}

/// A stream of version 1 by the golden files of the domain.
async fn begin_as_of_version_1(program: &dyn Storage, ada: AccountId) -> StreamId {
    let stream = StreamId(Uuid::from_u128(7));
    let golden: serde_json::Value = serde_json::from_str(include_str!(
        "../../domain/tests/golden/stream.started.v1.json"
    ))
    .unwrap();
    let mut payload = golden["payload"].clone();
    payload["stream"] = stream.to_string().into();
    payload["channel"] = ada.to_string().into();
    let personal = golden["personal"].to_string();
    let started = Written {
        history: HistoryId::Stream(stream),
        sequence: 1,
        name: "stream.started",
        version: "1",
        payload: &payload.to_string(),
        personal: Some(&personal),
    };
    started.append_to(program).await;
    stream
}

fn update(ada: AccountId, stream: StreamId, metadata: Metadata) -> tributary_domain::Request {
    let salt = Salt([7; 16]);
    let command = streams::Command::Update {
        stream,
        changes: metadata.into(),
        salt,
    };
    request(Actor::Account(ada), Command::Streams(command))
}

async fn what_an_older_program_wrote_is_read_as_if_it_were_written_today(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    log.close().await;
    let old = other_program(&place).await;
    let stream = begin_as_of_version_1(old.as_ref(), ada).await;
    old.close().await;

    let log = place.open().await;
    let metadata = Metadata {
        title: Title {
            title: "Chess with Ada".into(),
            description: Some("Openings, then endings".into()),
        },
        labels: Labels {
            category: Some("games".into()),
            tags: vec!["board".into(), "calm".into()],
            quality: Some("1080p60".into()),
            ..Labels::default()
        },
    };
    let history = HistoryId::Stream(stream);
    let State::Stream(state) = log.state(&history).await.unwrap() else {
        panic!("a stream");
    };
    assert_eq!(state.metadata, metadata);
    let read = log.event_at(log.head()).await.unwrap().unwrap();
    assert_eq!(read.event.name(), ("stream.started", 2));
    assert!(read.event.personal_matches());
    // The same again is agreed to: the command was decided on what version 1 says.
    let same = log.execute(update(ada, stream, metadata.clone())).await;
    assert_eq!(same.unwrap().events, []);
    let mut other = metadata;
    other.labels.tags.clear();
    let receipt = log.execute(update(ada, stream, other)).await.unwrap();
    assert_eq!(receipt.events[0].sequence, 2);
    let rows = log.storage().histories(&[history]).await.unwrap();
    let versions: Vec<_> = rows[0]
        .iter()
        .map(|row| row.event_version.as_str())
        .collect();
    assert_eq!(
        versions,
        ["1", "2"],
        "what is stored stays as it was written"
    );
    log.close().await;
}

/// What a program of next year may write.
fn newer_event(stream: StreamId) -> Written<'static> {
    Written {
        history: HistoryId::Stream(stream),
        sequence: 2,
        name: "stream.updated",
        version: "99",
        payload: r#"{"shape":"new"}"#,
        personal: Some("{}"),
    }
}

async fn what_a_newer_program_wrote_stops_readers_right_before_it(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    log.close().await;
    let newer = other_program(&place).await;
    let stream = begin_as_of_version_1(newer.as_ref(), ada).await;
    let history = HistoryId::Stream(stream);
    let at = newer_event(stream).append_to(newer.as_ref()).await;
    newer.close().await;

    let log = place.open().await;
    // The reader is behind it, at it, and would be beyond it: more comes after.
    log.execute(say(ada, ada, "hello")).await.unwrap();
    let mut reader = log.tail(Position::START, Filter::All);
    let page = reader.next().await.unwrap();
    assert_eq!(page.upto.next(), at, "all before it is read");
    assert_eq!(page.events.last().unwrap().position, page.upto);
    for _ in 0..2 {
        let error = reader.next().await.unwrap_err();
        let StoreError::Unreadable { position, reason } = &error else {
            panic!("{error}");
        };
        assert_eq!(*position, at);
        assert!(reason.contains("stream.updated version 99"), "{reason}");
        assert_eq!(reader.position(), page.upto, "it does not move on");
    }
    assert!(log.event_at(at).await.is_err() && log.state(&history).await.is_err());
    log.close().await;
}

async fn what_a_newer_program_wrote_holds_up_no_other_history(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    // On PostgreSQL the newer program writes beside the running log, on SQLite before it starts.
    let running = (engine == Engine::Postgres).then(|| log.clone());
    if running.is_none() {
        log.close().await;
    }
    let newer = other_program(&place).await;
    let stream = begin_as_of_version_1(newer.as_ref(), ada).await;
    newer_event(stream).append_to(newer.as_ref()).await;
    newer.close().await;
    let log = match running {
        Some(log) => log,
        None => place.open().await,
    };

    let refused = log.execute(update(ada, stream, Metadata::default())).await;
    let Err(CommandError::Unavailable(sentence)) = &refused else {
        panic!("{refused:?}");
    };
    assert!(
        sentence.contains("stream.updated version 99; a newer Tributary wrote it"),
        "{sentence}"
    );
    let receipt = log.execute(say(ada, ada, "hello")).await.unwrap();
    assert!(matches!(receipt.events[0].event, Event::Channel(_)));
    let event = stream::Event::upcasts("stream.updated", 99);
    assert!(
        event.is_none(),
        "a version that is known by now tests nothing"
    );
    log.close().await;
}
