use super::refunds::{money, postings, tipped};
use super::tips::tip;
use super::*;
use crate::PayoutId;
use crate::channel::Reason;
use crate::testing::{account, because, entry, usd};

fn id(n: u128) -> PayoutId {
    PayoutId(account(n).0)
}

pub(super) fn request(n: u128, amount: &str) -> Payouts {
    Payouts::Request {
        payout: id(n),
        channel: ada().into(),
        amount: usd(amount),
        entry: entry(10 + n),
    }
}

pub(super) fn approve(n: u128) -> Payouts {
    Payouts::Approve {
        payout: id(n),
        reason: because("checked"),
    }
}

pub(super) fn hand_over(n: u128, provider: &str) -> Payouts {
    Payouts::HandOver {
        payout: id(n),
        provider: provider.to_owned(),
    }
}

pub(super) fn send(n: u128) -> Payouts {
    Payouts::Send {
        payout: id(n),
        provider: "bank".to_owned(),
        reference: format!("po_{n}"),
    }
}

pub(super) fn settle(n: u128, on: Option<&str>) -> Payouts {
    Payouts::Settle {
        payout: id(n),
        entry: entry(20 + n),
        on: on.map(|day| day.parse().unwrap()),
    }
}

pub(super) fn fail(n: u128) -> Payouts {
    Payouts::Fail {
        payout: id(n),
        entry: entry(30 + n),
        reason: because("the account is closed"),
    }
}

pub(super) fn cancel(n: u128) -> Payouts {
    Payouts::Cancel {
        payout: id(n),
        entry: entry(40 + n),
        reason: because("asked for too much"),
    }
}

/// Ada has earned a little more than the least that is paid out.
fn earned() -> World {
    tipped()
        .finance()
        .after(BOB, tips::top_up_more(1, "10.00"))
        .after(BOB, tip(ada(), "10.00"))
}

fn sent() -> World {
    earned()
        .after(ADA, request(1, "15.00"))
        .after(FINANCE, approve(1))
        .after(FINANCE, send(1))
}

#[test]
fn a_payout_leaves_the_earnings_at_once_and_the_provider_when_it_has_arrived() {
    earned()
        .when(ADA, request(1, "15.00"))
        .records_in(in_ada(), &["payout.requested", "wallet.debited"]);
    assert_eq!(money(&sent(), ada()), ["0.00", "4.00", "0.00"]);
    let decision = sent().when(FINANCE, settle(1, None)).decision();
    assert_eq!(names(&decision), ["payout.settled"]);
    let entry = decision.events[0].2.entry().unwrap();
    assert_eq!(entry.reference.as_deref(), Some("po_1"));
    let kinds: Vec<_> = postings(&decision);
    assert_eq!(kinds[0], ("payouts_in_flight".into(), "15.00".into()));
    assert_eq!(kinds[1], ("provider_clearing".into(), "-15.00".into()));
}

#[test]
fn what_does_not_arrive_or_is_called_off_comes_back() {
    let failed = sent().after(FINANCE, fail(1));
    assert_eq!(money(&failed, ada()), ["0.00", "19.00", "0.00"]);
    failed.when(FINANCE, fail(1)).records_nothing();
    for actor in [ADA, FINANCE] {
        let cancelled = earned()
            .after(ADA, request(1, "15.00"))
            .after(actor, cancel(1));
        assert_eq!(money(&cancelled, ada()), ["0.00", "19.00", "0.00"]);
        cancelled.when(actor, cancel(1)).records_nothing();
    }
    let decision = sent().when(FINANCE, fail(1)).decision();
    let reversed = decision.events[0].2.entry().unwrap().reverses;
    assert_eq!(reversed, Some(entry(11)));
}

#[test]
fn only_the_owner_asks_and_only_for_what_is_there() {
    for actor in [BOB, ROOT, FINANCE, Actor::Console] {
        earned()
            .when(actor, request(1, "15.00"))
            .refuses("NOT_ALLOWED");
    }
    earned()
        .when(ADA, request(1, "19.01"))
        .refuses("INSUFFICIENT_EARNINGS");
    earned()
        .when(ADA, request(1, "9.99"))
        .refuses("PAYOUT_TOO_SMALL");
    earned()
        .after(ADA, request(1, "15.00"))
        .when(ADA, request(2, "10.00"))
        .refuses("INSUFFICIENT_EARNINGS");
    earned()
        .after(ADA, request(1, "10.00"))
        .when(ADA, request(1, "10.00"))
        .refuses("PAYOUT_EXISTS");
}

#[test]
fn finance_approves_and_never_who_asked() {
    let asked = || earned().after(ADA, request(1, "15.00"));
    for actor in [BOB, ROOT, ADA, Actor::Anonymous] {
        asked().when(actor, approve(1)).refuses("NOT_FINANCE");
    }
    let granted = account::RoleGranted {
        role: Role::Finance,
    };
    let hers = HistoryId::Account(ada());
    asked()
        .with(hers, account::Event::from(granted))
        .when(ADA, approve(1))
        .refuses("SECOND_PERSON_NEEDED");
    asked()
        .after(FINANCE, approve(1))
        .when(FINANCE, approve(1))
        .records_nothing();
    asked()
        .when(Actor::Console, approve(1))
        .records_in(in_ada(), &["payout.approved"]);
}

