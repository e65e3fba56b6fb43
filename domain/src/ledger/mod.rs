//! The ledger as finance reads it: every movement of money in the log, checked and added up.
//!
//! Pure, and one for all: the read model, `tributary ledger` and the tests fold the same movements by the
//! same rules, so that they cannot come to different sums. Of an event nothing is read but the entry
//! that it holds, whatever flow it belongs to.
//!
//! | to find | look in |
//! |---|---|
//! | the accounts that there are, and which may never be overdrawn | [`chart`] |
//! | an entry as it stands in the log, checked | [`movement`] |
//! | what the accounts come to | [`balances`] |
//! | what must hold between entries | [`audit`] |
//! | an account's movements over a time | [`statement`] |
//! | months | [`period`] |
//! | a provider's file against our payouts | [`reconcile`] |

pub mod audit;
pub mod balances;
pub mod chart;
pub mod movement;
pub mod period;
pub mod reconcile;
pub mod statement;
#[cfg(test)]
pub(crate) mod testing;

pub use audit::{Audit, Fault, Meaning};
pub use balances::{Balances, TrialBalance, TrialRow};
pub use chart::Class;
pub use movement::{Line, Movement, Wrong};
pub use period::{NotAPeriod, Period};
pub use statement::{Statement, StatementLine};

use crate::Position;
use chrono::NaiveDate;

/// A moment of the ledger: nothing after the position and nothing effective after the day counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AsOf {
    /// The last event that counts; all do where none is given.
    pub position: Option<Position>,
    /// The last effective day that counts; all do where none is given.
    pub day: Option<NaiveDate>,
}

impl AsOf {
    /// Whether a movement counts.
    pub fn includes(&self, movement: &Movement) -> bool {
        self.position.is_none_or(|last| movement.position <= last)
            && self.day.is_none_or(|last| movement.effective <= last)
    }
}
