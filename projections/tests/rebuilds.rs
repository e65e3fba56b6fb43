//! Making read models anew beside those that serve.

use crate::support::dump::TABLES;
use crate::support::story::story;
use crate::support::world::{World, titled};
use crate::support::{Engine, Place, Running, arrived, impatient, start, state_of, within};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tributary_domain::{Position, Recorded};
use tributary_projections::testing::{MemoryLog, MemoryTail};
use tributary_projections::{
    Progress, ProjectionState, RebuildError, RebuildOptions, Report, Source, SourceError, Switch,
    rebuild,
};
use tributary_store::Page;

tributary_store::on_both_engines!(
    a_rebuild_of_a_running_server_loses_nothing,
    a_check_changes_nothing,
    a_cancelled_rebuild_changes_nothing,
    a_rebuild_that_died_is_gone_on_with,
    a_rebuild_tells_how_far_it_is,
    an_event_that_cannot_be_folded_leaves_what_serves,
    there_is_one_rebuild_at_a_time,
    whoever_asked_may_go_away,
);

pub fn choices(count: u32) -> Vec<u32> {
    (0..count)
        .map(|n| n.wrapping_mul(2_654_435_761) >> 3)
        .collect()
}

pub fn check() -> RebuildOptions {
    RebuildOptions {
        switch: Switch::Never,
        ..RebuildOptions::default()
    }
}

pub async fn rebuilt(running: &Running, options: &RebuildOptions) -> Report {
    let never = CancellationToken::new();
    running
        .projectors
        .rebuild(options, &never, |_| ())
        .await
        .unwrap()
}

fn a_rebuild_equals_what_serves(engine: Engine, cases: u32) {
    let strategy = (
        prop::collection::vec(any::<u32>(), 0..300),
        1_usize..50,
        1_usize..200,
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&strategy, |(choices, piece, batch_events)| {
            runtime.block_on(async {
                let events = story(&choices);
                let running = Running::fresh(engine).await;
                for piece in events.chunks(piece) {
                    running.tell(piece.to_vec()).await;
                }
                let before = running.place.dump().await;
                let options = RebuildOptions {
                    batch_events,
                    ..RebuildOptions::default()
                };
                let report = rebuilt(&running, &options).await;
                prop_assert!(report.is_equal(), "{:?}", report);
                prop_assert!(report.switched);
                prop_assert_eq!(report.position, running.views.position());
                prop_assert_eq!(report.tables.len(), TABLES.len());
                prop_assert_eq!(running.place.dump().await, before);
                Ok(())
            })
        })
        .unwrap();
}

#[test]
fn a_rebuild_equals_what_serves_on_sqlite() {
    a_rebuild_equals_what_serves(Engine::Sqlite, 10);
}

#[test]
fn a_rebuild_equals_what_serves_on_postgres() {
    a_rebuild_equals_what_serves(Engine::Postgres, 4);
}

/// Questions, events and the rebuild at the same time.
async fn a_rebuild_of_a_running_server_loses_nothing(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let stream = world.live(channel, titled("x"));
    for n in 0..200 {
        world.say(channel, channel.owner(), &format!("{n}"));
    }
    let running = Running::after(engine, world.news()).await;
    let mut more: Vec<Recorded> = vec![];
    for n in 0..200 {
        world.say(channel, channel.owner(), &format!("more {n}"));
        more.extend(world.news());
    }
    let log = running.log.clone();
    let appending = tokio::spawn(async move {
        for event in more {
            log.append([event]);
            tokio::task::yield_now().await;
        }
    });
    let (views, done) = (running.views.clone(), CancellationToken::new());
    let until = done.clone();
    let asking = tokio::spawn(async move {
        let mut asked = 0_u32;
        while !until.is_cancelled() {
            assert_eq!(views.stream(stream).await.unwrap().unwrap().id, stream);
            asked += 1;
        }
        asked
    });
    let options = RebuildOptions {
        batch_events: 16,
        ..RebuildOptions::default()
    };
    for _ in 0..3 {
        let report = rebuilt(&running, &options).await;
        assert!(report.is_equal() && report.switched, "{report:?}");
    }
    appending.await.unwrap();
    arrived(&running.views, world.head()).await;
    done.cancel();
    assert!(asking.await.unwrap() > 0);
    assert!(running.projectors.all_running());
    running.projectors.stop().await;
    let expected = Running::after(engine, world.events).await;
    assert_eq!(running.place.dump().await, expected.place.dump().await);
}

