use super::channels::open;
use super::*;
use crate::account::{FOLLOWS_MAX, Followed};

/// Ada's channel.
pub(super) fn follow() -> Follows {
    let channel = ada().into();
    Follows::Follow { channel }
}

pub(super) fn unfollow() -> Follows {
    let channel = ada().into();
    Follows::Unfollow { channel }
}

#[test]
fn a_channel_is_followed_and_let_go_of_once() {
    given()
        .when(BOB, follow())
        .records_in(in_ada(), &["account.followed"]);
    let follower = || given().after(BOB, follow());
    follower().when_at(60, BOB, follow()).records_nothing();
    follower()
        .when(BOB, unfollow())
        .records_in(in_ada(), &["account.unfollowed"]);
    given().when(BOB, unfollow()).records_nothing();
    follower()
        .after(BOB, unfollow())
        .when(BOB, follow())
        .records_in(in_ada(), &["account.followed"]);
}

#[test]
fn not_every_channel_can_be_followed() {
    given().when(ADA, follow()).refuses("OWN_FOLLOW");
    let channel = eve().into();
    given()
        .when(BOB, Follows::Follow { channel })
        .refuses("CHANNEL_NOT_FOUND");
    for actor in [GHOST, Actor::Anonymous, Actor::Console, INGEST] {
        given().when(actor, follow()).refuses("ACCOUNT_NOT_FOUND");
    }
    let mut world = given().after(EVE, open(eve()));
    for n in 0..FOLLOWS_MAX {
        let followed = Followed {
            channel: crate::testing::account(1_000 + n as u128).into(),
            at: at(0),
        };
        world = world.with(HistoryId::Account(bob()), account::Event::from(followed));
    }
    world.when(BOB, follow()).refuses("TOO_MANY_FOLLOWS");
}
