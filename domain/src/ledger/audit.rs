//! What must hold between entries: each id once, each entry taken back once at most, no person's account
//! overdrawn, and a receiver's half right behind its entry.

use super::{Balances, Movement, Wrong};
use crate::{AccountId, Currency, EntryId, Event, HistoryId, Position, Recorded, wallet};
use rust_decimal::Decimal;
use std::collections::{HashMap, HashSet};

/// Where something is wrong, and what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{wrong}")]
pub struct Fault {
    /// The event.
    pub position: Position,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// Checks events in the order of the log. It keeps the id of every entry: 16 bytes each.
#[derive(Debug, Default)]
pub struct Audit {
    balances: Balances,
    entries: HashSet<EntryId>,
    reversals: HashMap<EntryId, EntryId>,
    open: Option<Open>,
}

/// An entry whose halves have not come yet: they follow in the same append.
#[derive(Debug)]
struct Open {
    position: Position,
    entry: EntryId,
    currency: Currency,
    /// What each receiver's wallet gets, in minor units.
    due: Vec<(AccountId, i64)>,
}

/// What an event means to the ledger, by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing.
    Nothing,
    /// It moves money.
    Movement(Box<Movement>),
    /// It is a receiver's half of the movement before it.
    Half {
        /// The history that it stands in.
        history: HistoryId,
        /// What it says.
        half: wallet::Half,
    },
}

impl Meaning {
    /// Of an event.
    ///
    /// # Errors
    /// When its entry is none by itself: not balanced, or no whole minor units.
    pub fn of(recorded: &Recorded) -> Result<Self, Fault> {
        if let Event::Wallet(event) = &recorded.event
            && let Some(half) = event.half()
        {
            let history = recorded.history.clone();
            return Ok(Self::Half { history, half });
        }
        match Movement::of(recorded) {
            Ok(Some(movement)) => Ok(Self::Movement(Box::new(movement))),
            Ok(None) => Ok(Self::Nothing),
            Err(wrong) => Err(Fault {
                position: recorded.position,
                wrong,
            }),
        }
    }
}

impl Audit {
    /// Takes in the next event. The movement that it holds, if it holds one.
    ///
    /// # Errors
    /// When something does not hold; the position may be that of an earlier event.
    pub fn take(&mut self, recorded: &Recorded) -> Result<Option<Movement>, Fault> {
        self.add(recorded.position, Meaning::of(recorded)?)
    }

    /// Takes in what the event at a position means. The movement, if it is one.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn add(&mut self, position: Position, meaning: Meaning) -> Result<Option<Movement>, Fault> {
        let fault = |wrong| Fault { position, wrong };
        let movement = match meaning {
            Meaning::Nothing => return Ok(None),
            Meaning::Half { history, half } => {
                self.take_half(&history, half).map_err(fault)?;
                return Ok(None);
            }
            Meaning::Movement(movement) => *movement,
        };
        self.end()?;
        self.take_movement(&movement).map_err(fault)?;
        let due = halves(&movement);
        self.open = (!due.is_empty()).then_some(Open {
            position,
            entry: movement.entry,
            currency: movement.currency,
            due,
        });
        Ok(Some(movement))
    }

    /// After the last event.
    ///
    /// # Errors
    /// When a half of the last entry has not come.
    pub fn end(&mut self) -> Result<(), Fault> {
        match self.open.take() {
            Some(open) if !open.due.is_empty() => Err(Fault {
                position: open.position,
                wrong: Wrong::HalfMissing(open.entry),
            }),
            _ => Ok(()),
        }
    }

    /// What the accounts come to so far.
    pub fn balances(&self) -> &Balances {
        &self.balances
    }

    /// How many entries there were.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    fn take_movement(&mut self, movement: &Movement) -> Result<(), Wrong> {
        let entry = movement.entry;
        if !self.entries.insert(entry) {
            return Err(Wrong::Twice(entry));
        }
        if let Some(reversed) = movement.reverses {
            if reversed == entry || !self.entries.contains(&reversed) {
                return Err(Wrong::ReversesNothing { entry, reversed });
            }
            if let Some(before) = self.reversals.insert(reversed, entry) {
                return Err(Wrong::ReversedTwice {
                    entry,
                    reversed,
                    before,
                });
            }
        }
        self.balances.settle(movement)
    }

    fn take_half(&mut self, history: &HistoryId, half: wallet::Half) -> Result<(), Wrong> {
        // Of nothing, such as what is left of the least amount after its fee: no account shows it.
        if half.amount.is_zero() {
            return Ok(());
        }
        let stray = Wrong::StrayHalf(half.entry);
        let HistoryId::Wallet(account, currency) = *history else {
            return Err(stray);
        };
        let Some(open) = &mut self.open else {
            return Err(stray);
        };
        let at = open
            .due
            .iter()
            .position(|(receiver, _)| *receiver == account);
        let Some(at) = at.filter(|_| open.entry == half.entry && open.currency == currency) else {
            return Err(stray);
        };
        let (_, expected) = open.due.swap_remove(at);
        if half.amount != Decimal::new(expected, currency.digits()) {
            let found = crate::money::minor(half.amount, currency);
            return Err(Wrong::HalfDiffers {
                entry: half.entry,
                expected,
                found,
            });
        }
        Ok(())
    }
}