async fn a_check_changes_nothing(engine: Engine) {
    let running = Running::after(engine, story(&choices(200))).await;
    let before = running.place.dump().await;
    let report = rebuilt(&running, &check()).await;
    assert!(report.is_equal() && !report.switched);
    assert_eq!(running.place.dump().await, before);
    assert_eq!(running.place.generations().await, ["1"]);
    assert!(running.projectors.all_running(), "they go on");
}

async fn a_cancelled_rebuild_changes_nothing(engine: Engine) {
    let running = Running::after(engine, story(&choices(200))).await;
    let before = running.place.dump().await;
    let cancel = CancellationToken::new();
    let options = RebuildOptions {
        batch_events: 10,
        ..RebuildOptions::default()
    };
    let cancelled = running
        .projectors
        .rebuild(&options, &cancel, |progress| {
            if progress.position >= Position::START.plus(50) {
                cancel.cancel();
            }
        })
        .await;
    assert!(
        matches!(cancelled, Err(RebuildError::Cancelled)),
        "{cancelled:?}"
    );
    assert_eq!(running.place.dump().await, before);
    assert_eq!(
        running.place.generations().await,
        ["1"],
        "nothing is left behind"
    );
    assert!(running.projectors.all_running());
}

/// A future that is dropped leaves what a killed process leaves.
async fn a_rebuild_that_died_is_gone_on_with(engine: Engine) {
    let running = Running::after(engine, story(&choices(200))).await;
    let before = running.place.dump().await;
    let options = RebuildOptions {
        batch_events: 10,
        ..RebuildOptions::default()
    };
    let (died, never) = (CancellationToken::new(), CancellationToken::new());
    let dying = died.clone();
    let rebuild = running
        .projectors
        .rebuild(&options, &never, move |progress| {
            if progress.position >= Position::START.plus(50) {
                dying.cancel();
            }
        });
    tokio::select! {
        biased;
        () = died.cancelled() => {}
        outcome = rebuild => panic!("{outcome:?}"),
    }
    assert_eq!(running.place.generations().await, ["1", "2"]);
    // A start in between keeps it.
    running.place.open(&running.log).await.close().await;
    assert_eq!(running.place.generations().await, ["1", "2"]);
    let mut seen: Vec<Progress> = vec![];
    let report = running
        .projectors
        .rebuild(&options, &never, |progress| seen.push(progress))
        .await
        .unwrap();
    assert!(report.is_equal() && report.switched, "{report:?}");
    let first = seen.first().unwrap().position;
    assert!(first > Position::START.plus(50), "{first}");
    assert_eq!(running.place.dump().await, before);
}

/// From the command line: no projector runs.
async fn a_rebuild_tells_how_far_it_is(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = MemoryLog::with_pages_of(7);
    let views = place.open(&log).await;
    let events = story(&choices(200));
    let head = log.append(events);
    let options = RebuildOptions {
        batch_events: 64,
        ..RebuildOptions::default()
    };
    let mut seen: Vec<Progress> = vec![];
    let never = CancellationToken::new();
    let report = rebuild(&log, &views, &options, &never, |progress| {
        seen.push(progress);
    })
    .await;
    let report = report.unwrap();
    assert!(report.is_equal() && report.switched);
    assert_eq!(
        (report.position, report.events),
        (head, head.since(Position::START))
    );
    assert!(seen.len() as u64 >= head.since(Position::START) / 64);
    assert!(seen.is_sorted_by_key(|progress| progress.position));
    let last = seen.last().unwrap();
    assert_eq!((last.position, last.head), (head, head));
    assert_eq!(last.remaining, Some(std::time::Duration::ZERO));
    assert!(last.events_per_second > 0);
    assert_eq!(
        views.position(),
        head,
        "the serving ones were brought along"
    );
    // Projectors go on from there.
    let projectors = start(&views, &log, impatient()).await;
    arrived(&views, head).await;
    projectors.stop().await;
}

