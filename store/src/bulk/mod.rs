//! Writes the events of another log into an empty one: same positions, ids, times and links.
//!
//! For imports and restores. What is written is verified as it goes: each row must be the next one of
//! the chain that the target's head begins. So what was begun can be gone on with, and nothing can be
//! mixed with another log.

mod postgres;
mod sqlite;

use crate::chain::{self, Hash};
use crate::error::StoreError;
use crate::log::LogUrl;
use crate::reader::StoredCredential;
use crate::row::Row;
use crate::storage::postgres::PostgresStorage;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{AppendError, Batch, Head, Storage, StoredReceipt};
use std::sync::Arc;
use tributary_domain::{Position, personal};

/// Rows that are written in one transaction.
pub const BATCH_ROWS: usize = 2_000;

/// Why rows were not written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BulkError {
    /// The database does not take them.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// A row is not the next one.
    #[error("position {expected} was to come next, not {found}")]
    NotNext {
        /// The next place.
        expected: Position,
        /// What came.
        found: i64,
    },
    /// A row does not follow from the one before it.
    #[error(
        "the event at position {0} does not fit its hash, or does not follow the one before it"
    )]
    Broken(Position),
    /// A row is older than the one before it.
    #[error("the event at position {0} is older than the one before it")]
    TimeBackwards(Position),
    /// A personal part is not the one that its event tells of.
    #[error("the personal part at position {0} does not fit its digest in the payload")]
    Personal(Position),
    /// The head is not the one that was left.
    #[error("something else writes to this log; stop every server that uses it")]
    HeadMoved,
}

enum Engine {
    Sqlite(SqliteStorage),
    Postgres(Box<PostgresStorage>),
}

/// See the [module](self).
pub struct Bulk {
    engine: Engine,
    head: Head,
}

impl Bulk {
    /// Opens (and if need be makes) the log to write to. On SQLite its folder is locked.
    ///
    /// # Errors
    /// When it cannot be used.
    pub async fn open(url: &LogUrl) -> Result<Self, StoreError> {
        let engine = match url {
            LogUrl::Sqlite(file) => Engine::Sqlite(SqliteStorage::open(file.clone()).await?),
            LogUrl::Postgres(url) => Engine::Postgres(Box::new(PostgresStorage::open(url).await?)),
        };
        let head = engine.storage().head().await?;
        Ok(Self { engine, head })
    }

    /// Where the log ends now.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Appends rows and the receipts that point at them, all or none.
    ///
    /// # Errors
    /// When they are not the next ones, or the database does not take them.
    pub async fn append(
        &mut self,
        rows: Vec<Row>,
        receipts: Vec<StoredReceipt>,
    ) -> Result<(), BulkError> {
        let Some(head) = follow(&self.head, &rows)? else {
            return Ok(());
        };
        let batch = Batch {
            expected: self.head,
            head,
            rows,
            receipts,
            credentials: vec![],
        };
        self.engine.storage().append(Arc::new(batch)).await?;
        self.head = head;
        Ok(())
    }

    /// Writes secrets; those that are there already stay.
    ///
    /// # Errors
    /// When the database does not take them.
    pub async fn credentials(
        &mut self,
        credentials: Vec<StoredCredential>,
    ) -> Result<(), StoreError> {
        match &self.engine {
            Engine::Sqlite(storage) => sqlite::keep(storage, credentials).await,
            Engine::Postgres(storage) => postgres::keep(storage, &credentials).await,
        }
    }

    /// Lets go of the database.
    pub async fn close(self) {
        self.engine.storage().close().await;
    }
}

impl Engine {
    fn storage(&self) -> &dyn Storage {
        match self {
            Self::Sqlite(storage) => storage,
            Self::Postgres(storage) => storage.as_ref(),
        }
    }
}

impl From<AppendError> for BulkError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::HeadMoved => Self::HeadMoved,
            AppendError::Failed(reason) => Self::Log(StoreError::Refused(reason)),
            AppendError::Unreachable(reason) | AppendError::Unknown(reason) => {
                Self::Log(StoreError::Unavailable(reason))
            }
        }
    }
}

/// The head after `rows`, if they follow `head`; `None` if there are none.
fn follow(head: &Head, rows: &[Row]) -> Result<Option<Head>, BulkError> {
    let mut hash: Hash = head.hash;
    let (mut position, mut time) = (head.position, head.recorded_at);
    for row in rows {
        let expected = position.next();
        if row.position != expected.get() {
            let found = row.position;
            return Err(BulkError::NotNext { expected, found });
        }
        hash = chain::link(&hash, row);
        if hash != row.hash {
            return Err(BulkError::Broken(expected));
        }
        if row.recorded_at < time {
            return Err(BulkError::TimeBackwards(expected));
        }
        if !personal::column_matches(&row.payload, row.personal.as_deref()) {
            return Err(BulkError::Personal(expected));
        }
        (position, time) = (expected, row.recorded_at);
    }
    Ok((!rows.is_empty()).then_some(Head {
        position,
        hash,
        recorded_at: time,
    }))
}
