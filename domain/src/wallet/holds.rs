//! Amounts set aside for a while. A hold moves no money: it only keeps a part of the balance from being
//! spent on anything else. Whether its time is over is decided by the time that comes with a command, so
//! an expired hold stands in nobody's way, also before a policy lifts it.

use super::{Event, HoldEnd, HoldLifted, HoldPlaced, Rejection, Wallet};
use crate::{HoldId, Money, Timestamp};
use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The most holds on one wallet at once.
pub const HOLDS_MAX: usize = 20;
/// The longest hold, in days.
pub const HOLD_DAYS_MAX: i64 = 30;

/// An amount set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// How much.
    pub amount: Decimal,
    /// Until when.
    pub until: Timestamp,
}

impl Wallet {
    /// What can be spent at `at`: the balance without what is set aside, but for the hold that is `spent`.
    pub fn available(&self, at: Timestamp, spent: Option<HoldId>) -> Decimal {
        let others = self.holds.iter();
        let held: Decimal = others
            .filter(|(id, hold)| hold.until > at && Some(**id) != spent)
            .map(|(_, hold)| hold.amount)
            .sum();
        (self.balance - held).max(Decimal::ZERO)
    }

    pub(super) fn place(
        &self,
        hold: HoldId,
        amount: Money,
        until: Timestamp,
        at: Timestamp,
    ) -> Result<Vec<Event>, Rejection> {
        let placed = Hold {
            amount: amount.amount,
            until,
        };
        if self.holds.get(&hold) == Some(&placed) {
            return Ok(vec![]);
        }
        if until <= at || until - at > TimeDelta::days(HOLD_DAYS_MAX) {
            return Err(Rejection::BadHoldTime);
        }
        // What is over makes room: an owner need not wait for the policy.
        let over: Vec<_> = self
            .holds
            .iter()
            .filter(|(_, hold)| hold.until <= at)
            .collect();
        if self.holds.len() - over.len() >= HOLDS_MAX {
            return Err(Rejection::TooManyHolds);
        }
        self.covers(amount, at, None)?;
        let lifted = over
            .into_iter()
            .map(|(id, old)| lifted(*id, *old, HoldEnd::Expired));
        let (amount, until) = (placed.amount, placed.until);
        let placed = HoldPlaced {
            hold,
            amount,
            until,
        };
        Ok(lifted.chain([placed.into()]).collect())
    }

    pub(super) fn release(&self, hold: HoldId, reason: HoldEnd, at: Timestamp) -> Vec<Event> {
        let found = self.holds.get(&hold);
        let due = found.filter(|hold| reason != HoldEnd::Expired || hold.until <= at);
        due.map(|found| lifted(hold, *found, reason))
            .into_iter()
            .collect()
    }

    /// Refuses to spend more than there is.
    pub(super) fn covers(
        &self,
        amount: Money,
        at: Timestamp,
        spent: Option<HoldId>,
    ) -> Result<(), Rejection> {
        let available = self.available(at, spent);
        if amount.amount <= available {
            return Ok(());
        }
        let mut balance = Money {
            amount: available,
            ..amount
        };
        balance.amount.rescale(amount.currency.digits());
        Err(Rejection::InsufficientBalance { balance })
    }
}

/// The event that ends a hold.
pub(super) fn lifted(hold: HoldId, held: Hold, reason: HoldEnd) -> Event {
    HoldLifted {
        hold,
        amount: held.amount,
        reason,
    }
    .into()
}