#[test]
fn each_step_needs_the_one_before_it() {
    let asked = || earned().after(ADA, request(1, "15.00"));
    asked()
        .when(FINANCE, send(1))
        .refuses("PAYOUT_NOT_APPROVED");
    asked()
        .when(FINANCE, settle(1, None))
        .refuses("PAYOUT_NOT_SENT");
    asked().when(FINANCE, fail(1)).refuses("PAYOUT_NOT_SENT");
    sent().when(FINANCE, cancel(1)).refuses("PAYOUT_SENT");
    sent().when(FINANCE, send(1)).records_nothing();
    earned()
        .when(FINANCE, approve(1))
        .refuses("PAYOUT_NOT_FOUND");
    // Whether there is one is nobody else's to know.
    earned().when(BOB, approve(1)).refuses("NOT_FINANCE");
    let settled = || sent().after(FINANCE, settle(1, None));
    settled().when(FINANCE, settle(1, None)).records_nothing();
    for command in [fail(1), cancel(1), send(1), approve(1)] {
        settled().when(FINANCE, command).refuses("PAYOUT_OVER");
    }
}

#[test]
fn what_a_provider_may_have_paid_cannot_be_called_off() {
    let approved = || {
        earned()
            .after(ADA, request(1, "15.00"))
            .after(FINANCE, approve(1))
    };
    earned()
        .after(ADA, request(1, "15.00"))
        .when(FINANCE, hand_over(1, "bank"))
        .refuses("PAYOUT_NOT_APPROVED");
    for actor in [BOB, ADA, ROOT, Actor::Anonymous] {
        approved()
            .when(actor, hand_over(1, "bank"))
            .refuses("NOT_FINANCE");
    }
    approved()
        .when(FINANCE, hand_over(1, "My bank"))
        .refuses("BAD_REFERENCE");
    let handed_over = || approved().after(FINANCE, hand_over(1, "bank"));
    handed_over().when(ADA, cancel(1)).refuses("PAYOUT_SENT");
    handed_over()
        .when(FINANCE, hand_over(1, "bank"))
        .records_nothing();
    handed_over()
        .when(FINANCE, hand_over(1, "stripe"))
        .refuses("PAYOUT_SENT");
    handed_over()
        .when(FINANCE, settle(1, None))
        .refuses("PAYOUT_NOT_SENT");
    let elsewhere = Payouts::Send {
        payout: id(1),
        provider: "stripe".to_owned(),
        reference: "tr_1".to_owned(),
    };
    handed_over()
        .when(FINANCE, elsewhere)
        .refuses("PAYOUT_SENT");
    handed_over()
        .when(FINANCE, send(1))
        .records_in(in_ada(), &["payout.sent"]);
    sent().when(FINANCE, hand_over(1, "bank")).records_nothing();
    // The provider said no.
    let failed = handed_over().after(FINANCE, fail(1));
    assert_eq!(money(&failed, ada()), ["0.00", "19.00", "0.00"]);
    failed
        .when(FINANCE, hand_over(1, "bank"))
        .refuses("PAYOUT_OVER");
}

#[test]
fn staff_says_why() {
    let silent = Reason {
        text: None,
        salt: salt(),
    };
    let cancel = Payouts::Cancel {
        payout: id(1),
        entry: entry(41),
        reason: silent.clone(),
    };
    let asked = || earned().after(ADA, request(1, "15.00"));
    let approve = Payouts::Approve {
        payout: id(1),
        reason: silent.clone(),
    };
    asked().when(FINANCE, approve).refuses("REASON_MISSING");
    asked()
        .when(FINANCE, cancel.clone())
        .refuses("REASON_MISSING");
    asked()
        .when(ADA, cancel)
        .records_in(in_ada(), &["payout.cancelled", "wallet.credited"]);
    let fail = Payouts::Fail {
        payout: id(1),
        entry: entry(31),
        reason: silent,
    };
    sent().when(FINANCE, fail).refuses("REASON_MISSING");
}

#[test]
fn a_payout_is_settled_on_the_day_on_which_it_arrived_unless_that_is_closed() {
    let closed = || sent().after(Actor::Console, books::close("2027-01-13"));
    closed()
        .when(FINANCE, settle(1, Some("2027-01-13")))
        .refuses("PERIOD_CLOSED");
    closed()
        .when(FINANCE, settle(1, Some("2027-01-16")))
        .refuses("DATE_IN_THE_FUTURE");
    let decision = closed()
        .when(FINANCE, settle(1, Some("2027-01-14")))
        .decision();
    let day = decision.events[0].2.entry().unwrap().day(at(0));
    assert_eq!(day.to_string(), "2027-01-14");
}
