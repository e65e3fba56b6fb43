//! However the log is cut into batches, the rows are the same.

use crate::support::story::story;
use crate::support::world::World;
use crate::support::{Engine, Place, Running, arrived, impatient, start, within};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::time::Duration;
use tributary_domain::{Position, Recorded};
use tributary_projections::ProjectorOptions;
use tributary_projections::testing::MemoryLog;

tributary_store::on_both_engines!(
    a_batch_without_meaning_moves_the_checkpoint,
    many_events_without_meaning_move_the_checkpoint_before_its_time,
);

/// The rows after these events, told in pieces of these lengths, in batches of at most so many.
/// After each piece but the last the projectors start anew, with no row at hand.
async fn told(engine: Engine, events: &[Recorded], cuts: &[usize], batch_max: usize) -> Place {
    let options = ProjectorOptions {
        batch_events_max: batch_max,
        ..impatient()
    };
    let mut running = Running::with(engine, MemoryLog::default(), options.clone()).await;
    let mut rest = events;
    for cut in cuts.iter().cycle() {
        let (piece, after) = rest.split_at((*cut).min(rest.len()));
        running.tell(piece.to_vec()).await;
        rest = after;
        if rest.is_empty() {
            break;
        }
        running.projectors.stop().await;
        running.projectors = start(&running.views, &running.log, options.clone()).await;
    }
    running.projectors.stop().await;
    running.views.close().await;
    running.place
}

fn any_split_gives_equal_rows(engine: Engine, cases: u32) {
    let strategy = (
        prop::collection::vec(any::<u32>(), 0..300),
        prop::collection::vec(5_usize..80, 1..8),
        1_usize..40,
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&strategy, |(choices, cuts, batch_max)| {
            runtime.block_on(async {
                let events = story(&choices);
                let whole = told(engine, &events, &[usize::MAX], usize::MAX).await;
                let cut = told(engine, &events, &cuts, batch_max).await;
                prop_assert_eq!(whole.dump().await, cut.dump().await);
                Ok(())
            })
        })
        .unwrap();
}

#[test]
fn any_split_gives_equal_rows_on_sqlite() {
    any_split_gives_equal_rows(Engine::Sqlite, 8);
}

#[test]
fn any_split_gives_equal_rows_on_postgres() {
    any_split_gives_equal_rows(Engine::Postgres, 3);
}

/// A property over nothing proves nothing.
#[test]
fn stories_touch_every_table() {
    let choices: Vec<u32> = (0..2_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761) >> 3)
        .collect();
    let events = story(&choices);
    let names: std::collections::BTreeSet<_> =
        events.iter().map(|event| event.event.name().0).collect();
    for name in [
        "account.role_granted",
        "account.role_revoked",
        "channel.banned",
        "channel.unbanned",
        "channel.timed_out",
        "channel.timeout_lifted",
        "channel.message_sent",
        "channel.message_deleted",
        "stream.scheduled",
        "stream.cancelled",
        "stream.started",
        "stream.went_live",
        "stream.interrupted",
        "stream.resumed",
        "stream.health_noted",
        "stream.updated",
        "stream.ended",
        "viewer_session.joined",
        "viewer_session.left",
        "wallet.topped_up",
        "wallet.tipped",
        "wallet.credited",
    ] {
        assert!(names.contains(name), "no {name} in {names:?}");
    }
}

const CHECKPOINT: &str =
    "SELECT CAST(position AS TEXT) FROM checkpoints WHERE projection = 'wallets'";

async fn a_batch_without_meaning_moves_the_checkpoint(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let running = Running::after(engine, world.news()).await;
    for n in 0..10 {
        world.say(channel, channel.owner(), &format!("{n}"));
    }
    let head = running.tell(world.news()).await;
    // Orderly: what moved in memory only is written.
    running.projectors.stop().await;
    running.views.close().await;
    assert_eq!(running.place.look(CHECKPOINT).await, head.to_string());

    // While running, at latest after `idle_max`.
    let views = running.place.open(&running.log).await;
    let projectors = start(&views, &running.log, impatient()).await;
    world.say(channel, channel.owner(), "one more");
    let head = running.log.append(world.news());
    arrived(&views, head).await;
    within("the checkpoint is written", async {
        while running.place.look(CHECKPOINT).await != head.to_string() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    projectors.stop().await;
}

async fn many_events_without_meaning_move_the_checkpoint_before_its_time(engine: Engine) {
    let never = Duration::from_secs(3_600);
    let options = ProjectorOptions {
        idle_events_max: 3,
        idle_max: never,
        ..impatient()
    };
    let running = Running::with(engine, MemoryLog::default(), options).await;
    let mut world = World::new();
    let ada = world.register("ada");
    world.open_channel(ada);
    assert!(world.head() > Position::START.plus(3));
    let head = running.tell(world.news()).await;
    within("the checkpoint is written", async {
        while running.place.look(CHECKPOINT).await != head.to_string() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
