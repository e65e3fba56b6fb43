use super::refunds::{money, ten_dollars};
use super::tips::{tip, top_up};
use super::*;
use crate::PaymentId;
use crate::command::payments::GivenTips;
use crate::entry::GivenTip;
use crate::payment::Standing;
use crate::testing::{entry, usd};

const PROVIDER: Actor = Actor::System("payments");

pub(super) fn id() -> PaymentId {
    PaymentId::new("stripe", "pi_1").unwrap()
}

fn given_tips(tips: Vec<GivenTip>) -> GivenTips {
    GivenTips { tips, salt: salt() }
}

pub(super) fn intend(amount: &str) -> Payments {
    Payments::Intend {
        payment: id(),
        amount: usd(amount),
    }
}

pub(super) fn confirm(amount: &str) -> Payments {
    confirm_after(amount, vec![])
}

fn confirm_after(amount: &str, tips: Vec<GivenTip>) -> Payments {
    Payments::Confirm {
        payment: id(),
        account: bob(),
        amount: usd(amount),
        entry: entry(50),
        tips: given_tips(tips),
    }
}

fn fail() -> Payments {
    Payments::Fail {
        payment: id(),
        code: "card_declined".to_owned(),
    }
}

pub(super) fn refund(total: &str, tips: Vec<GivenTip>) -> Payments {
    Payments::Refund {
        payment: id(),
        total: usd(total),
        entry: entry(60),
        tips: given_tips(tips),
    }
}

pub(super) fn dispute(amount: &str, standing: Standing, tips: Vec<GivenTip>) -> Payments {
    Payments::Dispute {
        payment: id(),
        dispute: "dp_1".to_owned(),
        amount: usd(amount),
        standing,
        entry: entry(70),
        tips: given_tips(tips),
    }
}

/// Bob has paid ten dollars through the provider.
fn paid() -> World {
    given().after(PROVIDER, confirm("10.00"))
}

#[test]
fn a_payment_is_credited_once_whatever_was_told_before_and_however_often() {
    for before in [
        vec![],
        vec![(BOB, intend("10.00"))],
        vec![(BOB, intend("10.00")), (PROVIDER, fail())],
        vec![(PROVIDER, fail())],
    ] {
        let mut world = given();
        for (actor, told) in before {
            world = world.after(actor, told);
        }
        let world = world.after(PROVIDER, confirm("10.00"));
        assert_eq!(money(&world, bob()), ["10.00", "0.00", "0.00"]);
        for (actor, again) in [
            (PROVIDER, confirm("10.00")),
            (PROVIDER, fail()),
            (BOB, intend("10.00")),
        ] {
            world.clone().when(actor, again).records_nothing();
        }
    }
}

#[test]
fn the_entry_names_what_the_provider_calls_it() {
    let decision = given().when(PROVIDER, confirm("10.00")).decision();
    assert_eq!(names(&decision), ["wallet.topped_up", "payment.confirmed"]);
    let entry = decision.events[0].2.entry().unwrap();
    assert_eq!(entry.reference.as_deref(), Some("pi_1"));
    let account = entry.postings[0].account.to_string();
    assert_eq!(account, "provider_clearing:stripe");
}

#[test]
fn only_who_listens_to_providers_says_that_money_came() {
    for actor in [BOB, ADA, ROOT, Actor::Anonymous] {
        given().when(actor, confirm("10.00")).refuses("NOT_FINANCE");
        paid()
            .when(actor, refund("1.00", vec![]))
            .refuses("NOT_FINANCE");
        paid()
            .when(actor, dispute("1.00", Standing::Open, vec![]))
            .refuses("NOT_FINANCE");
    }
    given()
        .when(PROVIDER, intend("10.00"))
        .refuses("ACCOUNT_NOT_FOUND");
    given()
        .when(BOB, intend("10000.01"))
        .refuses("TOP_UP_TOO_LARGE");
}

#[test]
fn what_differs_from_what_was_told_is_refused() {
    given()
        .after(BOB, intend("10.00"))
        .when(PROVIDER, confirm("11.00"))
        .refuses("PAYMENT_DIFFERS");
    given()
        .after(EVE, intend("10.00"))
        .when(PROVIDER, confirm("10.00"))
        .refuses("PAYMENT_DIFFERS");
    paid()
        .when(PROVIDER, refund("10.01", vec![]))
        .refuses("PAYMENT_DIFFERS");
}

#[test]
fn refunds_are_told_as_a_total_so_that_messages_may_come_twice_or_late() {
    let world = paid()
        .after(PROVIDER, refund("4.00", vec![]))
        .after(PROVIDER, refund("7.00", vec![]));
    assert_eq!(money(&world, bob()), ["3.00", "0.00", "0.00"]);
    for late in ["4.00", "7.00"] {
        world
            .clone()
            .when(PROVIDER, refund(late, vec![]))
            .records_nothing();
    }
}

