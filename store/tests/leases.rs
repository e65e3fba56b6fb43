//! What only one node does: who does it, and who takes over.

use sqlx::{Connection as _, Executor as _};
use std::time::Duration;
use tributary_domain::Position;
use tributary_store::testing::{Engine, Place};
use tributary_store::{LEASE_TTL, Log, LogUrl, PolicyCheckpoint};

tributary_store::on_both_engines!(
    where_a_policy_goes_on_is_kept,
    somebody_holds_it_from_the_start
);

const PATIENCE: Duration = Duration::from_secs(20);

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("not in time: {what}"),
    }
}

async fn run_out(place: &Place, name: &str) {
    let LogUrl::Postgres(url) = &place.url else {
        panic!("PostgreSQL")
    };
    let mut other = sqlx::PgConnection::connect(url).await.unwrap();
    let sql = format!("UPDATE leases SET expires_at = '-infinity' WHERE name = '{name}'");
    other.execute(sql.as_str()).await.unwrap();
}

async fn somebody_holds_it_from_the_start(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let only = log.campaign("work", "a");
    let term = within("a term", only.gained()).await;
    assert!(only.holds(term));
    assert_eq!(term.is_for_good(), engine == Engine::Sqlite);
    only.release().await;
    log.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_one_holds_it_and_the_other_follows_at_once_on_its_release() {
    let place = Place::fresh(Engine::Postgres).await;
    let (one, two) = (place.open().await, place.open().await);
    let first = one.campaign("work", "a");
    let term = within("the first term", first.gained()).await;
    let second = two.campaign("work", "b");
    let elsewhere = two.campaign("other work", "b");
    within("another work", elsewhere.gained()).await;
    assert_eq!(second.held(), None);
    let holders: Vec<_> = two.leases().await.unwrap();
    assert_eq!((&*holders[1].name, &*holders[1].node), ("work", "a"));

    let began = tokio::time::Instant::now();
    first.release().await;
    assert_eq!(first.held(), None);
    let next = within("the second term", second.gained()).await;
    assert!(began.elapsed() < LEASE_TTL, "nothing had to run out");
    assert!(next.epoch > term.epoch);
    within("the end of the first term", first.lost(term)).await;
    one.close().await;
    two.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_goes_on_for_longer_than_one_lease() {
    let place = Place::fresh(Engine::Postgres).await;
    let log = place.open().await;
    let leadership = log.campaign("work", "a");
    let term = within("a term", leadership.gained()).await;
    let lost = tokio::time::timeout(LEASE_TTL, leadership.lost(term)).await;
    assert!(lost.is_err() && leadership.holds(term));
    leadership.release().await;
    assert!(!leadership.holds(term));
    log.close().await;
}

/// As if the node had stood still for longer than its lease.
#[tokio::test(flavor = "multi_thread")]
async fn a_holder_hears_that_another_node_took_over() {
    let place = Place::fresh(Engine::Postgres).await;
    let (one, two) = (place.open().await, place.open().await);
    let first = one.campaign("work", "a");
    let term = within("the first term", first.gained()).await;
    let second = two.campaign("work", "b");
    while second.held().is_none() {
        run_out(&place, "work").await;
        tokio::task::yield_now().await;
    }
    within("that it was lost", first.lost(term)).await;
    assert_eq!(first.held(), None);
    one.close().await;
    two.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_cannot_renew_stops_before_its_lease_runs_out() {
    let place = Place::fresh(Engine::Postgres).await;
    let (one, two) = (place.open().await, place.open().await);
    let first = one.campaign("work", "a");
    let term = within("the first term", first.gained()).await;
    let second = two.campaign("work", "b");
    // The database is away for the first node from now on.
    one.close().await;
    within("the end of the first term", first.lost(term)).await;
    assert_eq!(second.held(), None, "the other one has not begun yet");
    within("the second term", second.gained()).await;
    two.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_back_lets_another_one_have_it() {
    let place = Place::fresh(Engine::Postgres).await;
    let (one, two) = (place.open().await, place.open().await);
    let first = one.campaign("work", "a");
    let term = within("the first term", first.gained()).await;
    let second = two.campaign("work", "b");
    first.stand_back(PATIENCE);
    within("the end of the first term", first.lost(term)).await;
    within("the second term", second.gained()).await;
    one.close().await;
    two.close().await;
}

async fn place_of(log: &Log, policy: &str) -> Option<Position> {
    let all = log.policy_checkpoints().await.unwrap();
    let found = all.into_iter().find(|found| found.policy == policy);
    found.map(|found| found.position)
}

async fn where_a_policy_goes_on_is_kept(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let leadership = log.campaign("policies/end", "a");
    let first = within("a term", leadership.gained()).await;
    let at = |position| PolicyCheckpoint {
        policy: "end".to_owned(),
        position: Position::START.plus(position),
    };
    assert_eq!(place_of(&log, "end").await, None);
    assert!(log.save_policy_checkpoint(&at(3), first).await.unwrap());
    assert!(log.save_policy_checkpoint(&at(5), first).await.unwrap());
    leadership.release().await;
    if engine == Engine::Postgres {
        let later = log.campaign("policies/end", "b");
        let second = within("a later term", later.gained()).await;
        assert!(log.save_policy_checkpoint(&at(6), second).await.unwrap());
        let saved = log.save_policy_checkpoint(&at(4), first).await.unwrap();
        assert!(!saved, "who lost the lease writes nothing");
    } else {
        assert!(log.save_policy_checkpoint(&at(6), first).await.unwrap());
    }
    log.close().await;
    let log = place.open().await;
    assert_eq!(place_of(&log, "end").await, Some(Position::START.plus(6)));
    log.close().await;
}
