//! Who may write.

use crate::support::world::{World, titled};
use crate::support::{Engine, Place, Running, arrived, impatient, start, state_of};
use tributary_domain::Position;
use tributary_projections::testing::MemoryLog;
use tributary_projections::{ProjectionState, Projectors, ViewsError};

on_both_engines!(
    a_zombie_cannot_write,
    a_checkpoint_that_somebody_moved_stops_its_projector,
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
