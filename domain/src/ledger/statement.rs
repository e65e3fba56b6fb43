//! One account over a time: what it began with, what moved, what it ended with.

use super::{Movement, Wrong, balances};
use crate::entry::LedgerAccount;
use crate::{Currency, EntryId, Position};
use chrono::NaiveDate;

/// A movement of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// The day that it counts from.
    pub effective: NaiveDate,
    /// The event.
    pub position: Position,
    /// Its place among the entry's postings, from 0 up.
    pub line: i64,
    /// The entry.
    pub entry: EntryId,
    /// The event's name.
    pub kind: String,
    /// In minor units; a debit is positive.
    pub amount: i64,
    /// What the account came to then.
    pub balance: i64,
}

/// See the [module](self). Amounts are minor units of the currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Of which account.
    pub account: LedgerAccount,
    /// In which currency.
    pub currency: Currency,
    /// What it began with.
    pub opening: i64,
    /// In order of effective day, then of the log.
    pub lines: Vec<StatementLine>,
    /// What it ended with.
    pub closing: i64,
}

/// Gathers a statement from movements in the order of the log.
#[derive(Debug)]
pub struct Gathering {
    statement: Statement,
    from: Option<NaiveDate>,
}

impl Gathering {
    /// Of an account, from a day on; from its beginning where none is given.
    pub fn new(account: LedgerAccount, currency: Currency, from: Option<NaiveDate>) -> Self {
        let (opening, lines, closing) = (0, vec![], 0);
        Self {
            statement: Statement {
                account,
                currency,
                opening,
                lines,
                closing,
            },
            from,
        }
    }

    /// Takes in the next movement.
    ///
    /// # Errors
    /// When the account's sum leaves 64 bits.
    pub fn take(&mut self, movement: &Movement) -> Result<(), Wrong> {
        let statement = &mut self.statement;
        if movement.currency != statement.currency {
            return Ok(());
        }
        for (place, line) in (0..).zip(&movement.lines) {
            if line.account != statement.account {
                continue;
            }
            let sum = |balance: i64| {
                let sum = balance.checked_add(line.amount);
                sum.ok_or_else(|| balances::too_large(movement, &line.account))
            };
            statement.closing = sum(statement.closing)?;
            if self.from.is_some_and(|from| movement.effective < from) {
                statement.opening = sum(statement.opening)?;
                continue;
            }
            statement.lines.push(StatementLine {
                effective: movement.effective,
                position: movement.position,
                line: place,
                entry: movement.entry,
                kind: movement.kind.to_owned(),
                amount: line.amount,
                balance: 0,
            });
        }
        Ok(())
    }

    /// What was gathered.
    pub fn finish(self) -> Statement {
        let mut statement = self.statement;
        let order = |line: &StatementLine| (line.effective, line.position, line.line);
        statement.lines.sort_by_key(order);
        let mut balance = statement.opening;
        for line in &mut statement.lines {
            balance = balance.saturating_add(line.amount);
            line.balance = balance;
        }
        statement
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::testing::{tipped, top_up};
    use crate::testing::BOB;

    #[test]
    fn a_statement_ends_with_what_it_began_with_and_what_moved() {
        let account = LedgerAccount::ViewerBalance(BOB);
        let day = NaiveDate::from_ymd_opt(2027, 1, 16);
        let mut gathering = Gathering::new(account, "USD".parse().unwrap(), day);
        let next_day = 86_400;
        for event in [
            top_up(1, "10.00", "USD"),
            top_up(2, "5.000", "BHD"),
            tipped(3, "4.00", "USD"),
            tipped(next_day, "1.00", "USD"),
            tipped(next_day + 1, "2.00", "USD"),
        ] {
            let movement = Movement::of(&event).unwrap().unwrap();
            gathering.take(&movement).unwrap();
        }
        let statement = gathering.finish();
        assert_eq!((statement.opening, statement.closing), (-600, -300));
        let lines: Vec<_> = statement
            .lines
            .iter()
            .map(|line| (line.position.get(), line.amount, line.balance))
            .collect();
        assert_eq!(lines, [(next_day, 100, -500), (next_day + 1, 200, -300)]);
    }
}
