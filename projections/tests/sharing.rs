//! Several nodes on the same read models: one writes them, the others follow, and one takes over.

use crate::support::story::story;
use crate::support::world::{World, titled};
use crate::support::{DEADLINE, Engine, Place, Running, arrived, impatient, state_of, within};
use sqlx::{Connection as _, Executor as _};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_domain::{ChannelId, Position};
use tributary_projections::testing::MemoryLog;
use tributary_projections::{
    ProjectionState, ProjectorOptions, Projectors, RebuildError, RebuildOptions, Switch, Views,
    ViewsUrl,
};
use tributary_store::{Environment, LEASE_TTL, Log, LogOptions, LogUrl};

/// Checkpoints that mean nothing to a projection are hardly ever written: who follows must know better.
fn patient() -> ProjectorOptions {
    ProjectorOptions {
        idle_max: Duration::from_secs(3_600),
        idle_events_max: 1_000_000,
        ..impatient()
    }
}

fn url(place: &Place) -> &str {
    match &place.url {
        ViewsUrl::Postgres(url) => url,
        ViewsUrl::Sqlite(_) => panic!("PostgreSQL"),
    }
}

/// A node: its own views and projectors on the same events, and its part in the lease.
struct Node {
    views: Views,
    projectors: Projectors<MemoryLog>,
    leases: Log,
}

impl Node {
    async fn start(place: &Place, log: &MemoryLog, name: &str) -> Self {
        let views = place.open(log).await;
        let log_url = LogUrl::Postgres(url(place).to_owned());
        let leases = Log::open(&log_url, LogOptions::default(), Environment::system());
        let leases = leases.await.unwrap();
        let work = views.shared_work().await.unwrap().unwrap();
        let leadership = leases.campaign(&work, name);
        let projectors = Projectors::share(views.clone(), log.clone(), patient(), leadership);
        let projectors = projectors.await.unwrap();
        Self {
            views,
            projectors,
            leases,
        }
    }

    async fn becomes(&self, state: ProjectionState) {
        for status in self.views.status() {
            state_of(&self.views, status.name, |found| *found == state).await;
        }
    }

    async fn stop(self) {
        self.projectors.stop().await;
        self.views.close().await;
        self.leases.close().await;
    }
}

/// A leader and a follower.
async fn two(place: &Place, log: &MemoryLog) -> (Node, Node) {
    let one = Node::start(place, log, "one").await;
    one.becomes(ProjectionState::Running).await;
    let two = Node::start(place, log, "two").await;
    two.becomes(ProjectionState::Following).await;
    (one, two)
}

