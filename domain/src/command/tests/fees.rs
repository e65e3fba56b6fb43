use super::tips::{tip, top_up};
use super::*;
use crate::channel::Reason;
use crate::money::FeeSchedule;
use crate::testing::because;
use crate::wallet;
use rust_decimal::Decimal;

fn schedule(id: &str, percent: i64) -> FeeSchedule {
    FeeSchedule::new(id.to_owned(), Decimal::new(percent, 2)).unwrap()
}

pub(super) fn set(percent: i64, from: Option<i64>, reason: Reason) -> Fees {
    Fees::Schedule {
        schedule: schedule("new", percent),
        from: from.map(at),
        reason,
    }
}

#[test]
fn finance_admins_and_the_console_set_fees_with_a_reason() {
    for actor in [FINANCE, ROOT, Actor::Console] {
        given()
            .finance()
            .when(actor, set(7, None, because("a new year")))
            .records_in(None, &["fees.scheduled"]);
        let silent = Reason {
            text: Some("  ".to_owned()),
            salt: salt(),
        };
        given()
            .finance()
            .when(actor, set(7, None, silent))
            .refuses("REASON_MISSING");
    }
    for actor in [ADA, BOB, Actor::Anonymous] {
        given()
            .when(actor, set(7, None, because("greed")))
            .refuses("NOT_FINANCE");
    }
}

/// The schedule that a tip at `seconds` is parted by, and its fee.
fn kept(world: World, seconds: i64) -> (FeeSchedule, String) {
    let decision = world.when_at(seconds, BOB, tip(ada(), "10.00")).decision();
    match &decision.events[0].2 {
        Event::Wallet(wallet::Event::Tipped(tipped)) => {
            (tipped.fee_schedule.clone(), tipped.fee.to_string())
        }
        other => panic!("{other:?} is no tip"),
    }
}

#[test]
fn a_tip_is_parted_by_what_is_in_force_at_its_moment() {
    let world = given()
        .after(BOB, top_up("10.00"))
        .after(Actor::Console, set(7, Some(60), because("a new year")));
    // Until then, what the settings say.
    assert_eq!(
        kept(world.clone(), 59),
        (schedule("standard", 5), "0.50".to_owned())
    );
    assert_eq!(kept(world, 60), (schedule("new", 7), "0.70".to_owned()));
}
