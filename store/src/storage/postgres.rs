//! The log in a PostgreSQL database, for one or several nodes.

mod append;
mod forgetting;
mod hints;
mod hold;
mod leases;
mod reading;
mod schema;
mod writer;

#[cfg(feature = "testing")]
pub use append::Json;
pub(crate) use append::column;
pub(crate) use schema::SCHEMA_VERSION;

use super::{
    AppendError, Batch, Coordination, Filter, Forgetting, Head, NodeSeen, Storage, StoredReceipt,
};
use crate::error::StoreError;
use crate::row::Row;
use append::append;
use async_trait::async_trait;
use hints::Hints;
use schema::{assert_durable, migrate};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection as _, Row as _};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tributary_domain::{HistoryId, Position, Timestamp};
use writer::{Writer, connect};

/// Connections that read.
const READERS_MAX: u32 = 8;

/// How long a reader may wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the head is looked at for other nodes' events where no hint comes.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// Connections for what nodes agree on. Apart from the readers, so that a lease is renewed in time
/// however busy these are.
const COORDINATORS_MAX: u32 = 2;

/// How long an append may take. Past it the connection is given up, and what became of the batch is
/// found out on another one.
const APPEND_TIMEOUT: Duration = Duration::from_secs(15);

/// See the [module](self).
pub struct PostgresStorage {
    writer: Mutex<Writer>,
    readers: PgPool,
    coordinators: PgPool,
    hints: Hints,
    poll_every: Duration,
    options: PgConnectOptions,
}

impl PostgresStorage {
    /// Connects, and makes or migrates the tables.
    ///
    /// # Errors
    /// When the server does not answer, the tables are newer than this program, or commits are not
    /// durable there.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_polling(url, POLL_EVERY).await
    }

    /// The same, with another time between two looks at the head where no hint comes.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub async fn open_polling(url: &str, poll_every: Duration) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(unavailable)?
            .application_name("tributary")
            // A commit that was acknowledged is on disk; the server's default may be weaker.
            .options([("synchronous_commit", "on")]);
        let mut writer = Writer::connect(&options).await.map_err(unavailable)?;
        if let Some(connection) = &mut writer.connection {
            assert_durable(connection).await?;
            migrate(connection).await?;
        }
        let readers = PgPoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options.clone())
            .await
            .map_err(unavailable)?;
        let coordinators = PgPoolOptions::new()
            .max_connections(COORDINATORS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options.clone().application_name("tributary leases"));
        Ok(Self {
            writer: Mutex::new(writer),
            readers,
            coordinators,
            hints: Hints::start(&options),
            poll_every,
            options,
        })
    }

    /// Connections for what stands beside the log.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.readers
    }
}

pub(crate) fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

/// Tells a question that the server will never take from a server that does not answer.
fn answered(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(refused)
            if refused.code().is_some_and(|code| code.starts_with("22")) =>
        {
            StoreError::Refused(error.to_string())
        }
        _ => unavailable(error),
    }
}

