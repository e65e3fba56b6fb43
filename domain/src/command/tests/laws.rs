//! What holds of every tip: a reversal restores, and what fees are set later changes nothing that was.

use super::refunds::refund;
use super::tips::top_up;
use super::*;
use crate::entry::{GivenTip, LedgerAccount};
use crate::ledger::{Balances, Movement};
use crate::money::FeeSchedule;
use crate::testing::{because, entry, stored, usd};
use crate::{Position, Recorded, wallet};
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use uuid::Uuid;

fn percent(id: &str, percent: i64) -> FeeSchedule {
    FeeSchedule::new(id.to_owned(), Decimal::new(percent, 2)).unwrap()
}

fn tip(n: u128, amount: &str, default: FeeSchedule) -> Tips {
    Tips::Tip {
        entry: entry(200 + n),
        channel: ada().into(),
        amount: usd(amount),
        fee_schedule: default,
        hold: None,
        message: None,
        salt: salt(),
    }
}

fn cents(minor: i64) -> String {
    crate::Money::from_minor(minor, usd("1.00").currency)
        .amount
        .to_string()
}

/// What a wallet holds: nothing of how it came to that.
fn purse(world: &World, account: AccountId) -> [Decimal; 3] {
    let history = HistoryId::Wallet(account, usd("1.00").currency);
    match world.0.get(&history) {
        Some(State::Wallet(wallet)) => [wallet.balance, wallet.earnings, wallet.owed],
        _ => [Decimal::ZERO; 3],
    }
}

fn given_tip(decision: &Decision) -> GivenTip {
    let tipped = decision
        .events
        .iter()
        .find_map(|(_, _, event)| match event {
            Event::Wallet(wallet::Event::Tipped(tipped)) => {
                Some(tipped.given(Position::START.next()))
            }
            _ => None,
        });
    tipped.expect("a tip was given")
}

fn taken(world: World, actor: Actor, command: impl Into<Command>) -> (World, Decision) {
    let mut world = world;
    let decision = decide(&mut world, actor, 0, command.into()).expect("taken");
    let events = decision.events.clone().into_iter();
    let world = events.fold(world, |world, (history, _, event)| {
        world.with(history, event)
    });
    (world, decision)
}

proptest! {
    #[test]
    fn a_tip_that_is_taken_back_leaves_everybody_as_before(
        minor in 1_i64..1_000_000,
        fee in 0_i64..100,
        by_staff in any::<bool>(),
    ) {
        let before = given().finance().after(BOB, top_up("10000.00"));
        let (world, decision) = taken(before.clone(), BOB, tip(1, &cents(minor), percent("any", fee)));
        let actor = if by_staff { FINANCE } else { ADA };
        let (after, _) = taken(world, actor, refund(given_tip(&decision), Some("by mistake")));
        for account in [ada(), bob()] {
            prop_assert_eq!(purse(&after, account), purse(&before, account));
        }
    }

    /// Tips and changes of fees in any order: each tip keeps the schedule that was in force, and the log folded again,
    /// after every change and beside another setting, comes to the same.
    #[test]
    fn fees_that_are_set_later_change_no_entry_that_was(
        steps in prop::collection::vec((1_i64..5_000, prop::option::of(0_i64..100)), 1..25),
        default in 0_i64..100,
    ) {
        let mut world = given().finance().after(BOB, top_up("10000.00"));
        let (mut in_force, mut log): (_, Vec<Recorded>) = (percent("default", default), vec![]);
        let mut fees = Decimal::ZERO;
        for (n, (minor, change)) in steps.iter().enumerate() {
            if let Some(change) = change {
                let schedule = percent(&format!("plan-{n}"), *change);
                let set = Fees::Schedule {
                    schedule: schedule.clone(),
                    from: None,
                    reason: because("as agreed"),
                };
                (world, _) = taken(world, FINANCE, set);
                in_force = schedule;
            }
            let setting = percent("default", default);
            let (after, decision) = taken(world, BOB, tip(n as u128, &cents(*minor), setting));
            world = after;
            fees += in_force.split(usd(&cents(*minor))).0.amount;
            for (history, channel, event) in decision.events {
                if let Event::Wallet(wallet::Event::Tipped(tipped)) = &event {
                    prop_assert_eq!(&tipped.fee_schedule, &in_force);
                }
                log.push(Recorded {
                    position: Position::START.plus(log.len() + 1),
                    event_id: Uuid::nil(),
                    recorded_at: at(0),
                    history,
                    sequence: 1,
                    channel,
                    event,
                    metadata: BTreeMap::new(),
                });
            }
        }
        let replayed = |log: &[Recorded]| {
            let mut balances = Balances::default();
            for recorded in log {
                // As it is read from the log again, whatever is set by now.
                let event = stored(recorded.event.clone());
                assert_eq!(event, recorded.event);
                let recorded = Recorded { event, ..recorded.clone() };
                if let Some(movement) = Movement::of(&recorded).unwrap() {
                    balances.add(&movement).unwrap();
                }
            }
            balances
        };
        let balances = replayed(&log);
        let kept = balances.of(&LedgerAccount::PlatformFees, usd("1.00").currency);
        prop_assert_eq!(-kept, crate::money::minor(fees, usd("1.00").currency));
        prop_assert_eq!(balances, replayed(&log));
    }
}
