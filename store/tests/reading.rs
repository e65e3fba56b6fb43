//! Reading on from any place: no gap, no double.

use crate::support::{say, streamer};
use std::time::Duration;
use tributary_domain::{AccountId, Position};
use tributary_store::testing::{Engine, Place};
use tributary_store::{Filter, Log, TailReader};

tributary_store::on_both_engines!(
    a_reader_sees_what_was_there_and_what_comes,
    a_slow_reader_falls_back_to_the_table,
    a_channels_reader_sees_that_channel_and_moves_on_past_others,
    another_nodes_events_arrive,
);

const PATIENCE: Duration = Duration::from_secs(20);

/// Reads until the reader stands at `upto`, and returns the places that it saw.
async fn places(reader: &mut TailReader, upto: Position) -> Vec<i64> {
    let mut seen = Vec::new();
    while reader.position() < upto {
        let page = tokio::time::timeout(PATIENCE, reader.next())
            .await
            .expect("in time")
            .unwrap();
        seen.extend(page.events.iter().map(|event| event.position.get()));
        assert_eq!(page.upto, reader.position());
    }
    seen
}

async fn say_many(log: &Log, who: AccountId, count: usize) {
    let said = (0..count).map(|n| {
        let log = log.clone();
        tokio::spawn(async move { log.execute(say(who, who, &format!("message {n}"))).await })
    });
    for outcome in futures::future::join_all(said).await {
        outcome.unwrap().unwrap();
    }
}

async fn a_reader_sees_what_was_there_and_what_comes(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    say_many(&log, ada, 50).await;
    log.close().await;

    let log = place.open().await;
    let readers: Vec<_> = (0..5)
        .map(|n| {
            let mut reader = log.tail(Position::START.plus(n), Filter::All);
            tokio::spawn(async move { places(&mut reader, Position::START.plus(154)).await })
        })
        .collect();
    say_many(&log, ada, 100).await;
    for (skipped, seen) in futures::future::join_all(readers)
        .await
        .into_iter()
        .enumerate()
    {
        let from = i64::try_from(skipped).unwrap() + 1;
        assert_eq!(seen.unwrap(), (from..=154).collect::<Vec<_>>());
    }
    log.close().await;
}

/// Memory holds 16,384 events: a reader that is further behind finds the rest in the table.
async fn a_slow_reader_falls_back_to_the_table(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    let mut slow = log.tail(Position::START, Filter::All);
    for _ in 0..6 {
        say_many(&log, ada, 3_000).await;
    }
    let head = log.head();
    assert_eq!(
        places(&mut slow, head).await,
        (1..=head.get()).collect::<Vec<_>>()
    );
    log.close().await;
}

async fn a_channels_reader_sees_that_channel_and_moves_on_past_others(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    let bob = streamer(&log, "bob").await;
    say_many(&log, ada, 10).await;
    say_many(&log, bob, 10).await;
    for from_the_start in [true, false] {
        let from = if from_the_start {
            Position::START
        } else {
            log.head()
        };
        let mut reader = log.tail(from, Filter::Channel(bob.into()));
        if from_the_start {
            assert_eq!(places(&mut reader, log.head()).await.len(), 11);
        }
        say_many(&log, ada, 3).await;
        assert_eq!(places(&mut reader, log.head()).await.len(), 0);
        say_many(&log, bob, 3).await;
        assert_eq!(places(&mut reader, log.head()).await.len(), 3);
    }
    log.close().await;

    // The same from the table alone.
    let log = place.open().await;
    let mut reader = log.tail(Position::START, Filter::Channel(bob.into()));
    assert_eq!(places(&mut reader, log.head()).await.len(), 17);
    log.close().await;
}

async fn another_nodes_events_arrive(engine: Engine) {
    if engine == Engine::Sqlite {
        return; // One node per folder.
    }
    let place = Place::fresh(engine).await;
    let (one, two) = (place.open().await, place.open().await);
    let ada = streamer(&one, "ada").await;
    let mut reader = two.tail(Position::START, Filter::All);
    assert_eq!(places(&mut reader, one.head()).await, [1, 2, 3, 4]);
    // Interleaved: memory of either node has holes, its readers must not.
    for _ in 0..5 {
        say_many(&one, ada, 3).await;
        say_many(&two, ada, 3).await;
    }
    assert_eq!(
        places(&mut reader, Position::START.plus(34)).await,
        (5..=34).collect::<Vec<_>>()
    );
    one.close().await;
    two.close().await;
}
