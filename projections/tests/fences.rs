//! Who may write.

use crate::support::world::{World, titled, usd};
use crate::support::{Engine, Place, Running, arrived, impatient, start, state_of, within};
use std::time::Duration;
use tributary_domain::{ChannelId, Position};
use tributary_projections::testing::MemoryLog;
use tributary_projections::{ProjectionState, ProjectorOptions, Projectors, ViewsError};

tributary_store::on_both_engines!(
    a_zombie_cannot_write,
    a_checkpoint_that_somebody_moved_stops_its_projector,
    a_checkpoint_that_somebody_moved_is_not_believed_when_it_is_confirmed,
    what_a_crash_of_the_database_lost_is_folded_again,
    what_a_crash_lost_is_noticed_though_nothing_more_happens,
    what_a_crash_lost_is_taken_in_once,
    a_projector_that_died_catches_up,
    read_models_of_another_log_are_refused,
);

async fn a_zombie_cannot_write(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let old = Running::after(engine, world.news()).await;
    let views = old.place.open(&old.log).await;
    let new = start(&views, &old.log, impatient()).await;
    for n in 0..20 {
        world.say(channel, channel.owner(), &format!("{n}"));
    }
    world.live(channel, titled("x"));
    // Both hear of it.
    let head = old.log.append(world.news());
    arrived(&views, head).await;
    for status in views.status() {
        assert_eq!(status.state, ProjectionState::Running, "{}", status.name);
        let state = state_of(&old.views, status.name, |state| {
            *state == ProjectionState::Fenced
        });
        assert_eq!(state.await, ProjectionState::Fenced);
    }
    assert_eq!(
        views
            .messages(channel, 100, None)
            .await
            .unwrap()
            .items
            .len(),
        20
    );
    new.stop().await;
    let expected = Running::after(engine, world.events).await;
    assert_eq!(old.place.dump().await, expected.place.dump().await);
}

async fn a_checkpoint_that_somebody_moved_stops_its_projector(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let running = Running::after(engine, world.news()).await;
    let sql = "UPDATE checkpoints SET position = position + 5 WHERE projection = 'chat'";
    assert_eq!(running.place.tamper(sql).await, 1);
    let said = world.say(channel, channel.owner(), "x");
    running.log.append(world.news());
    state_of(&running.views, "chat", |state| {
        *state == ProjectionState::Fenced
    })
    .await;
    assert_eq!(
        running.views.message(said).await.unwrap(),
        None,
        "and nothing is written"
    );
}

async fn a_checkpoint_that_somebody_moved_is_not_believed_when_it_is_confirmed(engine: Engine) {
    let mut world = World::new();
    world.streamer("ada");
    // The time to move it before the projector looks once more.
    let options = ProjectorOptions {
        idle_max: Duration::from_secs(2),
        ..impatient()
    };
    let running = Running::with(engine, MemoryLog::default(), options).await;
    running.tell(world.news()).await;
    let sql = "UPDATE checkpoints SET position = position + 5 WHERE projection = 'accounts'";
    assert_eq!(running.place.tamper(sql).await, 1);
    // Nothing more happens.
    state_of(&running.views, "accounts", |state| {
        *state == ProjectionState::Fenced
    })
    .await;
}

/// Rows are not synced: after a crash of the database the last commits may be gone, whole. Here they are
/// two messages that were folded a moment ago.
async fn with_two_messages_lost(engine: Engine) -> (World, ChannelId, Running) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    // The time to lose them before the projector looks once more.
    let options = ProjectorOptions {
        idle_max: Duration::from_secs(2),
        ..impatient()
    };
    let running = Running::with(engine, MemoryLog::default(), options).await;
    let before = running.tell(world.news()).await;
    world.say(channel, channel.owner(), "a");
    world.say(channel, channel.owner(), "b");
    running.tell(world.news()).await;
    let rows = format!("DELETE FROM chat_messages WHERE position > {before}");
    assert_eq!(running.place.tamper(&rows).await, 2);
    let chat = format!("UPDATE checkpoints SET position = {before} WHERE projection = 'chat'");
    assert_eq!(running.place.tamper(&chat).await, 1);
    (world, channel, running)
}

async fn what_a_crash_of_the_database_lost_is_folded_again(engine: Engine) {
    let (mut world, channel, running) = with_two_messages_lost(engine).await;
    world.say(channel, channel.owner(), "c");
    running.log.append(world.news());
    shown(&running, channel, 3).await;
}

async fn what_a_crash_lost_is_noticed_though_nothing_more_happens(engine: Engine) {
    let (_, channel, running) = with_two_messages_lost(engine).await;
    shown(&running, channel, 2).await;
}

/// The rows that the projector has at hand are of after the crash's loss: they must not be folded on.
async fn what_a_crash_lost_is_taken_in_once(engine: Engine) {
    let mut world = World::new();
    let (channel, bob) = (world.streamer("ada"), world.register("bob"));
    let options = ProjectorOptions {
        idle_max: Duration::from_secs(2),
        ..impatient()
    };
    let running = Running::with(engine, MemoryLog::default(), options).await;
    world.top_up(bob, usd("100.00"));
    let before = running.tell(world.news()).await;
    world.tip(bob, channel, usd("10.00"));
    running.tell(world.news()).await;
    for (sql, rows) in [
        ("UPDATE wallets SET balance = 10000 WHERE balance = 9000", 1),
        ("DELETE FROM wallets WHERE earnings > 0", 1),
    ] {
        assert_eq!(running.place.tamper(sql).await, rows, "{sql}");
    }
    let wallets =
        format!("UPDATE checkpoints SET position = {before} WHERE projection = 'wallets'");
    assert_eq!(running.place.tamper(&wallets).await, 1);
    let mut changes = running.views.changes();
    let balance = within("the tip is taken in again", async {
        loop {
            let held = running.views.wallets(bob).await.unwrap();
            if held[0].balance != usd("100.00") {
                return held[0].balance;
            }
            // Announced or not: it is looked at again soon.
            let _ = tokio::time::timeout(Duration::from_millis(50), changes.recv()).await;
        }
    })
    .await;
    assert_eq!(balance, usd("90.00"));
}

async fn shown(running: &Running, channel: ChannelId, count: usize) {
    within("the messages are shown", async {
        loop {
            let page = running.views.messages(channel, 100, None).await.unwrap();
            if page.items.len() == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

async fn a_projector_that_died_catches_up(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let place = Place::fresh(engine).await;
    let log = MemoryLog::default();
    log.append(world.news());
    for round in 0..3 {
        let views = place.open(&log).await;
        let projectors = start(&views, &log, impatient()).await;
        arrived(&views, world.head()).await;
        let said = views.messages(channel, 100, None).await.unwrap();
        assert_eq!(said.items.len(), round * 2);
        // One that is folded, perhaps, and one that is not.
        world.say(channel, channel.owner(), "a");
        log.append(world.news());
        drop(projectors);
        world.say(channel, channel.owner(), "b");
        log.append(world.news());
    }
}

async fn read_models_of_another_log_are_refused(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    world.say(channel, channel.owner(), "x");
    let running = Running::after(engine, world.news()).await;
    running.projectors.stop().await;
    running.views.close().await;
    let other = MemoryLog::default();
    let views = running.place.open(&other).await;
    match Projectors::start(views, other, impatient()).await {
        Err(ViewsError::AheadOfLog { position, head, .. }) => {
            assert_eq!((position, head), (world.head(), Position::START));
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("started"),
    }
}
