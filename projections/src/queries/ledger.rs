//! The ledger: trial balances, statements and entries.

use super::{Page, QueryError, bounded, read_all};
use crate::Views;
use crate::db::{Columns, DbError, Row, values};
use crate::project::ledger_rows::{AccountNumber, Day, EntryRow};
use crate::project::wallet_rows::currency;
use crate::record::Record as _;
use chrono::NaiveDate;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::{AsOf, Line, StatementLine, TrialBalance, TrialRow};
use tributary_domain::{Currency, EntryId, Money, Position, Timestamp};

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Its id.
    pub id: EntryId,
    /// The event that holds it.
    pub position: Position,
    /// That event's name.
    pub kind: String,
    /// Of every posting.
    pub currency: Currency,
    /// The day that it counts from.
    pub effective: NaiveDate,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The entry that it takes back, if it takes one back.
    pub reverses: Option<EntryId>,
    /// The entry that took it back, if one did.
    pub reversed_by: Option<EntryId>,
    /// The fee schedule that it was parted by, if it was.
    pub schedule: Option<String>,
    /// Its postings, in order.
    pub lines: Vec<Line>,
}

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
}

/// A page of an account's statement. Amounts are minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementPage {
    /// What the account began with, before the first day.
    pub opening: i64,
    /// What it ended with, after the last day.
    pub closing: i64,
    /// The movements of this page, in order of effective day, then of the log.
    pub lines: Page<StatementLine>,
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

const NOW: &str = "SELECT account, currency, balance FROM ledger_balances WHERE balance <> 0";
/// Each account's last posting up to then: a step into the index for each.
const AT_POSITION: &str = "SELECT account, currency, COALESCE((
        SELECT p.balance FROM ledger_postings p WHERE p.number = b.number AND p.position <= $1
        ORDER BY p.position DESC, p.line DESC LIMIT 1), 0)
    FROM ledger_balances b";
const AT_DAY: &str = "SELECT b.account, b.currency, s.balance FROM (
        SELECT number, CAST(SUM(debits - credits) AS BIGINT) AS balance FROM ledger_days
        WHERE day <= $1 GROUP BY number) s
    JOIN ledger_balances b ON b.number = s.number";
const AT_BOTH: &str = "SELECT b.account, b.currency, s.balance FROM (
        SELECT number, CAST(SUM(amount) AS BIGINT) AS balance FROM ledger_postings
        WHERE position <= $1 AND day <= $2 GROUP BY number) s
    JOIN ledger_balances b ON b.number = s.number";

const UP_TO_DAY: &str = "SELECT CAST(COALESCE(SUM(debits - credits), 0) AS BIGINT)
    FROM ledger_days WHERE number = $1 AND day <= $2";
const WITHIN_DAY: &str = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT)
    FROM ledger_postings WHERE number = $1 AND day = $2 AND (position, line) <= ($3, $4)";
const LINES: &str = "SELECT p.day, p.position, p.line, e.entry, e.kind, p.amount
    FROM ledger_postings p JOIN ledger_entries e ON e.position = p.position
    WHERE p.number = $1 AND p.day <= $2 AND (p.day, p.position, p.line) > ($3, $4, $5)
    ORDER BY p.day, p.position, p.line LIMIT $6";

const ENTRY: &str =
    "SELECT e.entry, e.position, e.kind, e.currency, e.day, e.recorded_at, e.reverses,
        e.schedule, r.entry
    FROM ledger_entries e LEFT JOIN ledger_reversals r ON r.reversed = e.entry WHERE e.entry = $1";
const POSTINGS: &str = "SELECT b.account, p.amount
    FROM ledger_postings p JOIN ledger_balances b ON b.number = p.number
    WHERE p.position = $1 ORDER BY p.line";

pub(crate) fn account(columns: &mut Columns<'_>) -> Result<LedgerAccount, DbError> {
    columns.parsed(|text| text.parse().ok())
}

