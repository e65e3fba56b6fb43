//! Reading what one wrote.

use crate::support::world::World;
use crate::support::{DEADLINE, Engine, Running, within};
use std::time::Duration;
use tributary_domain::Position;
use tributary_projections::ProjectionState;

tributary_store::on_both_engines!(
    waiting_ends_when_every_projection_is_there,
    waiting_is_bounded
);

async fn waiting_ends_when_every_projection_is_there(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let running = Running::after(engine, world.news()).await;
    let said = world.say(channel, channel.owner(), "x");
    let views = running.views.clone();
    let waiting = tokio::spawn(async move {
        views.wait_for(said, DEADLINE).await.unwrap();
        views.message(said).await.unwrap()
    });
    running.log.append(world.news());
    assert!(within("the message", waiting).await.unwrap().is_some());
    running.views.wait_for(said, Duration::ZERO).await.unwrap();
    running
        .views
        .wait_for(Position::START, Duration::ZERO)
        .await
        .unwrap();
}

async fn waiting_is_bounded(engine: Engine) {
    let mut world = World::new();
    world.streamer("ada");
    let running = Running::after(engine, world.news()).await;
    let (head, beyond) = (world.head(), world.head().next());
    let slow = running
        .views
        .wait_for(beyond, Duration::from_millis(20))
        .await
        .unwrap_err();
    let projections = running.views.status().len();
    assert_eq!(
        (slow.wanted, slow.reached, slow.behind.len()),
        (beyond, head, projections)
    );
    assert!(slow.to_string().contains("accounts, streams"), "{slow}");
    running.projectors.stop().await;
    let all = running.views.status();
    assert!(
        all.iter().all(|one| one.state == ProjectionState::Stopped),
        "{all:?}"
    );
}
