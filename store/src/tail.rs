//! The tail: committed events, in order, from any position on.
//!
//! The newest events are kept in memory, bounded by count. A reader that is further behind reads the
//! table until it has caught up. Both are keyed by position and positions are dense, so a reader can
//! neither miss an event nor see one twice.
//!
//! Two write here: the command path, with what it appended and what it found when another node had been
//! quicker, and the watcher ([`follow_other_nodes`]), which fetches other nodes' events once for all
//! readers. What holds whoever comes first:
//! - memory is one run of positions without a gap, and each event in it is durable. A position holds the
//!   same event for ever, so what both bring is taken once, and what comes late is passed over;
//! - the head moves only after memory, and only to what is durable. A reader that is woken finds the
//!   events in memory, or, where memory began anew behind a gap, in the table.

mod beacon;

use crate::error::StoreError;
use crate::row::Row;
use crate::storage::{Filter, Storage};
use beacon::Beacon;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tributary_domain::{AccountId, Position, Recorded};

/// How many events are kept in memory. At about 1 KiB each: 16 MiB.
const RECENT_MAX: usize = 16_384;

/// The most events in one page.
pub const PAGE_MAX: usize = 1_024;

/// How long the watcher leaves events that it sees in the database to this node's own command path,
/// which may have appended them and be about to bring them.
const OWN_APPEND_GRACE: Duration = Duration::from_millis(2);

/// Some events after a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The events that the reader's filter admits, in order; may be empty.
    pub events: Vec<Arc<Recorded>>,
    /// All that the filter admits up to here has been returned.
    pub upto: Position,
}

/// The newest events of the log, and a way to wait for more.
pub(crate) struct Tail {
    recent: RwLock<VecDeque<Arc<Recorded>>>,
    head: Beacon,
}

impl Tail {
    pub(crate) fn new(head: Position) -> Self {
        Self {
            recent: RwLock::default(),
            head: Beacon::at(head),
        }
    }

    pub(crate) fn head(&self) -> Position {
        self.head.position()
    }

    /// Takes in durable events, which are in order and without a gap.
    pub(crate) fn publish(&self, events: &[Arc<Recorded>]) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return;
        };
        {
            let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
            let newest = recent.back().map(|newest| newest.position);
            // What lies between is in the table only: memory starts anew after it.
            if newest.is_some_and(|newest| newest.next() < first.position) {
                recent.clear();
            }
            let known = events.partition_point(|event| Some(event.position) <= newest);
            recent.extend(events[known..].iter().cloned());
            let surplus = recent.len().saturating_sub(RECENT_MAX);
            recent.drain(..surplus);
        }
        self.advance(last.position);
    }

    /// The same with rows from the table. A row that cannot be read is left to the readers: they find it
    /// in the table, and stop there or not. Returns those that can be read.
    pub(crate) fn publish_rows(&self, rows: &[Row]) -> Vec<Arc<Recorded>> {
        let mut events = Vec::with_capacity(rows.len());
        let mut run = 0;
        for row in rows {
            match row.decode() {
                Ok(event) => events.push(Arc::new(event)),
                Err(_) => {
                    self.publish(&events[run..]);
                    run = events.len();
                }
            }
        }
        self.publish(&events[run..]);
        if let Some(last) = rows.last() {
            self.advance(Position::new(last.position).unwrap_or_default());
        }
        events
    }

    /// Puts what stands in the log by now in the place of what was said by or of a person who was
    /// erased.
    pub(crate) fn forget(&self, account: AccountId) {
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        let mut unreadable = false;
        for recorded in recent.iter_mut() {
            if recorded.subject() != Some(account) || recorded.event.personal().is_none() {
                continue;
            }
            match recorded.event.without_person() {
                Ok(event) => {
                    *recorded = Arc::new(Recorded {
                        event,
                        ..Recorded::clone(recorded)
                    });
                }
                Err(_) => unreadable = true,
            }
        }
        if unreadable {
            recent.clear();
        }
    }

    /// The log is durable up to `head`; what is not in memory is in the table.
    fn advance(&self, head: Position) {
        self.head.grow(head);
    }

    /// The events right after `after` if they are in memory.
    fn recent(&self, after: Position, filter: &Filter) -> Option<Page> {
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        let oldest = recent.front()?.position;
        let skip = if after.next() >= oldest {
            after.next().since(oldest)
        } else {
            return None;
        };
        let mut page = Page {
            events: Vec::new(),
            upto: after,
        };
        for recorded in recent.range(usize::try_from(skip).ok().filter(|n| *n < recent.len())?..) {
            if filter.admits(recorded.channel) {
                page.events.push(Arc::clone(recorded));
            }
            page.upto = recorded.position;
            if page.events.len() == PAGE_MAX {
                break;
            }
        }
        Some(page)
    }
}

