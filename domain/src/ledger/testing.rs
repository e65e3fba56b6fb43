//! Events of money, as they stand in a log: Bob tops up and tips Ada.

use crate::entry::Entry;
use crate::money::FeeSchedule;
use crate::testing::{ADA, BOB, at, entry, salt};
use crate::wallet::{self, TipText};
use crate::{AccountId, Event, HistoryId, Money, Personal, Position, Recorded};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An event of Bob's wallet at a place.
pub(crate) fn recorded(position: i64, event: impl Into<wallet::Event>) -> Recorded {
    of(BOB, "USD", position, event)
}

fn of(
    owner: AccountId,
    currency: &str,
    position: i64,
    event: impl Into<wallet::Event>,
) -> Recorded {
    Recorded {
        position: Position::new(position).unwrap(),
        event_id: Uuid::from_u128(u128::MAX - u128::from(position.unsigned_abs())),
        recorded_at: at(position),
        history: HistoryId::Wallet(owner, currency.parse().unwrap()),
        sequence: position,
        channel: None,
        event: Event::Wallet(event.into()),
        metadata: BTreeMap::new(),
    }
}

/// Bob pays in. The entry has the number of the place.
pub(crate) fn top_up(position: i64, amount: &str, currency: &str) -> Recorded {
    let money = Money::parse(amount, currency.parse().unwrap()).unwrap();
    let event = wallet::ToppedUp {
        amount: money.amount,
        provider: "sandbox".into(),
        entry: Entry::top_up(
            entry(u128::from(position.unsigned_abs())),
            BOB,
            "sandbox",
            money,
        ),
    };
    of(BOB, currency, position, event)
}

/// Bob tips Ada, at a fee of 5 %.
pub(crate) fn tipped(position: i64, amount: &str, currency: &str) -> Recorded {
    let money = Money::parse(amount, currency.parse().unwrap()).unwrap();
    let fee_schedule = FeeSchedule::new("standard".into(), "0.05".parse().unwrap()).unwrap();
    let (fee, net) = fee_schedule.split(money);
    let text = TipText {
        sender_name: "bob".into(),
        message: None,
    };
    let event = wallet::Tipped {
        payer: BOB,
        channel: ADA.into(),
        stream: None,
        amount: money.amount,
        fee: fee.amount,
        net: net.amount,
        fee_schedule,
        entry: Entry::tip(
            entry(u128::from(position.unsigned_abs())),
            BOB,
            ADA.into(),
            fee,
            net,
        ),
        personal: Personal::seal(text, salt()),
    };
    of(BOB, currency, position, event)
}

/// Ada's half of a tip.
pub(crate) fn credited(position: i64, of_entry: u128, amount: &str, currency: &str) -> Recorded {
    let event = wallet::Credited {
        entry: entry(of_entry),
        amount: amount.parse().unwrap(),
        repaid: rust_decimal::Decimal::ZERO,
    };
    of(ADA, currency, position, event)
}