async fn is_a_fold_of(place: &Place, log: &MemoryLog, events: Vec<tributary_domain::Recorded>) {
    let expected = Running::after(Engine::Postgres, events).await;
    assert_eq!(expected.log.len(), log.len());
    assert_eq!(place.dump().await, expected.place.dump().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_node_writes_and_another_one_follows() {
    let (place, log) = (Place::fresh(Engine::Postgres).await, MemoryLog::default());
    let (one, two) = two(&place, &log).await;
    let mut world = World::new();
    let channel = world.streamer("ada");
    let mut changes = two.views.changes();
    let stream = world.live(channel, titled("x"));
    log.append(world.news());
    arrived(&two.views, world.head()).await;
    assert!(two.views.stream(stream).await.unwrap().is_some());
    let heard = async {
        loop {
            let changed = changes.recv().await.unwrap();
            if changed.streams.contains(&stream) && changed.channels.contains(&channel) {
                return;
            }
        }
    };
    within("a feed of the follower hears of it", heard).await;
    // What means something to one projection only, so that the checkpoints of the others stay.
    for n in 0..20 {
        let said = world.say(channel, channel.owner(), &format!("{n}"));
        log.append(world.news());
        arrived(&two.views, said).await;
        assert!(two.views.message(said).await.unwrap().is_some());
    }
    let lag: u64 = two.views.status().iter().map(|status| status.lag).sum();
    assert_eq!(lag, 0);
    is_a_fold_of(&place, &log, world.events).await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_stops_is_followed_at_once() {
    let (place, log) = (Place::fresh(Engine::Postgres).await, MemoryLog::default());
    let (one, two) = two(&place, &log).await;
    let began = tokio::time::Instant::now();
    one.stop().await;
    two.becomes(ProjectionState::Running).await;
    assert!(began.elapsed() < LEASE_TTL, "nothing had to run out");
    two.stop().await;
}

/// A runtime of its own that ends without a word is a process that is killed.
#[test]
fn when_the_leader_dies_another_node_takes_over_and_the_rows_are_those_of_a_rebuild() {
    let doomed = tokio::runtime::Runtime::new().unwrap();
    let living = tokio::runtime::Runtime::new().unwrap();
    let (place, log) =
        living.block_on(async { (Place::fresh(Engine::Postgres).await, MemoryLog::default()) });
    let place = Arc::new(place);
    let one = doomed.block_on(Node::start(&place, &log, "one"));
    doomed.block_on(one.becomes(ProjectionState::Running));
    living.block_on(async {
        let two = Node::start(&place, &log, "two").await;
        two.becomes(ProjectionState::Following).await;
        let events = story(
            &(0..600_u32)
                .map(|n| n.wrapping_mul(2_654_435_761))
                .collect::<Vec<_>>(),
        );
        let (early, late) = events.split_at(events.len() / 2);
        log.append(early.to_vec());
        doomed.shutdown_background();
        let began = tokio::time::Instant::now();
        let head = log.append(late.to_vec());
        // Reads go on meanwhile.
        two.views.position();
        two.becomes(ProjectionState::Running).await;
        assert!(
            began.elapsed() < LEASE_TTL + Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
        arrived(&two.views, head).await;
        let options = RebuildOptions {
            switch: Switch::Never,
            ..RebuildOptions::default()
        };
        let cancel = CancellationToken::new();
        let report = two.projectors.rebuild(&options, &cancel, |_| ());
        let report = report.await.unwrap();
        assert!(report.is_equal(), "{report:?}");
        is_a_fold_of(&place, &log, events).await;
        two.stop().await;
    });
    // Its handles are of the runtime that is gone.
    std::mem::forget(one);
}

/// As if the leader had stood still for longer than its lease: two write, one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_was_overtaken_writes_nothing_more_and_follows() {
    let (place, log) = (Place::fresh(Engine::Postgres).await, MemoryLog::default());
    let (one, two) = two(&place, &log).await;
    let mut world = World::new();
    let channel = world.streamer("ada");
    log.append(world.news());
    let mut other = sqlx::PgConnection::connect(url(&place)).await.unwrap();
    let overtaken = async {
        while two.views.status()[0].state != ProjectionState::Running {
            other
                .execute("UPDATE leases SET expires_at = '-infinity' WHERE node = 'one'")
                .await
                .unwrap();
            world.say(channel, channel.owner(), "still here");
            log.append(world.news());
            tokio::task::yield_now().await;
        }
    };
    within("the other one leads", overtaken).await;
    one.becomes(ProjectionState::Following).await;
    for n in 0..20 {
        world.say(channel, channel.owner(), &format!("{n}"));
    }
    log.append(world.news());
    for node in [&one, &two] {
        arrived(&node.views, world.head()).await;
    }
    two.becomes(ProjectionState::Running).await;
    is_a_fold_of(&place, &log, world.events).await;
    one.stop().await;
    two.stop().await;
}

async fn newest(views: &Views, channel: ChannelId) -> Option<Position> {
    let page = views.messages(channel, 1, None).await.unwrap();
    page.items.first().map(|message| message.position)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_on_one_node_serves_on_all_without_a_pause() {
    let (place, log) = (Place::fresh(Engine::Postgres).await, MemoryLog::default());
    let (one, two) = two(&place, &log).await;
    let mut world = World::new();
    let channel = world.streamer("ada");
    let said = world.say(channel, channel.owner(), "x");
    log.append(world.news());
    arrived(&two.views, said).await;
    let asking = {
        let views = two.views.clone();
        let over = CancellationToken::new();
        let ends = over.clone();
        let asking = tokio::spawn(async move {
            while !ends.is_cancelled() {
                assert_eq!(newest(&views, channel).await, Some(said));
            }
        });
        (asking, over)
    };
    let cancel = CancellationToken::new();
    let options = RebuildOptions::default();
    let report = one.projectors.rebuild(&options, &cancel, |_| ());
    let report = within("the rebuild", report).await.unwrap();
    assert!(report.is_equal() && report.switched);
    asking.1.cancel();
    asking.0.await.unwrap();
    assert_eq!(place.generations().await, ["2"], "the old one is gone");
    let said = world.say(channel, channel.owner(), "y");
    log.append(world.news());
    arrived(&two.views, said).await;
    assert_eq!(newest(&two.views, channel).await, Some(said));
    two.becomes(ProjectionState::Following).await;
    one.stop().await;
    two.stop().await;
}

/// What a node of a newer version does at its start: it makes read models of its own, and points at them.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_an_older_version_says_that_it_cannot_serve_the_read_models_of_a_newer_one() {
    let (place, log) = (Place::fresh(Engine::Postgres).await, MemoryLog::default());
    let (one, two) = two(&place, &log).await;
    let mut newer = sqlx::PgConnection::connect(url(&place)).await.unwrap();
    let pointed = "CREATE SCHEMA views_2;
        CREATE TABLE views_2.generation AS SELECT 'newer'::text AS schema_hash;
        UPDATE public.view_generation SET generation = 2";
    newer.execute(sqlx::raw_sql(pointed)).await.unwrap();
    for status in two.views.status() {
        let says = |state: &ProjectionState| match state {
            ProjectionState::Retrying { reason } => reason.contains("another version of Tributary"),
            _ => false,
        };
        state_of(&two.views, status.name, says).await;
    }
    // The pointer goes back with the newer node, and nothing was lost.
    newer
        .execute("UPDATE public.view_generation SET generation = 1")
        .await
        .unwrap();
    two.becomes(ProjectionState::Following).await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_is_refused_by_who_only_follows() {
    let (place, log) = (Place::fresh(Engine::Postgres).await, MemoryLog::default());
    let (one, two) = two(&place, &log).await;
    let cancel = CancellationToken::new();
    let options = RebuildOptions::default();
    let refused = two.projectors.rebuild(&options, &cancel, |_| ());
    let error = refused.await.unwrap_err();
    assert!(matches!(error, RebuildError::Following(_)), "{error}");
    assert!(
        error.to_string().contains("the node one keeps them"),
        "{error}"
    );
    one.stop().await;
    two.stop().await;
}

/// Read models of its own, beside a log that is shared: nobody to take turns with.
#[tokio::test]
async fn read_models_in_files_are_each_nodes_own() {
    let (place, log) = (Place::fresh(Engine::Sqlite).await, MemoryLog::default());
    let views = place.open(&log).await;
    assert_eq!(views.shared_work().await.unwrap(), None);
    views.wait_for(Position::START, DEADLINE).await.unwrap();
}
