//! An amount that was set aside is there for anything again when its time has run out.
//!
//! Nobody has to wait for it: a hold whose time is over stands in no command's way. This only makes the wallet's
//! history say so.

use super::{Due, Policy};
use crate::command::{Command, holds};
use crate::{AccountId, Currency, Event, HistoryId, HoldId, Position, Recorded, Timestamp, wallet};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A hold that was placed and not lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Placed {
    account: AccountId,
    currency: Currency,
    hold: HoldId,
    until: Timestamp,
}

/// Lifts holds when their time has run out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiftExpiredHolds {
    /// By the event that placed them: the oldest is the first.
    placed: BTreeMap<Position, Placed>,
    /// The same by when they run out: there may be many, and what is due is asked for at every event.
    by_time: BTreeSet<(Timestamp, Position)>,
    causes: HashMap<(AccountId, Currency, HoldId), Position>,
}

impl LiftExpiredHolds {
    fn forget(&mut self, cause: Position) {
        if let Some(placed) = self.placed.remove(&cause) {
            self.by_time.remove(&(placed.until, cause));
            let known_as = (placed.account, placed.currency, placed.hold);
            self.causes.remove(&known_as);
        }
    }
}

impl Policy for LiftExpiredHolds {
    fn name(&self) -> &'static str {
        "lift_expired_holds"
    }

    fn anew(&self) -> Box<dyn Policy> {
        Box::new(Self::default())
    }

    fn observe(&mut self, recorded: &Recorded) {
        let (HistoryId::Wallet(account, currency), Event::Wallet(event)) =
            (&recorded.history, &recorded.event)
        else {
            return;
        };
        match event {
            wallet::Event::HoldPlaced(event) => {
                let (cause, until, hold) = (recorded.position, event.until, event.hold);
                let placed = Placed {
                    account: *account,
                    currency: *currency,
                    hold,
                    until,
                };
                self.placed.insert(cause, placed);
                self.by_time.insert((until, cause));
                self.causes.insert((*account, *currency, hold), cause);
            }
            wallet::Event::HoldLifted(event) => {
                let cause = self.causes.get(&(*account, *currency, event.hold));
                if let Some(cause) = cause.copied() {
                    self.forget(cause);
                }
            }
            wallet::Event::ToppedUp(_)
            | wallet::Event::Granted(_)
            | wallet::Event::Tipped(_)
            | wallet::Event::Credited(_)
            | wallet::Event::Debited(_)
            | wallet::Event::TipRefunded(_)
            | wallet::Event::PaymentReversed(_)
            | wallet::Event::PaymentRestored(_) => {}
        }
    }

    fn due(&self, now: Timestamp) -> Vec<Due> {
        let over = self.by_time.iter().take_while(|(until, _)| *until <= now);
        over.filter_map(|(_, cause)| {
            let Placed {
                account,
                currency,
                hold,
                ..
            } = *self.placed.get(cause)?;
            let expire = holds::Command::Expire {
                account,
                currency,
                hold,
            };
            Some(Due {
                cause: *cause,
                command: Command::Holds(expire),
            })
        })
        .collect()
    }

    fn next_at(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(until, _)| *until)
    }

    fn settled(&mut self, cause: Position) {
        self.forget(cause);
    }

    fn waits_for(&self) -> Option<Position> {
        self.placed.first_key_value().map(|(cause, _)| *cause)
    }
}

#[cfg(test)]
mod tests;