pub(crate) fn trial_row(columns: &mut Columns<'_>) -> Result<TrialRow, DbError> {
    let (account, currency) = (account(columns)?, columns.parsed(currency)?);
    let balance = Money::from_minor(columns.take()?, currency);
    Ok(TrialRow { account, balance })
}

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

fn posting(row: &Row) -> Result<Line, DbError> {
    let mut columns = row.columns();
    let (account, amount) = (account(&mut columns)?, columns.take()?);
    Ok(Line { account, amount })
}

impl Views {
    /// What every account comes to, now or as of a past moment.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn trial_balance(&self, as_of: AsOf) -> Result<TrialBalance, QueryError> {
        let day = |day: NaiveDate| Day::from(day);
        let (sql, values) = match (as_of.position, as_of.day) {
            (None, None) => (NOW, vec![]),
            (Some(position), None) => (AT_POSITION, values![position]),
            (None, Some(last)) => (AT_DAY, values![day(last)]),
            (Some(position), Some(last)) => (AT_BOTH, values![position, day(last)]),
        };
        let rows = self.serving().db.all(sql, values).await?;
        let rows = read_all(&rows, |row| trial_row(&mut row.columns()))?;
        Ok(TrialBalance::new(rows))
    }

    /// A page of an account's statement.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn statement(
        &self,
        of: &StatementOf,
        first: usize,
        after: Option<StatementCursor>,
    ) -> Result<StatementPage, QueryError> {
        let serving = self.serving();
        let (limit, rows) = bounded(first);
        let number = AccountNumber::of(&of.account, of.currency);
        let up_to = async |day: Day| -> Result<i64, QueryError> {
            let rows = serving.db.all(UP_TO_DAY, values![number, day]).await?;
            Ok(rows.first().map_or(Ok(0), |row| row.columns().take())?)
        };
        let before = Day(of.from.map_or(i64::MIN, |from| Day::from(from).0 - 1));
        let last = Day(of.to.map_or(i64::MAX, |to| Day::from(to).0));
        let opening = up_to(before).await?;
        // Where the page begins, and what the account had come to there.
        let (begin, mut balance) = match after {
            Some(cursor) if Day::from(cursor.day) > before => {
                let day = Day::from(cursor.day);
                let (position, line) = (cursor.position, cursor.line);
                let values = values![number, day, position, line];
                let rows = serving.db.all(WITHIN_DAY, values).await?;
                let within: i64 = rows.first().map_or(Ok(0), |row| row.columns().take())?;
                let sum = up_to(Day(day.0 - 1)).await?;
                ((day, position.get(), line), sum.saturating_add(within))
            }
            _ => ((before, i64::MAX, i64::MAX), opening),
        };
        let (day, position, place) = begin;
        let values = values![number, last, day, position, place, rows];
        let found = serving.db.all(LINES, values).await?;
        let mut lines = Page::of(read_all(&found, line)?, limit);
        for line in &mut lines.items {
            balance = balance.saturating_add(line.amount);
            line.balance = balance;
        }
        Ok(StatementPage {
            opening,
            closing: up_to(last).await?,
            lines,
        })
    }

    /// An entry, with its postings.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn ledger_entry(&self, id: EntryId) -> Result<Option<LedgerEntry>, QueryError> {
        let serving = self.serving();
        let rows = serving.db.all(ENTRY, values![id]).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let mut columns = row.columns();
        let entry = EntryRow::read(&mut columns)?;
        let reversed_by = columns.optional_id(EntryId)?;
        let postings = serving.db.all(POSTINGS, values![entry.position]).await?;
        Ok(Some(LedgerEntry {
            id: entry.entry,
            position: entry.position,
            kind: entry.kind,
            currency: entry.currency,
            effective: entry.day.date(),
            recorded_at: entry.recorded_at,
            reverses: entry.reverses,
            reversed_by,
            schedule: entry.schedule,
            lines: read_all(&postings, posting)?,
        }))
    }
}