#[async_trait]
impl Storage for PostgresStorage {
    async fn head(&self) -> Result<Head, StoreError> {
        let row = sqlx::query("SELECT position, hash, recorded_at FROM log_head WHERE id = 1")
            .fetch_one(&self.readers)
            .await
            .map_err(unavailable)?;
        Ok(Head {
            position: place(row.get(0)),
            hash: digest(row.get(1))?,
            recorded_at: row.get(2),
        })
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn append(&self, batch: Arc<Batch>) -> Result<(), AppendError> {
        let mut writer = self.writer.lock().await;
        let holds_head = std::mem::take(&mut writer.holds_head);
        let mut connection = writer
            .take(&self.options)
            .await
            .map_err(|error| AppendError::Unreachable(error.to_string()))?;
        let appending = async {
            if holds_head {
                hold::append(&mut connection, &batch).await
            } else {
                append(&mut connection, &batch).await
            }
        };
        let outcome = tokio::time::timeout(APPEND_TIMEOUT, appending)
            .await
            .unwrap_or_else(|_| {
                let seconds = APPEND_TIMEOUT.as_secs();
                Err(AppendError::Unknown(format!(
                    "no answer within {seconds} s"
                )))
            });
        // A connection that broke is not put back.
        if matches!(
            outcome,
            Ok(()) | Err(AppendError::HeadMoved | AppendError::Failed(_))
        ) {
            writer.connection = Some(connection);
        }
        if outcome.is_ok() && !batch.rows.is_empty() {
            self.hints.tell();
        }
        outcome
    }

    async fn hold_head(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        let mut connection = writer.take(&self.options).await.map_err(unavailable)?;
        // A connection that this fails on is not put back: its session ends, and lets go.
        tokio::time::timeout(APPEND_TIMEOUT, hold::take(&mut connection))
            .await
            .map_err(unavailable)?
            .map_err(unavailable)?;
        writer.connection = Some(connection);
        writer.holds_head = true;
        Ok(())
    }

    async fn release_head(&self) {
        let mut writer = self.writer.lock().await;
        if std::mem::take(&mut writer.holds_head)
            && let Some(mut connection) = writer.connection.take()
            && let Ok(Ok(())) =
                tokio::time::timeout(APPEND_TIMEOUT, hold::release(&mut connection)).await
        {
            writer.connection = Some(connection);
        }
    }

    async fn resolve(&self, batch: &Batch) -> Result<bool, StoreError> {
        let mut writer = self.writer.lock().await;
        let (next, written) = writer.resolve(&self.options, batch).await?;
        *writer = next;
        Ok(written)
    }

    async fn histories(&self, ids: &[HistoryId]) -> Result<Vec<Vec<Row>>, StoreError> {
        reading::histories(&self.readers, ids).await
    }

    async fn receipts(
        &self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<StoredReceipt>>, StoreError> {
        reading::receipts(&self.readers, keys).await
    }

    async fn read(
        &self,
        after: Position,
        limit: usize,
        filter: &Filter,
    ) -> Result<Vec<Row>, StoreError> {
        match filter {
            Filter::All if limit >= reading::COPY_FROM => {
                reading::copy(&self.readers, after, limit).await
            }
            _ => reading::read(&self.readers, after, limit, filter).await,
        }
    }

    async fn credential(&self, kind: &str, subject: &str) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar("SELECT secret FROM credentials WHERE kind = $1 AND subject = $2")
            .bind(kind)
            .bind(subject)
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)
    }

    async fn credential_by_lookup(
        &self,
        kind: &str,
        lookup: &[u8],
    ) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        sqlx::query_as("SELECT subject, secret FROM credentials WHERE kind = $1 AND lookup = $2")
            .bind(kind)
            .bind(lookup)
            .fetch_optional(&self.readers)
            .await
            .map_err(unavailable)
    }

    async fn beat(&self, node: &str, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO nodes VALUES ($1, $2)
             ON CONFLICT (node) DO UPDATE SET seen_at = excluded.seen_at",
        )
        .bind(node)
        .bind(at)
        .execute(&self.readers)
        .await
        .map_err(unavailable)?;
        Ok(())
    }

    async fn nodes(&self) -> Result<Vec<NodeSeen>, StoreError> {
        let rows = sqlx::query("SELECT node, seen_at FROM nodes ORDER BY node")
            .fetch_all(&self.readers)
            .await
            .map_err(unavailable)?;
        Ok(rows
            .iter()
            .map(|row| NodeSeen {
                node: row.get(0),
                seen_at: row.get(1),
            })
            .collect())
    }

    async fn forget_node(&self, node: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM nodes WHERE node = $1")
            .bind(node)
            .execute(&self.readers)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn changed_elsewhere(&self) {
        // A hint that does not come in time is none: the head is looked at all the same.
        let _ = tokio::time::timeout(self.poll_every, self.hints.heard()).await;
    }

    fn forgetting(&self) -> Option<&dyn Forgetting> {
        Some(self)
    }

    fn coordination(&self) -> Option<&dyn Coordination> {
        Some(self)
    }

    async fn close(&self) {
        self.hints.stop();
        self.coordinators.close().await;
        if let Some(connection) = self.writer.lock().await.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::debug!(%error, "the writing connection was already broken");
        }
        self.readers.close().await;
    }
}

pub(crate) fn place(position: i64) -> Position {
    Position::new(position).unwrap_or_default()
}

pub(crate) fn digest(bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    bytes
        .try_into()
        .map_err(|_| unavailable("a stored hash does not have 32 bytes"))
}