/// What the wallets of others than the history's own get by a movement.
fn halves(movement: &Movement) -> Vec<(AccountId, i64)> {
    use crate::entry::LedgerAccount::{ChargebacksReceivable, StreamerEarnings, ViewerBalance};
    let mut due: Vec<(AccountId, i64)> = vec![];
    for line in &movement.lines {
        let owner = match &line.account {
            ViewerBalance(account) => *account,
            // A debt that grows is less for its owner, one that is paid off is more.
            StreamerEarnings(channel) | ChargebacksReceivable(channel) => channel.owner(),
            _ => continue,
        };
        if movement.history == HistoryId::Wallet(owner, movement.currency) {
            continue;
        }
        match due.iter_mut().find(|(receiver, _)| *receiver == owner) {
            Some((_, amount)) => *amount -= line.amount,
            None => due.push((owner, -line.amount)),
        }
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::testing::{credited, tipped, top_up};
    use crate::testing::entry as id;

    fn audit(events: &[Recorded]) -> Result<Audit, Fault> {
        let mut audit = Audit::default();
        for event in events {
            audit.take(event)?;
        }
        audit.end()?;
        Ok(audit)
    }

    fn refused(events: &[Recorded], at: i64, words: &str) {
        let fault = audit(events).unwrap_err();
        assert!(fault.to_string().contains(words), "{fault}");
        assert_eq!(fault.position.get(), at, "{fault}");
    }

    #[test]
    fn a_top_up_and_a_tip_hold() {
        let audit = audit(&[
            top_up(1, "10.00", "USD"),
            tipped(2, "4.00", "USD"),
            credited(3, 2, "3.80", "USD"),
        ]);
        let audit = audit.unwrap();
        assert_eq!(audit.entries(), 2);
        let trial = audit.balances().trial_balance();
        assert!(trial.is_balanced());
        let rows: Vec<_> = trial
            .rows()
            .iter()
            .map(|row| format!("{} {}", row.account.kind(), row.balance))
            .collect();
        assert_eq!(
            rows,
            [
                "viewer_balance -6.00 USD",
                "streamer_earnings -3.80 USD",
                "platform_fees -0.20 USD",
                "provider_clearing 10.00 USD",
            ]
        );
    }

    #[test]
    fn what_cannot_be_is_named_with_its_place() {
        let topped_up = || top_up(1, "10.00", "USD");
        let mut again = top_up(2, "10.00", "USD");
        if let Event::Wallet(wallet::Event::ToppedUp(event)) = &mut again.event {
            event.entry.id = id(1);
        }
        refused(&[topped_up(), again], 2, "stands in the ledger already");
        refused(
            &[topped_up(), tipped(2, "10.01", "USD")],
            2,
            "overdrawn by 1 minor units",
        );
        refused(
            &[topped_up(), tipped(2, "4.00", "USD")],
            2,
            "has no half in the wallet of its receiver",
        );
        refused(
            &[
                topped_up(),
                tipped(2, "4.00", "USD"),
                top_up(3, "1.00", "USD"),
            ],
            2,
            "has no half",
        );
        refused(
            &[
                topped_up(),
                tipped(2, "4.00", "USD"),
                credited(3, 2, "3.81", "USD"),
            ],
            3,
            "states 381 minor units",
        );
        refused(
            &[topped_up(), credited(2, 1, "1.00", "USD")],
            2,
            "right before it",
        );
        refused(
            &[
                topped_up(),
                tipped(2, "4.00", "USD"),
                credited(3, 2, "3.80", "USD"),
                credited(4, 2, "3.80", "USD"),
            ],
            4,
            "right before it",
        );
        refused(
            &[
                topped_up(),
                tipped(2, "4.00", "USD"),
                credited(3, 1, "3.80", "USD"),
            ],
            3,
            "right before it",
        );
    }
}
