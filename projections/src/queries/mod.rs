//! What can be asked of the read models, one file per noun. Every question is a method of
//! [`Views`](crate::Views).

mod accounts;
mod alerts;
mod chat;
mod chatters;
mod conditions;
mod earnings;
mod follows;
mod health;
mod holds;
mod ledger;
mod ledger_entries;
mod live;
mod moderation;
mod payments;
mod payouts;
mod reactions;
mod recordings;
mod restrictions;
mod retention;
mod rooms;
mod statement;
mod statistics;
mod streams;
mod timeline;
mod tippers;
mod tips;
mod totals;
mod viewer_sessions;
mod wallets;

pub use accounts::Channel;
pub use chatters::{ChatStatistics, Chatter};
pub use earnings::{EARNING_DAYS_MAX, Earned, EarnedBy, FeeIncome, SCHEDULES_MAX};
pub use health::HealthPoint;
pub use holds::HoldFilter;
pub(crate) use ledger::trial_row;
pub use ledger_entries::{EntryFilter, LedgerEntry};
pub use live::{LiveCursor, LiveFilter, LiveSort, LiveStream, NotALiveCursor};
pub use moderation::{AuditedAction, ModerationFilter};
pub use payments::{DisputeFilter, PaymentFilter};
pub use payouts::PayoutFilter;
pub use reactions::{EMOJI_MAX, Reactions};
pub use restrictions::{NotARestrictionCursor, RestrictionCursor};
pub use statement::{NotAStatementCursor, StatementCursor, StatementOf, StatementSums};
pub use statistics::Statistics;
pub use statistics::{TipTotal, percent};
pub use timeline::{POINT_MINUTES_MAX, Timeline, TimelinePoint};
pub use tippers::{NotATipperCursor, Tipper, TipperCursor, TippersOf};
pub use totals::{Now, Period, PeriodTotals, Totals};

use crate::db::{Db, DbError, Row, Value, placeholders};
use std::collections::HashMap;
use tributary_domain::{ChannelId, Position};

/// The most items on one page, whatever is asked for.
pub const PAGE_MAX: usize = 100;
/// The most open streams or viewer sessions that one question yields; those who close them ask again.
pub const OPEN_MAX: usize = 10_000;
/// The longest search, in characters; what follows is not looked for.
pub const SEARCH_CHARACTERS_MAX: usize = 100;
/// How many ids one statement takes; more are asked for in turns.
const IDS_MAX: usize = 128;

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The database did not answer, or a row cannot be read.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A stretch of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many items as were asked for.
    pub items: Vec<T>,
    /// Whether the list goes on beyond the far end of this page (in the direction of paging).
    pub has_more: bool,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        let (items, has_more) = (vec![], false);
        Self { items, has_more }
    }
}

impl<T> Page<T> {
    /// From one item more than the page holds.
    fn of(mut items: Vec<T>, limit: usize) -> Self {
        let has_more = items.len() > limit;
        items.truncate(limit);
        Self { items, has_more }
    }
}

/// A page's size as asked for, within bounds, and the number of rows to read for it.
fn bounded(asked: usize) -> (usize, i64) {
    let limit = asked.min(PAGE_MAX);
    (
        limit,
        i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
    )
}

/// Before every position: where paging newest first begins.
const NEWEST: i64 = i64::MAX;

fn before(cursor: Option<Position>) -> i64 {
    cursor.map_or(NEWEST, Position::get)
}

/// Asks for many keys. `sql` gets the placeholders in the place of `{}`; they stand alone in it.
/// The number of keys is made up to a power of two by repeating the last, so that the engines keep
/// a handful of statements prepared.
async fn by_keys<T>(
    db: &Db,
    sql: impl Fn(&str) -> String,
    keys: impl IntoIterator<Item = impl Into<Value>>,
    read: impl Fn(&Row) -> Result<T, DbError>,
) -> Result<Vec<T>, QueryError> {
    let mut keys: Vec<Value> = keys.into_iter().map(Into::into).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut found = Vec::with_capacity(keys.len());
    for part in keys.chunks(IDS_MAX) {
        let mut part = part.to_vec();
        if let Some(last) = part.last().cloned() {
            part.resize(part.len().next_power_of_two(), last);
        }
        let sql = sql(&placeholders(1, part.len()));
        for row in db.all(&sql, part).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// Asks for one page of the list of each of several channels, [`IDS_MAX`] of them in a statement, so
/// that a list of channels with a list each takes as many statements as one channel. `one` writes the
/// question of one channel, given its placeholder; `shared` are the values `$1` and so on of all.
async fn pages_of<T>(
    db: &Db,
    channels: &[ChannelId],
    shared: Vec<Value>,
    one: impl Fn(&str) -> String,
    read: impl Fn(&Row) -> Result<T, DbError>,
) -> Result<Vec<T>, QueryError> {
    let mut found = Vec::new();
    let mut channels = channels.to_vec();
    channels.sort_unstable();
    channels.dedup();
    for part in channels.chunks(IDS_MAX) {
        let (mut values, mut questions) = (shared.clone(), Vec::with_capacity(part.len()));
        // No channel has this id: it makes up the number, as in `by_keys`.
        let nobody = ChannelId(uuid::Uuid::nil());
        let filling = part.len().next_power_of_two() - part.len();
        for channel in part.iter().copied().chain(vec![nobody; filling]) {
            values.push(channel.into());
            let list = one(&format!("${}", values.len()));
            questions.push(format!("SELECT * FROM ({list}) AS list{}", values.len()));
        }
        for row in db.all(&questions.join(" UNION ALL "), values).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// The pages that items make up, by channel; each in `order`.
fn by_channel<T, K: Ord>(
    items: Vec<T>,
    limit: usize,
    channel: impl Fn(&T) -> ChannelId,
    order: impl Fn(&T) -> K,
) -> HashMap<ChannelId, Page<T>> {
    let mut lists: HashMap<ChannelId, Vec<T>> = HashMap::new();
    for item in items {
        lists.entry(channel(&item)).or_default().push(item);
    }
    let page = |mut items: Vec<T>| {
        items.sort_by_key(&order);
        Page::of(items, limit)
    };
    lists
        .into_iter()
        .map(|(channel, items)| (channel, page(items)))
        .collect()
}

/// Reads every row of an answer.
fn read_all<T>(
    rows: &[Row],
    read: impl Fn(&Row) -> Result<T, DbError>,
) -> Result<Vec<T>, QueryError> {
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}
