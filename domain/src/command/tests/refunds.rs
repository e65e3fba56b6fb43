use super::tips::{tip, top_up, top_up_more};
use super::*;
use crate::channel::Reason;
use crate::entry::{GivenTip, LedgerAccount};
use crate::testing::{entry, usd};
use crate::{Position, wallet};
use rust_decimal::Decimal;

pub(super) fn refund(tip: GivenTip, why: Option<&str>) -> Refunds {
    Refunds::Tip {
        entry: entry(3),
        tip,
        reason: Reason {
            text: why.map(str::to_owned),
            salt: salt(),
        },
    }
}

/// Bob's tip of ten dollars to Ada, as it stands in the log.
pub(super) fn ten_dollars() -> GivenTip {
    GivenTip {
        position: Position::START.next(),
        entry: entry(2),
        payer: bob(),
        channel: ada().into(),
        stream: None,
        currency: usd("1.00").currency,
        amount: usd("10.00").amount,
        fee: usd("0.50").amount,
        net: usd("9.50").amount,
    }
}

/// Bob has given Ada all of his ten dollars.
pub(super) fn tipped() -> World {
    given()
        .after(BOB, top_up("10.00"))
        .after(BOB, tip(ada(), "10.00"))
}

/// Somebody's wallet: balance, earnings, what is owed.
pub(super) fn money(world: &World, account: AccountId) -> [String; 3] {
    let history = HistoryId::Wallet(account, usd("1.00").currency);
    match world.0.get(&history) {
        Some(State::Wallet(wallet)) => {
            [wallet.balance, wallet.earnings, wallet.owed].map(|amount| format!("{amount:.2}"))
        }
        other => panic!("{other:?} is no wallet"),
    }
}

/// What an entry of the decision posts, in order.
pub(super) fn postings(decision: &Decision) -> Vec<(String, String)> {
    let entries = decision.events.iter().filter_map(|(_, _, e)| e.entry());
    let postings = entries.flat_map(|entry| entry.postings.clone());
    postings
        .map(|posting| {
            let account = posting.account.to_string();
            let kind = account.split(':').next().unwrap().to_owned();
            (kind, posting.amount.to_string())
        })
        .collect()
}

fn posted(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(account, amount)| ((*account).to_owned(), (*amount).to_owned()))
        .collect()
}

#[test]
fn a_refund_gives_back_the_fee_too_and_names_what_it_reverses() {
    let decision = tipped().when(ADA, refund(ten_dollars(), None)).decision();
    assert_eq!(names(&decision), ["wallet.tip_refunded", "wallet.debited"]);
    let expected = [
        ("streamer_earnings", "9.50"),
        ("platform_fees", "0.50"),
        ("viewer_balance", "-10.00"),
    ];
    assert_eq!(postings(&decision), posted(&expected));
    let reversed = decision.events[0].2.entry().unwrap().reverses;
    assert_eq!(reversed, Some(entry(2)));
    let after = tipped().after(ADA, refund(ten_dollars(), None));
    assert_eq!(money(&after, bob()), ["10.00", "0.00", "0.00"]);
    assert_eq!(money(&after, ada()), ["0.00", "0.00", "0.00"]);
}

#[test]
fn a_tip_is_taken_back_once() {
    tipped()
        .after(ADA, refund(ten_dollars(), None))
        .when(ROOT, refund(ten_dollars(), Some("again")))
        .refuses("ALREADY_REFUNDED");
}

#[test]
fn the_streamer_and_staff_with_a_reason_may_and_nobody_else() {
    for actor in [ROOT, FINANCE, Actor::Console] {
        tipped()
            .finance()
            .when(actor, refund(ten_dollars(), Some("by mistake")))
            .records_in(in_ada(), &["wallet.tip_refunded", "wallet.debited"]);
        tipped()
            .finance()
            .when(actor, refund(ten_dollars(), None))
            .refuses("REASON_MISSING");
    }
    for actor in [BOB, EVE, Actor::Anonymous] {
        tipped()
            .when(actor, refund(ten_dollars(), Some("mine")))
            .refuses("NOT_ALLOWED");
    }
}

#[test]
fn what_was_paid_out_is_owed_and_the_next_tip_pays_it_off() {
    let paid_out = tipped()
        .after(BOB, top_up_more(1, "10.00"))
        .after(BOB, tip(ada(), "10.00"))
        .after(ADA, payouts::request(1, "19.00"));
    // Her own money is gone: she cannot give away ours.
    paid_out
        .clone()
        .when(ADA, refund(ten_dollars(), None))
        .refuses("INSUFFICIENT_EARNINGS");
    let refund = refund(ten_dollars(), Some("stolen card"));
    let decision = paid_out.clone().when(ROOT, refund.clone()).decision();
    let expected = [
        ("chargebacks_receivable", "9.50"),
        ("platform_fees", "0.50"),
        ("viewer_balance", "-10.00"),
    ];
    assert_eq!(postings(&decision), posted(&expected));
    let owing = paid_out.after(ROOT, refund);
    assert_eq!(money(&owing, ada()), ["0.00", "0.00", "9.50"]);
    let next = tip(ada(), "4.00");
    let decision = owing.clone().when(BOB, next.clone()).decision();
    let expected = [
        ("viewer_balance", "4.00"),
        ("chargebacks_receivable", "-3.80"),
        ("platform_fees", "-0.20"),
    ];
    assert_eq!(postings(&decision), posted(&expected));
    let still_owing = owing.after(BOB, next);
    assert_eq!(money(&still_owing, ada()), ["0.00", "0.00", "5.70"]);
    let free = still_owing
        .after(BOB, top_up_more(2, "6.00"))
        .after(BOB, tip(ada(), "10.00"));
    assert_eq!(money(&free, ada()), ["0.00", "3.80", "0.00"]);
}

#[test]
fn nothing_is_taken_back_on_a_day_that_is_closed() {
    tipped()
        .after(Actor::Console, books::close("2027-01-14"))
        .when_at(-24 * 60 * 60, ADA, refund(ten_dollars(), None))
        .refuses("PERIOD_CLOSED");
}

#[test]
fn a_reversed_tip_leaves_every_account_as_it_was() {
    let mut sums: HashMap<LedgerAccount, Decimal> = HashMap::new();
    let mut world = given().after(BOB, top_up("10.00"));
    for (actor, command) in [
        (BOB, Command::from(tip(ada(), "10.00"))),
        (ADA, refund(ten_dollars(), None).into()),
    ] {
        let decision = decide(&mut world, actor, 0, command).unwrap();
        for (history, _, event) in decision.events {
            for posting in event.entry().iter().flat_map(|entry| &entry.postings) {
                *sums.entry(posting.account.clone()).or_default() += posting.amount;
            }
            world = world.with(history, event);
        }
    }
    assert!(sums.values().all(Decimal::is_zero), "{sums:?}");
    let history = HistoryId::Wallet(bob(), usd("1.00").currency);
    let Some(State::Wallet(wallet)) = world.0.get(&history) else {
        panic!("Bob has a wallet");
    };
    assert!(wallet.refunded.contains(&entry(2)));
    let _: &wallet::Wallet = wallet;
}
