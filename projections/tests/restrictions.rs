//! Bans and timeouts.

use crate::support::world::{World, at, reason};
use crate::support::{Engine, Running};
use tributary_domain::channel::Act;
use tributary_projections::RestrictionKind;

tributary_store::on_both_engines!(
    bans_and_timeouts_are_listed_until_they_end,
    a_ban_takes_the_place_of_a_timeout
);

async fn bans_and_timeouts_are_listed_until_they_end(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let (bob, eve) = (world.register("bob"), world.register("eve"));
    world.moderate(
        channel,
        Act::Ban {
            account: bob,
            reason: reason("spam"),
        },
    );
    world.pass(10);
    let act = Act::TimeOut {
        account: eve,
        seconds: 300,
        reason: reason("loud"),
    };
    world.moderate(channel, act);
    let running = Running::after(engine, world.news()).await;
    let listed = |now| {
        let views = running.views.clone();
        async move {
            let restrictions = views.restrictions(channel, now, 100, None);
            let page = restrictions.await.unwrap();
            page.items
                .into_iter()
                .map(|found| (found.account, found.kind, found.since, found.reason))
                .collect::<Vec<_>>()
        }
    };
    let ban = (bob, RestrictionKind::Ban, at(0), Some("spam".to_owned()));
    let timeout = (
        eve,
        RestrictionKind::Timeout { until: at(310) },
        at(10),
        Some("loud".to_owned()),
    );
    assert_eq!(
        listed(at(309)).await,
        [timeout, ban.clone()],
        "newest first"
    );
    assert_eq!(listed(at(310)).await, [ban], "a timeout ends by itself");
    let one = running
        .views
        .restriction(channel, eve, at(20))
        .await
        .unwrap();
    assert_eq!(
        one.unwrap().kind,
        RestrictionKind::Timeout { until: at(310) }
    );
    assert_eq!(
        running
            .views
            .restriction(channel, eve, at(400))
            .await
            .unwrap(),
        None
    );

    world.moderate(
        channel,
        Act::Unban {
            account: bob,
            reason: reason(""),
        },
    );
    world.moderate(
        channel,
        Act::LiftTimeout {
            account: eve,
            reason: reason(""),
        },
    );
    running.tell(world.news()).await;
    assert_eq!(listed(at(20)).await, []);
}

async fn a_ban_takes_the_place_of_a_timeout(engine: Engine) {
    let mut world = World::new();
    let (channel, other) = (world.streamer("ada"), world.streamer("dan"));
    let bob = world.register("bob");
    let act = Act::TimeOut {
        account: bob,
        seconds: 300,
        reason: reason("a"),
    };
    world.moderate(channel, act);
    world.moderate(
        channel,
        Act::Ban {
            account: bob,
            reason: reason("b"),
        },
    );
    let running = Running::after(engine, world.news()).await;
    let list = running.views.restrictions(channel, at(1), 100, None);
    let found = list.await.unwrap().items;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, RestrictionKind::Ban);
    let list = running.views.restrictions(other, at(1), 100, None);
    assert_eq!(list.await.unwrap().items, []);
}
