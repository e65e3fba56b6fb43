//! An entry as it stands in the log, checked by itself.

use crate::entry::LedgerAccount;
use crate::{Currency, EntryId, Event, HistoryId, Position, Recorded, Timestamp, wallet};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// One side of a movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The account that changes.
    pub account: LedgerAccount,
    /// By how much, in minor units; a debit is positive.
    pub amount: i64,
}

/// A movement of money, balanced and in whole minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The event that holds the entry.
    pub position: Position,
    /// The entry.
    pub entry: EntryId,
    /// The event's name, such as `wallet.tipped`.
    pub kind: &'static str,
    /// Of every line.
    pub currency: Currency,
    /// The day that it counts from.
    pub effective: NaiveDate,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The history that the event stands in.
    pub history: HistoryId,
    /// The entry that it takes back, if it takes one back.
    pub reverses: Option<EntryId>,
    /// The fee schedule that it was parted by, if it was.
    pub schedule: Option<String>,
    /// What a provider calls the payment or the payout, if one does.
    pub reference: Option<String>,
    /// As they stand in the entry. They sum to zero.
    pub lines: Vec<Line>,
}

/// What the ledger does not understand of an entry: it stops there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Its postings do not sum to zero.
    #[error("the entry {entry} is not balanced: its postings sum to {sum}, not to zero")]
    Unbalanced {
        /// Which.
        entry: EntryId,
        /// The sum, in whole units.
        sum: Decimal,
    },
    /// It has fewer than two postings.
    #[error("the entry {0} moves nothing: it has fewer than two postings")]
    Empty(EntryId),
    /// An amount is finer than the currency, or beyond 64 bits.
    #[error("the entry {entry} holds {amount} {currency}, which is no whole number of minor units")]
    NotMinor {
        /// Which.
        entry: EntryId,
        /// The amount.
        amount: Decimal,
        /// The currency.
        currency: Currency,
    },
    /// There is an entry of this id already.
    #[error("the entry {0} stands in the ledger already")]
    Twice(EntryId),
    /// What it takes back was taken back before.
    #[error("the entry {entry} takes back {reversed}, which {before} took back already")]
    ReversedTwice {
        /// Which.
        entry: EntryId,
        /// What it takes back.
        reversed: EntryId,
        /// What took that back before.
        before: EntryId,
    },
    /// It takes back what no earlier entry is.
    #[error("the entry {entry} takes back {reversed}, which is no earlier entry")]
    ReversesNothing {
        /// Which.
        entry: EntryId,
        /// What it takes back.
        reversed: EntryId,
    },
    /// An account that is never overdrawn would be.
    #[error("the entry {entry} leaves {account} {currency} overdrawn by {minor} minor units")]
    Overdrawn {
        /// Which.
        entry: EntryId,
        /// Of which account.
        account: LedgerAccount,
        /// In which currency.
        currency: Currency,
        /// By how much.
        minor: u64,
    },
    /// A sum leaves 64 bits.
    #[error("the entry {entry} makes {account} too large to be counted")]
    TooLarge {
        /// Which.
        entry: EntryId,
        /// Of which account.
        account: LedgerAccount,
    },
    /// A receiver's half names another entry than the one before it.
    #[error("it is a half of the entry {0}, which does not stand right before it")]
    StrayHalf(EntryId),
    /// A receiver's half states something else than its entry.
    #[error(
        "it states {found} minor units of the entry {entry}, which holds {expected} for that wallet"
    )]
    HalfDiffers {
        /// Which.
        entry: EntryId,
        /// What the entry holds.
        expected: i64,
        /// What the half states.
        found: i64,
    },
    /// A receiver's half is not there.
    #[error("the entry {0} has no half in the wallet of its receiver")]
    HalfMissing(EntryId),
}

impl Wrong {
    /// The entry that it is about.
    pub fn entry(&self) -> EntryId {
        match self {
            Self::Unbalanced { entry, .. }
            | Self::NotMinor { entry, .. }
            | Self::ReversedTwice { entry, .. }
            | Self::ReversesNothing { entry, .. }
            | Self::Overdrawn { entry, .. }
            | Self::TooLarge { entry, .. }
            | Self::HalfDiffers { entry, .. }
            | Self::Empty(entry)
            | Self::Twice(entry)
            | Self::StrayHalf(entry)
            | Self::HalfMissing(entry) => *entry,
        }
    }
}

