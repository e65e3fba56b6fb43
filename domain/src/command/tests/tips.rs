use super::channels::{ban, time_out};
use super::*;
use crate::entry::Entry;
use crate::money::FeeSchedule;
use crate::payment::{self, PaymentId};
use crate::testing::{entry, usd};
use crate::wallet::{self, Credited, TipText, Tipped, ToppedUp};
use crate::{Currency, Money};
use rust_decimal::Decimal;

pub(super) fn top_up(amount: &str) -> Tips {
    Tips::TopUp {
        entry: entry(1),
        amount: usd(amount),
    }
}

/// Another one.
pub(super) fn top_up_more(n: u128, amount: &str) -> Tips {
    Tips::TopUp {
        entry: entry(100 + n),
        amount: usd(amount),
    }
}

pub(super) fn tip(to: AccountId, amount: &str) -> Tips {
    Tips::Tip {
        entry: entry(2),
        channel: to.into(),
        amount: usd(amount),
        fee_schedule: five_percent(),
        hold: None,
        message: Some("well played".to_owned()),
        salt: salt(),
    }
}

fn five_percent() -> FeeSchedule {
    FeeSchedule::new("standard".to_owned(), Decimal::new(5, 2)).unwrap()
}

fn dollars() -> Currency {
    usd("1.00").currency
}

fn wallet(account: AccountId) -> HistoryId {
    HistoryId::Wallet(account, dollars())
}

/// Bob has paid in ten dollars.
fn funded() -> World {
    given().after(BOB, top_up("10.00"))
}

fn tipped(stream: Option<StreamId>) -> Event {
    let text = TipText {
        sender_name: "bob".to_owned(),
        message: Some("well played".to_owned()),
    };
    wallet::Event::from(Tipped {
        payer: bob(),
        channel: ada().into(),
        stream,
        amount: usd("10.00").amount,
        fee: usd("0.50").amount,
        net: usd("9.50").amount,
        fee_schedule: five_percent(),
        entry: Entry::tip(entry(2), bob(), ada().into(), usd("0.50"), usd("9.50")),
        personal: Personal::seal(text, salt()),
    })
    .into()
}

fn credited() -> Event {
    wallet::Event::from(Credited {
        entry: entry(2),
        amount: usd("9.50").amount,
        repaid: Decimal::ZERO,
    })
    .into()
}

#[test]
fn a_top_up_goes_to_the_own_wallet_and_to_no_channel() {
    let decision = given().when(BOB, top_up("10.00")).decision();
    let amount = usd("10.00");
    let topped_up = wallet::Event::from(ToppedUp {
        amount: amount.amount,
        provider: "sandbox".to_owned(),
        entry: Entry::top_up(entry(1), bob(), "sandbox", amount),
    });
    let payment = PaymentId::of_sandbox(entry(1));
    let confirmed = payment::Event::from(payment::Confirmed {
        account: bob(),
        amount,
        entry: entry(1),
    });
    let both = [
        (wallet(bob()), None, topped_up.into()),
        (HistoryId::Payment(payment), None, confirmed.into()),
    ];
    assert_eq!(decision.events, both);
}

#[test]
fn a_tip_debits_the_payer_and_credits_the_streamer_at_once() {
    let decision = funded().when(BOB, tip(ada(), "10.00")).decision();
    let both = [
        (wallet(bob()), in_ada(), tipped(None)),
        (wallet(ada()), in_ada(), credited()),
    ];
    assert_eq!(decision.events, both);
}

#[test]
fn a_tip_names_the_stream_that_is_open() {
    let publish = Streams::Publish {
        channel: ada().into(),
        stream: crate::testing::stream(1),
        salt: salt(),
    };
    let both = [
        (wallet(bob()), tipped(Some(crate::testing::stream(1)))),
        (wallet(ada()), credited()),
    ];
    funded()
        .after(INGEST, publish)
        .when(BOB, tip(ada(), "10.00"))
        .records(both);
}

#[test]
fn money_is_spent_once() {
    funded()
        .after(BOB, tip(ada(), "6.00"))
        .when(BOB, tip(ada(), "4.01"))
        .refuses("INSUFFICIENT_BALANCE");
    given()
        .when(BOB, tip(ada(), "0.01"))
        .refuses("INSUFFICIENT_BALANCE");
}

#[test]
fn money_of_one_currency_is_none_of_another() {
    let euros = Money::parse("1.00", "EUR".parse().unwrap()).unwrap();
    let Tips::Tip {
        entry,
        channel,
        fee_schedule,
        salt,
        ..
    } = tip(ada(), "1.00")
    else {
        panic!("a tip is a tip");
    };
    let in_euros = Tips::Tip {
        entry,
        channel,
        amount: euros,
        fee_schedule,
        hold: None,
        message: None,
        salt,
    };
    funded().when(BOB, in_euros).refuses("INSUFFICIENT_BALANCE");
}

/// The same tip without words.
fn silent(mut tip: Tips) -> Tips {
    if let Tips::Tip { message, .. } = &mut tip {
        *message = None;
    }
    tip
}

#[test]
fn the_banned_do_not_tip_and_the_timed_out_do_so_in_silence() {
    funded()
        .after(ADA, ban(bob()))
        .when(BOB, tip(ada(), "1.00"))
        .refuses("BANNED");
    funded()
        .after(ADA, time_out(bob(), 60))
        .when(BOB, tip(ada(), "1.00"))
        .refuses("TIMED_OUT");
    funded()
        .after(ADA, time_out(bob(), 60))
        .when(BOB, silent(tip(ada(), "1.00")))
        .records_in(in_ada(), &["wallet.tipped", "wallet.credited"]);
}

#[test]
fn a_tip_needs_a_channel_that_is_not_the_own() {
    funded()
        .when(BOB, tip(eve(), "1.00"))
        .refuses("CHANNEL_NOT_FOUND");
    given()
        .after(ADA, top_up("10.00"))
        .when(ADA, tip(ada(), "1.00"))
        .refuses("OWN_CHANNEL");
}

#[test]
fn only_accounts_that_exist_move_money() {
    for actor in [GHOST, Actor::Anonymous, Actor::Console, INGEST] {
        given()
            .when(actor, top_up("10.00"))
            .refuses("ACCOUNT_NOT_FOUND");
        given()
            .when(actor, tip(ada(), "1.00"))
            .refuses("ACCOUNT_NOT_FOUND");
    }
}

#[test]
fn too_large_a_top_up_is_refused() {
    given()
        .when(BOB, top_up("10000.01"))
        .refuses("TOP_UP_TOO_LARGE");
}

#[test]
fn what_a_streamer_cannot_hold_is_not_taken_from_the_viewer() {
    let full = wallet::Event::from(Credited {
        entry: entry(9),
        amount: Decimal::from(wallet::BALANCE_MAX),
        repaid: Decimal::ZERO,
    });
    funded()
        .with(wallet(ada()), full)
        .when(BOB, tip(ada(), "1.00"))
        .refuses("BALANCE_TOO_LARGE");
}
