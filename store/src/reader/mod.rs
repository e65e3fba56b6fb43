//! A log that is only read, beside whoever writes it.
//!
//! No lock is taken, nothing is migrated, made or checkpointed: on SQLite the connection is opened
//! read-only, on PostgreSQL its transactions are. Pages are large and are read ahead, so that whoever
//! works through the whole log (verification, exports, backups) never waits for the database while it
//! works.

mod copy;
mod indexes;
mod page;
mod postgres;
mod scan;
mod selection;
mod snapshot;
mod sqlite;
mod through;

pub(crate) use copy::copy_out;
pub use indexes::Index;
pub(crate) use indexes::{Misindexed, Sum, Sums, Upto, key_of_channel, key_of_history};
pub use page::{RawPage, RawRow};
pub use scan::{Scan, Scanned};
pub use selection::Selection;
pub use snapshot::{Beside, Bounds, Snapshot, StoredCredential};

use crate::error::StoreError;
use crate::log::LogUrl;
use crate::storage::{Head, StoredReceipt};
use std::hash::RandomState;
use std::sync::Arc;
use tributary_domain::{Position, Timestamp};

/// Rows of one page. At about 600 bytes each: 5 MiB.
pub const PAGE_ROWS: usize = 8_192;

/// In which order a page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As it happened.
    OldestFirst,
    /// The newest rows, which still come in the order in which they happened.
    Newest,
}

/// What the indexes of a SQLite log hold, while it is being added up.
pub(crate) struct Indexed {
    pub(crate) upto: Upto,
    pub(crate) sums: tokio::task::JoinHandle<Result<Sums, StoreError>>,
}

enum Engine {
    Sqlite(sqlite::SqliteReader),
    Postgres(Box<postgres::PostgresReader>),
}

/// See the [module](self). Cheap to clone.
#[derive(Clone)]
pub struct LogReader {
    engine: Arc<Engine>,
}

impl LogReader {
    /// Opens a log that exists.
    ///
    /// # Errors
    /// When there is none, it is newer than this program, or the database does not answer.
    pub async fn open(url: &LogUrl) -> Result<Self, StoreError> {
        let engine = match url {
            LogUrl::Sqlite(file) => Engine::Sqlite(sqlite::SqliteReader::open(file.clone()).await?),
            LogUrl::Postgres(url) => {
                Engine::Postgres(Box::new(postgres::PostgresReader::open(url).await?))
            }
        };
        Ok(Self {
            engine: Arc::new(engine),
        })
    }

    /// The end of the log.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn head(&self) -> Result<Head, StoreError> {
        Ok(self.bounds().await?.head)
    }

    /// The head, and what the table holds first and last, all of one moment.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bounds(&self) -> Result<Bounds, StoreError> {
        match &*self.engine {
            Engine::Sqlite(reader) => reader.bounds().await,
            Engine::Postgres(reader) => reader.bounds().await,
        }
    }

    /// At most `limit` rows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn page(
        &self,
        selection: &Selection,
        limit: usize,
        order: Order,
    ) -> Result<RawPage, StoreError> {
        match &*self.engine {
            Engine::Sqlite(reader) => reader.page(selection, limit, order).await,
            Engine::Postgres(reader) => reader.page(selection, limit, order).await,
        }
    }

    /// All rows that are wanted, page by page, read ahead.
    ///
    /// # Errors
    /// When the head, which ends a selection without an end, cannot be read.
    pub async fn scan(&self, selection: Selection) -> Result<Scan, StoreError> {
        let upto = match selection.upto {
            Some(upto) => upto,
            None => self.head().await?.position,
        };
        Ok(Scan::start(self.clone(), selection, upto))
    }

    /// The event at a place.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn at(&self, position: Position) -> Result<RawPage, StoreError> {
        let Some(before) = Position::new(position.get() - 1) else {
            return Ok(RawPage::default());
        };
        let selection = Selection {
            after: before,
            upto: Some(position),
            ..Selection::default()
        };
        self.page(&selection, 1, Order::OldestFirst).await
    }

    /// The last place whose event was recorded before `time`. Time is ordered like position, so a few
    /// look-ups find it, however long the log is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn last_before(&self, time: Timestamp) -> Result<Position, StoreError> {
        let (mut low, mut high) = (0, self.head().await?.position.get());
        // Everything up to `low` is before `time`, nothing after `high` is.
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let selection = Selection {
                upto: Position::new(middle),
                ..Selection::default()
            };
            let page = self.page(&selection, 1, Order::Newest).await?;
            if page.get(0).is_none_or(|row| row.recorded_at() < time) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Ok(Position::new(low).unwrap_or_default())
    }

    /// The first receipt that points at no events, and how many such there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn stray_receipts(&self) -> Result<(u64, Option<StoredReceipt>), StoreError> {
        match &*self.engine {
            Engine::Sqlite(reader) => reader.stray_receipts().await,
            Engine::Postgres(reader) => reader.stray_receipts().await,
        }
    }

    /// Begins to add up what a SQLite log's indexes hold of events after `after`, as they are now: the head is to
    /// be asked for afterwards. None where the database keeps its indexes itself.
    pub(crate) async fn indexed(
        &self,
        keys: RandomState,
        after: Position,
    ) -> Result<Option<Indexed>, StoreError> {
        match &*self.engine {
            Engine::Sqlite(reader) => reader.indexed(keys, after).await,
            Engine::Postgres(_) => Ok(None),
        }
    }

    /// The first entries of indexes that are wrong or missing, at most so many of each index.
    pub(crate) async fn misindexed(
        &self,
        after: Position,
        count_max: usize,
    ) -> Result<Vec<Misindexed>, StoreError> {
        match &*self.engine {
            Engine::Sqlite(reader) => reader.misindexed(after, count_max).await,
            Engine::Postgres(_) => Ok(vec![]),
        }
    }

    /// What the log holds beside its events, with the head of the same moment.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        match &*self.engine {
            Engine::Sqlite(reader) => reader.snapshot().await,
            Engine::Postgres(reader) => reader.snapshot().await,
        }
    }
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

/// The newest rows were asked for newest first.
fn in_order(mut page: RawPage, order: Order) -> RawPage {
    if order == Order::Newest {
        page.rows.reverse();
    }
    page
}

fn direction(order: Order) -> &'static str {
    match order {
        Order::OldestFirst => "ASC",
        Order::Newest => "DESC",
    }
}