/// Brings other nodes' events into memory: as soon as there is a hint of them, and at the latest when
/// the head is looked at the next time. One reading serves all readers of this node.
pub(crate) async fn follow_other_nodes(storage: Arc<dyn Storage>, tail: Arc<Tail>) {
    loop {
        storage.changed_elsewhere().await;
        if let Err(error) = fetch(storage.as_ref(), &tail).await {
            tracing::warn!(%error, "other nodes' events could not be read");
        }
    }
}

/// Reads what is in the log and not in memory.
async fn fetch(storage: &dyn Storage, tail: &Tail) -> Result<(), StoreError> {
    let head = storage.head().await?.position;
    let Some(before) = Position::new(head.get() - 1) else {
        return Ok(());
    };
    let own = tail.head.beyond(before);
    if tokio::time::timeout(OWN_APPEND_GRACE, own).await.is_ok() {
        return Ok(());
    }
    while tail.head() < head {
        let rows = storage.read(tail.head(), PAGE_MAX, &Filter::All).await?;
        if rows.is_empty() {
            break;
        }
        tail.publish_rows(&rows);
    }
    Ok(())
}

/// Reads the log from a place on, without an end.
pub struct TailReader {
    tail: Arc<Tail>,
    storage: Arc<dyn Storage>,
    filter: Filter,
    position: Position,
}

impl TailReader {
    pub(crate) fn new(
        tail: Arc<Tail>,
        storage: Arc<dyn Storage>,
        after: Position,
        filter: Filter,
    ) -> Self {
        Self {
            tail,
            storage,
            filter,
            position: after,
        }
    }

    /// Everything up to here has been returned.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Waits until there is more, and returns it. Dropping the future loses nothing.
    ///
    /// # Errors
    /// When the database does not answer or an event cannot be read. The place is kept: the call can
    /// be made again.
    pub async fn next(&mut self) -> Result<Page, StoreError> {
        let position = self.position;
        let head = self.tail.head.beyond(position).await;
        let page = match self.tail.recent(position, &self.filter) {
            Some(page) => page,
            None => {
                read_page(
                    self.storage.as_ref(),
                    position,
                    head,
                    PAGE_MAX,
                    &self.filter,
                )
                .await?
            }
        };
        self.position = page.upto;
        Ok(page)
    }
}

/// A page from the table. `head` is known to be durable: a short answer reaches that far. A page ends
/// before an event that cannot be read, so that a reader stops just there and says so.
pub(crate) async fn read_page(
    storage: &dyn Storage,
    after: Position,
    head: Position,
    limit: usize,
    filter: &Filter,
) -> Result<Page, StoreError> {
    let rows = storage.read(after, limit, filter).await?;
    let full = rows.len() == limit;
    let mut events = Vec::with_capacity(rows.len());
    for row in &rows {
        match row.decode() {
            Ok(event) => events.push(Arc::new(event)),
            Err(error) if events.is_empty() => return Err(error),
            Err(_) => {
                let upto = Position::new(row.position - 1).unwrap_or(after);
                return Ok(Page { events, upto });
            }
        }
    }
    let last = events.last().map(|event| event.position);
    let upto = match last {
        Some(last) if full => last,
        Some(last) => last.max(head),
        None => head.max(after),
    };
    Ok(Page { events, upto })
}

#[cfg(test)]
mod tests;
