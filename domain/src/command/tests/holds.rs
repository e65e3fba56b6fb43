use super::tips::{tip, top_up};
use super::*;
use crate::HoldId;
use crate::testing::{account, usd};

fn hold(n: u128) -> HoldId {
    HoldId(account(n).0)
}

pub(super) fn place(n: u128, amount: &str, until: i64) -> Holds {
    Holds::Place {
        hold: hold(n),
        amount: usd(amount),
        until: at(until),
    }
}

pub(super) fn release(n: u128) -> Holds {
    Holds::Release {
        hold: hold(n),
        currency: usd("1.00").currency,
    }
}

pub(super) fn expire(account: AccountId, n: u128) -> Holds {
    Holds::Expire {
        account,
        currency: usd("1.00").currency,
        hold: hold(n),
    }
}

#[test]
fn an_owner_sets_aside_and_releases_what_is_their_own() {
    let held = || {
        given()
            .after(BOB, top_up("10.00"))
            .after(BOB, place(1, "8.00", 60))
    };
    held()
        .when(BOB, tip(ada(), "3.00"))
        .refuses("INSUFFICIENT_BALANCE");
    held()
        .after(BOB, release(1))
        .when(BOB, tip(ada(), "3.00"))
        .records_in(in_ada(), &["wallet.tipped", "wallet.credited"]);
    // Each asks for the own wallet: there is no way to name another's.
    held().when(EVE, release(1)).records_nothing();
}

#[test]
fn an_expired_hold_is_lifted_once_and_never_before_its_time() {
    let held = || {
        given()
            .after(BOB, top_up("10.00"))
            .after(BOB, place(1, "8.00", 60))
    };
    let policy = Actor::System("lift_expired_holds");
    held()
        .when_at(59, policy, expire(bob(), 1))
        .records_nothing();
    held()
        .when_at(60, policy, expire(bob(), 1))
        .records_in(None, &["wallet.hold_lifted"]);
    held()
        .after(BOB, release(1))
        .when_at(60, policy, expire(bob(), 1))
        .records_nothing();
}