#[test]
fn what_is_told_before_the_payment_is_made_up_for_with_it() {
    let early = given()
        .after(PROVIDER, refund("4.00", vec![]))
        .after(PROVIDER, dispute("3.00", Standing::Open, vec![]));
    let decision = early.clone().when(PROVIDER, confirm("10.00")).decision();
    assert_eq!(
        names(&decision),
        [
            "wallet.topped_up",
            "wallet.payment_reversed",
            "wallet.payment_reversed",
            "payment.confirmed",
            "payment.refunded",
            "payment.charged_back",
        ]
    );
    let world = early.after(PROVIDER, confirm("10.00"));
    assert_eq!(money(&world, bob()), ["3.00", "0.00", "0.00"]);
    // Won before anything was taken: nothing is.
    let world = given()
        .after(PROVIDER, dispute("3.00", Standing::Won, vec![]))
        .after(PROVIDER, dispute("3.00", Standing::Open, vec![]))
        .after(PROVIDER, confirm("10.00"));
    assert_eq!(money(&world, bob()), ["10.00", "0.00", "0.00"]);
}

#[test]
fn a_chargeback_takes_the_balance_then_tips_then_the_platform_bears_the_rest() {
    let open = |tips| dispute("10.00", Standing::Open, tips);
    // Nothing was spent.
    let world = paid().after(PROVIDER, open(vec![]));
    assert_eq!(money(&world, bob()), ["0.00", "0.00", "0.00"]);
    // All of it was given to Ada, who has it still.
    let tipped = || paid().after(BOB, tip(ada(), "10.00"));
    let world = tipped().after(PROVIDER, open(vec![ten_dollars()]));
    assert_eq!(money(&world, bob()), ["0.00", "0.00", "0.00"]);
    assert_eq!(money(&world, ada()), ["0.00", "0.00", "0.00"]);
    // She was paid out meanwhile, and owes it.
    let world = tipped()
        .after(BOB, top_up("10.00"))
        .after(BOB, tip(ada(), "10.00"))
        .after(ADA, payouts::request(1, "19.00"))
        .after(PROVIDER, open(vec![ten_dollars()]));
    assert_eq!(money(&world, ada()), ["0.00", "0.00", "9.50"]);
    // The tip is not among those that can be taken back: the platform bears it.
    let decision = tipped().when(PROVIDER, open(vec![])).decision();
    let entry = decision.events[0].2.entry().unwrap();
    let refunds = entry
        .postings
        .iter()
        .find(|posting| posting.account.to_string() == "refunds");
    assert_eq!(refunds.unwrap().amount, usd("10.00").amount);
}

#[test]
fn a_won_dispute_gives_back_what_was_taken_once() {
    let open = dispute("10.00", Standing::Open, vec![]);
    let won = dispute("10.00", Standing::Won, vec![]);
    let won = match won {
        Payments::Dispute {
            payment,
            dispute,
            amount,
            standing,
            tips,
            ..
        } => Payments::Dispute {
            payment,
            dispute,
            amount,
            standing,
            tips,
            entry: entry(71),
        },
        other => other,
    };
    let world = paid().after(PROVIDER, open.clone());
    let decision = world.clone().when(PROVIDER, won.clone()).decision();
    let restored = decision.events[0].2.entry().unwrap();
    assert_eq!(restored.reverses, Some(entry(70)));
    let world = world.after(PROVIDER, won.clone());
    assert_eq!(money(&world, bob()), ["10.00", "0.00", "0.00"]);
    for late in [won, open, dispute("10.00", Standing::Lost, vec![])] {
        world.clone().when(PROVIDER, late).records_nothing();
    }
}

#[test]
fn a_lost_dispute_leaves_what_was_taken_and_takes_what_was_not() {
    let lost = dispute("10.00", Standing::Lost, vec![]);
    paid()
        .after(PROVIDER, dispute("10.00", Standing::Open, vec![]))
        .when(PROVIDER, lost.clone())
        .records_in(None, &["payment.dispute_lost"]);
    let world = paid().after(PROVIDER, lost);
    assert_eq!(money(&world, bob()), ["0.00", "0.00", "0.00"]);
}

#[test]
fn the_sandbox_makes_payments_like_any_other() {
    let sandbox = PaymentId::of_sandbox(entry(1));
    let refund = Payments::Refund {
        payment: sandbox,
        total: usd("10.00"),
        entry: entry(60),
        tips: given_tips(vec![]),
    };
    let world = given().after(BOB, top_up("10.00")).after(PROVIDER, refund);
    assert_eq!(money(&world, bob()), ["0.00", "0.00", "0.00"]);
}