impl Movement {
    /// The movement that an event holds; `None` where it holds none.
    ///
    /// # Errors
    /// When the entry is none by itself: not balanced, or no whole minor units.
    pub fn of(recorded: &Recorded) -> Result<Option<Self>, Wrong> {
        let Some(entry) = recorded.event.entry() else {
            return Ok(None);
        };
        let (id, currency) = (entry.id, entry.currency);
        if entry.postings.len() < 2 {
            return Err(Wrong::Empty(id));
        }
        let mut lines = Vec::with_capacity(entry.postings.len());
        let mut sum = 0_i128;
        for posting in &entry.postings {
            let amount = whole_minor(posting.amount, currency).ok_or(Wrong::NotMinor {
                entry: id,
                amount: posting.amount,
                currency,
            })?;
            sum += i128::from(amount);
            lines.push(Line {
                account: posting.account.clone(),
                amount,
            });
        }
        if sum != 0 {
            let sum = Decimal::from_i128_with_scale(sum, currency.digits());
            return Err(Wrong::Unbalanced { entry: id, sum });
        }
        Ok(Some(Self {
            position: recorded.position,
            entry: id,
            kind: recorded.event.name().0,
            currency,
            effective: entry.day(recorded.recorded_at),
            recorded_at: recorded.recorded_at,
            history: recorded.history.clone(),
            reverses: entry.reverses,
            schedule: schedule(&recorded.event),
            reference: entry.reference.clone(),
            lines,
        }))
    }

    /// What the movement adds to each account, once for each.
    pub fn changes(&self) -> Vec<(&LedgerAccount, i64)> {
        let mut changes: Vec<(&LedgerAccount, i64)> = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            match changes
                .iter_mut()
                .find(|(account, _)| *account == &line.account)
            {
                Some((_, amount)) => *amount += line.amount,
                None => changes.push((&line.account, line.amount)),
            }
        }
        changes
    }
}

/// An amount in whole minor units, if it is one.
fn whole_minor(amount: Decimal, currency: Currency) -> Option<i64> {
    let digits = currency.digits();
    if amount.scale() > digits && amount.normalize().scale() > digits {
        return None;
    }
    let mut amount = amount;
    amount.rescale(digits);
    // A number that is too large keeps fewer digits than it was asked for.
    (amount.scale() == digits)
        .then(|| i64::try_from(amount.mantissa()).ok())
        .flatten()
}

fn schedule(event: &Event) -> Option<String> {
    match event {
        Event::Wallet(wallet::Event::Tipped(tipped)) => Some(tipped.fee_schedule.id.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Entry, Posting};
    use crate::ledger::testing::{recorded, top_up};
    use crate::testing::{account, entry as id};

    #[test]
    fn an_entry_is_read_in_minor_units() {
        let movement = Movement::of(&top_up(1, "12.34", "USD")).unwrap().unwrap();
        assert_eq!(movement.kind, "wallet.topped_up");
        let amounts: Vec<_> = movement.lines.iter().map(|line| line.amount).collect();
        assert_eq!(amounts, [1_234, -1_234]);
        assert_eq!(movement.effective.to_string(), "2027-01-15");
    }

    #[test]
    fn what_is_no_entry_is_refused_by_name() {
        let entry = |amounts: &[&str], currency: &str| Entry {
            id: id(7),
            currency: currency.parse().unwrap(),
            postings: amounts
                .iter()
                .map(|amount| Posting {
                    account: LedgerAccount::ViewerBalance(account(1)),
                    amount: amount.parse().unwrap(),
                })
                .collect(),
            effective_on: None,
            reverses: None,
            reference: None,
        };
        for (amounts, currency, words) in [
            (
                &["1.00", "-0.99"][..],
                "USD",
                "not balanced: its postings sum to 0.01",
            ),
            (&["1.00"], "USD", "fewer than two postings"),
            (&[], "USD", "fewer than two postings"),
            (
                &["1.001", "-1.001"],
                "USD",
                "no whole number of minor units",
            ),
            (&["1.5", "-1.5"], "JPY", "no whole number of minor units"),
            (
                &[
                    "79228162514264337593543950335",
                    "-79228162514264337593543950335",
                ],
                "USD",
                "no whole number of minor units",
            ),
        ] {
            let event = recorded(
                1,
                wallet::ToppedUp {
                    amount: Decimal::ONE,
                    provider: "sandbox".into(),
                    entry: entry(amounts, currency),
                },
            );
            let wrong = Movement::of(&event).unwrap_err();
            assert_eq!(wrong.entry(), id(7));
            assert!(wrong.to_string().contains(words), "{wrong}");
        }
        let fine = entry(&["1.2340", "-1.234"], "BHD");
        let event = recorded(
            1,
            wallet::ToppedUp {
                amount: Decimal::ONE,
                provider: "sandbox".into(),
                entry: fine,
            },
        );
        assert_eq!(
            Movement::of(&event).unwrap().unwrap().lines[0].amount,
            1_234
        );
    }
}