async fn an_event_that_cannot_be_folded_leaves_what_serves(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let running = Running::after(engine, world.news()).await;
    let at = crate::poison::poison(&mut world, channel);
    running.log.append(world.news());
    let parked = |state: &ProjectionState| matches!(state, ProjectionState::Parked { .. });
    state_of(&running.views, "streams", parked).await;
    let never = CancellationToken::new();
    let options = RebuildOptions::default();
    let failed = running.projectors.rebuild(&options, &never, |_| ()).await;
    let Err(RebuildError::Poison(reason)) = failed else {
        panic!("{failed:?}")
    };
    assert!(
        reason.contains(&at.to_string()) && reason.contains("streams"),
        "{reason}"
    );
    assert_eq!(running.place.generations().await, ["1"]);
    assert_eq!(
        running.views.channel(channel).await.unwrap().unwrap().id,
        channel
    );
}

async fn there_is_one_rebuild_at_a_time(engine: Engine) {
    let running = Running::after(engine, story(&choices(50))).await;
    // A second handle, as another node has one.
    let other = running.place.open(&running.log).await;
    let (asked, never) = (AtomicU32::new(0), CancellationToken::new());
    let (projectors, views, log) = (&running.projectors, &running.views, &running.log);
    let (begun, go_on) = (Notify::new(), Notify::new());
    let slow = SlowLog {
        log: log.clone(),
        begun: Arc::new(begun),
        go_on: Arc::new(go_on),
    };
    let options = check();
    let first = rebuild(&slow, views, &options, &never, |_| ());
    let second = async {
        slow.begun.notified().await;
        let here = projectors.rebuild(&options, &never, |_| ()).await;
        assert!(
            matches!(here, Err(RebuildError::AlreadyRunning)),
            "{here:?}"
        );
        if engine == Engine::Postgres {
            let there = rebuild(log, &other, &options, &never, |_| ()).await;
            let Err(RebuildError::Elsewhere(holder)) = there else {
                panic!("{there:?}")
            };
            assert!(holder.contains(" from 127.0.0.1, since 2"), "{holder}");
        }
        asked.fetch_add(1, Ordering::Relaxed);
        slow.go_on.notify_one();
    };
    let (first, ()) = tokio::join!(first, second);
    assert!(first.unwrap().is_equal());
    assert_eq!(asked.into_inner(), 1);
    let after = rebuild(log, &other, &options, &never, |_| ()).await;
    assert!(after.unwrap().is_equal(), "the right was given back");
}

/// A log whose first page comes when it is told.
#[derive(Clone)]
struct SlowLog {
    log: MemoryLog,
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl Source for SlowLog {
    type Tail = MemoryTail;

    fn head(&self) -> Position {
        self.log.head()
    }
    fn tail(&self, after: Position) -> MemoryTail {
        self.log.tail(after)
    }
    async fn read(&self, after: Position, limit: usize) -> Result<Page, SourceError> {
        if after == Position::START {
            self.begun.notify_one();
            self.go_on.notified().await;
        }
        self.log.read(after, limit).await
    }
}

/// The projectors were paused for it, and must not stay so.
async fn whoever_asked_may_go_away(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    world.say(channel, channel.owner(), "x");
    let running = Running::after(engine, world.news()).await;
    let (gone, never) = (CancellationToken::new(), CancellationToken::new());
    let options = RebuildOptions::default();
    // The last progress comes before the projectors pause; it is dropped after that.
    let rebuilding = running
        .projectors
        .rebuild(&options, &never, |_| gone.cancel());
    tokio::select! {
        biased;
        () = gone.cancelled() => {}
        report = rebuilding => panic!("finished before it was dropped: {report:?}"),
    }
    within("the switch", async {
        while running.place.generations().await != ["2"] {
            tokio::task::yield_now().await;
        }
    })
    .await;
    world.say(channel, channel.owner(), "y");
    running.tell(world.news()).await;
    assert!(running.projectors.all_running());
}
