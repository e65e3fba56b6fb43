//! Entries of the ledger: by id, and by what they are.

use super::conditions::Conditions;
use super::{Page, QueryError, by_keys};
use crate::Views;
use crate::db::{Db, DbError, Row};
use crate::project::ledger_rows::{AccountNumber, Day, EntryRow};
use crate::queries::ledger::account;
use crate::record::Record as _;
use chrono::NaiveDate;
use std::collections::HashMap;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::Line;
use tributary_domain::{Currency, EntryId, Position, Timestamp};

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

/// Which entries are wanted: all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Held by an event with this name.
    pub kind: Option<String>,
    /// With a posting to this account.
    pub account: Option<LedgerAccount>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// Effective on this day or later.
    pub from: Option<NaiveDate>,
    /// Effective on this day or earlier.
    pub to: Option<NaiveDate>,
    /// Parted by this fee schedule.
    pub schedule: Option<String>,
    /// Only those that take another back, or only those that take none back.
    pub reversal: Option<bool>,
    /// Held by this event or a later one.
    pub since: Option<Position>,
    /// Held by an event up to this one.
    pub upto: Option<Position>,
}

const ENTRIES: &str =
    "SELECT e.entry, e.position, e.kind, e.currency, e.day, e.recorded_at, e.reverses,
        e.schedule, r.entry
    FROM ledger_entries e LEFT JOIN ledger_reversals r ON r.reversed = e.entry";

fn entry(row: &Row) -> Result<LedgerEntry, DbError> {
    let mut columns = row.columns();
    let entry = EntryRow::read(&mut columns)?;
    Ok(LedgerEntry {
        id: entry.entry,
        position: entry.position,
        kind: entry.kind,
        currency: entry.currency,
        effective: entry.day.date(),
        recorded_at: entry.recorded_at,
        reverses: entry.reverses,
        reversed_by: columns.optional_id(EntryId)?,
        schedule: entry.schedule,
        lines: vec![],
    })
}

fn posting(row: &Row) -> Result<(Position, i64, Line), DbError> {
    let mut columns = row.columns();
    let (position, place) = (columns.position()?, columns.take()?);
    let (account, amount) = (account(&mut columns)?, columns.take()?);
    Ok((position, place, Line { account, amount }))
}

/// Gives entries their postings, which take one statement together.
async fn with_postings(
    db: &Db,
    mut entries: Vec<LedgerEntry>,
) -> Result<Vec<LedgerEntry>, QueryError> {
    let sql = |positions: &str| {
        format!(
            "SELECT p.position, p.line, b.account, p.amount
            FROM ledger_postings p JOIN ledger_balances b ON b.number = p.number
            WHERE p.position IN ({positions})"
        )
    };
    let positions = entries.iter().map(|entry| entry.position);
    let mut found: HashMap<Position, Vec<(i64, Line)>> = HashMap::new();
    for (position, place, line) in by_keys(db, sql, positions, posting).await? {
        found.entry(position).or_default().push((place, line));
    }
    for entry in &mut entries {
        let mut lines = found.remove(&entry.position).unwrap_or_default();
        lines.sort_by_key(|(place, _)| *place);
        entry.lines = lines.into_iter().map(|(_, line)| line).collect();
    }
    Ok(entries)
}

impl Views {
    /// An entry, with its postings.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn ledger_entry(&self, id: EntryId) -> Result<Option<LedgerEntry>, QueryError> {
        Ok(self.ledger_entries_of(&[id]).await?.remove(&id))
    }

    /// The entries with these ids, with their postings.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn ledger_entries_of(
        &self,
        ids: &[EntryId],
    ) -> Result<HashMap<EntryId, LedgerEntry>, QueryError> {
        let db = &self.serving().db;
        let sql = |ids: &str| format!("{ENTRIES} WHERE e.entry IN ({ids})");
        let entries = by_keys(db, sql, ids.iter().copied(), entry).await?;
        let entries = with_postings(db, entries).await?;
        Ok(entries.into_iter().map(|entry| (entry.id, entry)).collect())
    }

    /// Entries, the newest first. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn ledger_entries(
        &self,
        filter: &EntryFilter,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<LedgerEntry>, QueryError> {
        let db = &self.serving().db;
        let mut wanted = Conditions::newest(ENTRIES, "e.position", first, after);
        wanted.that_if("e.kind = ?", filter.kind.clone());
        wanted.that_if("e.currency = ?", filter.currency);
        wanted.that_if("e.day >= ?", filter.from.map(Day::from));
        wanted.that_if("e.day <= ?", filter.to.map(Day::from));
        wanted.that_if("e.schedule = ?", filter.schedule.clone());
        wanted.that_if("e.position >= ?", filter.since);
        wanted.that_if("e.position <= ?", filter.upto);
        // An account has a number in each currency.
        match (&filter.account, filter.currency) {
            (Some(account), Some(currency)) => wanted.that(
                "e.position IN (SELECT position FROM ledger_postings WHERE number = ?)",
                AccountNumber::of(account, currency),
            ),
            (Some(account), None) => wanted.that(
                "e.position IN (SELECT p.position FROM ledger_postings p
                    JOIN ledger_balances b ON b.number = p.number WHERE b.account = ?)",
                account.to_string(),
            ),
            (None, _) => {}
        }
        match filter.reversal {
            Some(true) => wanted.and("e.reverses IS NOT NULL"),
            Some(false) => wanted.and("e.reverses IS NULL"),
            None => {}
        }
        let page = wanted.page(db, entry).await?;
        Ok(Page {
            items: with_postings(db, page.items).await?,
            has_more: page.has_more,
        })
    }
}
