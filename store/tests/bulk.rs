//! Writing another log's events: only what follows from what is there.

use crate::support::{say, streamer};
use std::time::Duration;
use tributary_domain::Position;
use tributary_store::bulk::{Bulk, BulkError};
use tributary_store::chain;
use tributary_store::row::Row;
use tributary_store::testing::{Engine, Place};
use tributary_store::{Filter, LogReader, StoreError};

tributary_store::on_both_engines!(
    what_does_not_follow_is_refused_and_nothing_of_it_is_written,
    what_follows_is_written_as_it_was,
);

/// The events of a log that somebody used.
async fn events() -> Vec<Row> {
    let place = Place::fresh(Engine::Sqlite).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    for n in 0..5 {
        log.execute(say(ada, ada, &format!("word {n}")))
            .await
            .unwrap();
    }
    let rows = log.storage().read(Position::START, 100, &Filter::All);
    let rows = rows.await.unwrap();
    log.close().await;
    rows
}

/// The links of these rows, computed anew.
fn link(rows: &mut [Row]) {
    let mut hash = chain::GENESIS;
    for row in rows {
        hash = chain::link(&hash, row);
        row.hash = hash;
    }
}

fn last(rows: &mut [Row]) -> &mut Row {
    rows.last_mut().unwrap()
}

/// What is done to the events, and how they are refused.
type Case = (fn(&mut Vec<Row>), fn(&BulkError) -> bool);

const CASES: [Case; 5] = [
    (
        |rows| drop(rows.remove(0)),
        |error| matches!(error, BulkError::NotNext { found: 2, .. }),
    ),
    (
        |rows| drop(rows.remove(3)),
        |error| matches!(error, BulkError::NotNext { found: 5, .. }),
    ),
    (
        |rows| last(rows).payload.push(' '),
        |error| matches!(error, BulkError::Broken(_)),
    ),
    (
        |rows| {
            last(rows).recorded_at -= Duration::from_secs(3_600);
            link(rows);
        },
        |error| matches!(error, BulkError::TimeBackwards(_)),
    ),
    (
        |rows| {
            let words = last(rows).personal.as_mut().unwrap();
            *words = words.replace("word 4", "word 5");
        },
        |error| matches!(error, BulkError::Personal(_)),
    ),
];

async fn what_does_not_follow_is_refused_and_nothing_of_it_is_written(engine: Engine) {
    let (place, good) = (Place::fresh(engine).await, events().await);
    let mut bulk = Bulk::open(&place.url).await.unwrap();
    for (index, (spoil, is_refused)) in CASES.into_iter().enumerate() {
        let mut rows = good.clone();
        spoil(&mut rows);
        let error = bulk.append(rows, vec![]).await.unwrap_err();
        assert!(is_refused(&error), "case {index}: {error}");
        assert_eq!(bulk.head().position, Position::START);
    }
    bulk.close().await;
    let reader = LogReader::open(&place.url).await.unwrap();
    assert_eq!(reader.head().await.unwrap().position, Position::START);
    assert_eq!(reader.bounds().await.unwrap().last, None, "no row either");
}

async fn what_follows_is_written_as_it_was(engine: Engine) {
    let (place, rows) = (Place::fresh(engine).await, events().await);
    let mut bulk = Bulk::open(&place.url).await.unwrap();
    let (some, rest) = rows.split_at(3);
    bulk.append(some.to_vec(), vec![]).await.unwrap();
    bulk.close().await;
    let mut bulk = Bulk::open(&place.url).await.unwrap();
    let again = bulk.append(some.to_vec(), vec![]).await.unwrap_err();
    assert!(matches!(again, BulkError::NotNext { .. }), "{again}");
    bulk.append(rest.to_vec(), vec![]).await.unwrap();
    bulk.close().await;
    let log = place.open().await;
    let written = log.storage().read(Position::START, 100, &Filter::All);
    assert_eq!(written.await.unwrap(), rows);
    log.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_else_writes_to_the_log_is_noticed() {
    let (place, rows) = (Place::fresh(Engine::Postgres).await, events().await);
    let mut one = Bulk::open(&place.url).await.unwrap();
    let mut two = Bulk::open(&place.url).await.unwrap();
    one.append(rows.clone(), vec![]).await.unwrap();
    let refused = two.append(rows.clone(), vec![]).await.unwrap_err();
    assert!(matches!(refused, BulkError::HeadMoved), "{refused}");
    one.close().await;
    two.close().await;

    let place = Place::fresh(Engine::Sqlite).await;
    let one = Bulk::open(&place.url).await.unwrap();
    let locked = Bulk::open(&place.url).await.err().unwrap();
    assert!(matches!(locked, StoreError::Locked(_)), "{locked}");
    one.close().await;
}
