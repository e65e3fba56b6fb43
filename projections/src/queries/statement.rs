//! An account's statement: what it began with, what moved, what it ended with, as far as the log goes or up to
//! a past position.

use super::{Page, QueryError, bounded, read_all};
use crate::Views;
use crate::db::{Db, DbError, Row, values};
use crate::project::ledger_rows::{AccountNumber, Day};
use chrono::NaiveDate;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::StatementLine;
use tributary_domain::{Currency, EntryId, Position};

/// Which part of an account's movements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementOf {
    /// The account.
    pub account: LedgerAccount,
    /// Its currency.
    pub currency: Currency,
    /// The first effective day; from the beginning where none is given.
    pub from: Option<NaiveDate>,
    /// The last effective day; to the end where none is given.
    pub to: Option<NaiveDate>,
    /// The last event that counts; all do where none is given.
    pub upto: Option<Position>,
}

/// What a statement begins and ends with, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementSums {
    /// What the account came to before the first day.
    pub opening: i64,
    /// What it came to after the last day.
    pub closing: i64,
}

/// Where a line stands in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementCursor {
    /// The effective day.
    pub day: NaiveDate,
    /// The event.
    pub position: Position,
    /// The place among the entry's postings.
    pub line: i64,
}

/// A text that no statement gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no place in a statement")]
pub struct NotAStatementCursor;

impl std::fmt::Display for StatementCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.day, self.position, self.line)
    }
}

impl std::str::FromStr for StatementCursor {
    type Err = NotAStatementCursor;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(' ');
        let mut next = || parts.next().ok_or(NotAStatementCursor);
        let (day, position, line) = (next()?, next()?, next()?);
        let position = position.parse().ok().and_then(Position::new);
        Ok(Self {
            day: day.parse().map_err(|_| NotAStatementCursor)?,
            position: position.ok_or(NotAStatementCursor)?,
            line: line.parse().map_err(|_| NotAStatementCursor)?,
        })
    }
}

const UP_TO_DAY: &str = "SELECT CAST(COALESCE(SUM(debits - credits), 0) AS BIGINT)
    FROM ledger_days WHERE number = $1 AND day <= $2";
/// What the account came to at a position, without what is effective later: as a rule that is little.
const UP_TO_BOTH: &str = "SELECT COALESCE((SELECT balance FROM ledger_postings
        WHERE number = $1 AND position <= $3 ORDER BY position DESC, line DESC LIMIT 1), 0)
    - CAST(COALESCE((SELECT SUM(amount) FROM ledger_postings
        WHERE number = $1 AND day > $2 AND position <= $3), 0) AS BIGINT)";
const WITHIN_DAY: &str = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT)
    FROM ledger_postings WHERE number = $1 AND day = $2 AND (position, line) <= ($3, $4)
      AND position <= $5";
const LINES: &str = "SELECT p.day, p.position, p.line, e.entry, e.kind, p.amount
    FROM ledger_postings p JOIN ledger_entries e ON e.position = p.position
    WHERE p.number = $1 AND p.day <= $2 AND (p.day, p.position, p.line) > ($3, $4, $5)
      AND p.position <= $6
    ORDER BY p.day, p.position, p.line LIMIT $7";

fn line(row: &Row) -> Result<StatementLine, DbError> {
    let mut columns = row.columns();
    Ok(StatementLine {
        effective: Day(columns.take()?).date(),
        position: columns.position()?,
        line: columns.take()?,
        entry: columns.id(EntryId)?,
        kind: columns.take()?,
        amount: columns.take()?,
        balance: 0,
    })
}

impl StatementOf {
    fn number(&self) -> AccountNumber {
        AccountNumber::of(&self.account, self.currency)
    }

    /// The day before the first.
    fn before(&self) -> Day {
        Day(self.from.map_or(i64::MIN, |from| Day::from(from).0 - 1))
    }

    fn last(&self) -> Day {
        Day(self.to.map_or(i64::MAX, |to| Day::from(to).0))
    }

    /// What the account came to after a day.
    async fn up_to(&self, db: &Db, day: Day) -> Result<i64, QueryError> {
        if day == Day(i64::MIN) {
            return Ok(0);
        }
        let number = self.number();
        let rows = match self.upto {
            None => db.all(UP_TO_DAY, values![number, day]).await?,
            Some(upto) => db.all(UP_TO_BOTH, values![number, day, upto]).await?,
        };
        Ok(rows.first().map_or(Ok(0), |row| row.columns().take())?)
    }
}

impl Views {
    /// What an account's statement begins and ends with.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn statement_sums(&self, of: &StatementOf) -> Result<StatementSums, QueryError> {
        let db = &self.serving().db;
        Ok(StatementSums {
            opening: of.up_to(db, of.before()).await?,
            closing: of.up_to(db, of.last()).await?,
        })
    }

    /// A page of an account's movements, in order of effective day, then of the log. Amounts are minor units.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn statement_lines(
        &self,
        of: &StatementOf,
        first: usize,
        after: Option<StatementCursor>,
    ) -> Result<Page<StatementLine>, QueryError> {
        let db = &self.serving().db;
        let (limit, rows) = bounded(first);
        let (number, before, last) = (of.number(), of.before(), of.last());
        let upto = of.upto.map_or(i64::MAX, Position::get);
        // Where the page begins, and what the account had come to there.
        let (begin, mut balance) = match after {
            Some(cursor) if Day::from(cursor.day) > before => {
                let day = Day::from(cursor.day);
                let (position, line) = (cursor.position, cursor.line);
                let values = values![number, day, position, line, upto];
                let rows = db.all(WITHIN_DAY, values).await?;
                let within: i64 = rows.first().map_or(Ok(0), |row| row.columns().take())?;
                let sum = of.up_to(db, Day(day.0.saturating_sub(1))).await?;
                ((day, position.get(), line), sum.saturating_add(within))
            }
            _ => ((before, i64::MAX, i64::MAX), of.up_to(db, before).await?),
        };
        let (day, position, place) = begin;
        let values = values![number, last, day, position, place, upto, rows];
        let found = db.all(LINES, values).await?;
        let mut lines = Page::of(read_all(&found, line)?, limit);
        for line in &mut lines.items {
            balance = balance.saturating_add(line.amount);
            line.balance = balance;
        }
        Ok(lines)
    }
}
