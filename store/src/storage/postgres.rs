//! The log in a PostgreSQL database, for one or several nodes.

mod forgetting;
mod hints;
mod hold;
mod leases;

use self::hints::Hints;
use super::{
    AppendError, Batch, Coordination, Filter, Forgetting, Head, NodeSeen, Storage, StoredReceipt,
};
use crate::error::StoreError;
use crate::row::Row;
use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{Connection as _, Executor as _, Row as _};
use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tributary_domain::command::CommandId;
use tributary_domain::{HistoryId, Position, Timestamp};
use uuid::Uuid;

const MIGRATIONS: [&str; 2] = [
    include_str!("../../../migrations/log/postgres-0001.sql"),
    include_str!("../../../migrations/log/postgres-0002.sql"),
];

/// The version of the tables that this program makes.
#[expect(clippy::cast_possible_wrap, reason = "there are a few")]
pub(crate) const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

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

/// How long a session that was given up may take to end.
const TERMINATE_TIMEOUT_MS: i64 = 5_000;

/// Any number that no other program locks on: two nodes migrate one after the other.
const MIGRATION_LOCK: i64 = 0x7472_6962_7574_6172;

/// The head moves and the rows go in with one statement: one round trip, one transaction. Without a
/// row from `head` nothing is inserted.
const APPEND: &str = "
WITH head AS (
    UPDATE log_head SET position = $1, hash = $2, recorded_at = $3
    WHERE id = 1 AND position = $4 AND hash = $5
    RETURNING position
), new_events AS (
    INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
                        metadata, position, event_id, recorded_at, channel, personal, hash)
    SELECT t, i, s, n, v, p::json, m::json, o, e, $3, c, d::json, h
    FROM head, unnest($6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[],
                      $12::text[], $13::bigint[], $14::uuid[], $15::uuid[], $16::text[],
                      $17::bytea[]) AS r(t, i, s, n, v, p, m, o, e, c, d, h)
), new_receipts AS (
    INSERT INTO command_receipts (scope, command_id, body, first_position, last_position)
    SELECT r.* FROM head,
        unnest($18::text[], $19::text[], $20::bytea[], $21::bigint[], $22::bigint[]) AS r
), new_credentials AS (
    INSERT INTO credentials (kind, subject, lookup, secret)
    SELECT r.* FROM head, unnest($23::text[], $24::text[], $25::bytea[], $26::bytea[]) AS r
    ON CONFLICT (kind, subject) DO UPDATE SET lookup = excluded.lookup, secret = excluded.secret
)
SELECT position FROM head";

const COLUMNS: &str = "aggregate_type, aggregate_id, sequence, event_type, event_version,
    payload::text, metadata::text, position, event_id, recorded_at, channel, personal::text, hash";

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
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
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

/// The node's one writing connection.
struct Writer {
    /// `None` after it broke; it is made again when it is next needed.
    connection: Option<sqlx::PgConnection>,
    /// The server's session behind the last one. A process number may come back; with the moment of
    /// its start it is one session's alone.
    session: (i32, Timestamp),
    /// Whether a transaction is open that has the head.
    holds_head: bool,
}

impl Writer {
    async fn connect(options: &PgConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = connect(options).await?;
        let session = sqlx::query_as(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()",
        )
        .fetch_one(&mut connection)
        .await?;
        let connection = Some(connection);
        Ok(Self {
            connection,
            session,
            holds_head: false,
        })
    }

    /// Takes the connection out, made again if it broke. Who has used it puts it back.
    async fn take(
        &mut self,
        options: &PgConnectOptions,
    ) -> Result<sqlx::PgConnection, sqlx::Error> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        *self = Self::connect(options).await?;
        self.connection.take().ok_or(sqlx::Error::PoolClosed)
    }
}

async fn connect(options: &PgConnectOptions) -> Result<sqlx::PgConnection, sqlx::Error> {
    sqlx::PgConnection::connect_with(options).await
}

async fn assert_durable(connection: &mut sqlx::PgConnection) -> Result<(), StoreError> {
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let found: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&mut *connection)
            .await
            .map_err(unavailable)?;
        if found == "off" {
            return Err(StoreError::NotDurable { setting, found });
        }
    }
    Ok(())
}

async fn migrate(connection: &mut sqlx::PgConnection) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await.map_err(unavailable)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *transaction)
        .await
        .map_err(unavailable)?;
    transaction
        .execute("CREATE TABLE IF NOT EXISTS log_schema (version bigint NOT NULL)")
        .await
        .map_err(unavailable)?;
    let found: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM log_schema")
        .fetch_one(&mut *transaction)
        .await
        .map_err(unavailable)?;
    if found > SCHEMA_VERSION {
        let known = SCHEMA_VERSION;
        return Err(StoreError::TooNew { found, known });
    }
    for sql in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction
            .execute(sqlx::raw_sql(sql))
            .await
            .map_err(unavailable)?;
        sqlx::query("INSERT INTO log_schema SELECT coalesce(max(version), 0) + 1 FROM log_schema")
            .execute(&mut *transaction)
            .await
            .map_err(unavailable)?;
    }
    transaction.commit().await.map_err(unavailable)
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
        let (pid, since) = writer.session;
        let mut next = Writer::connect(&self.options).await.map_err(unavailable)?;
        let Some(connection) = &mut next.connection else {
            return Err(unavailable("there is no connection"));
        };
        // The broken session's statement may still be on its way to the server. Once the session is
        // gone, what is in the table is all that there will be.
        sqlx::query(
            "SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity
             WHERE pid = $1 AND backend_start = $2",
        )
        .bind(pid)
        .bind(since)
        .bind(TERMINATE_TIMEOUT_MS)
        .execute(&mut *connection)
        .await
        .map_err(unavailable)?;
        let alive: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2)",
        )
        .bind(pid)
        .bind(since)
        .fetch_one(&mut *connection)
        .await
        .map_err(unavailable)?;
        if alive {
            return Err(unavailable("the broken session has not ended yet"));
        }
        let found: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT hash FROM events WHERE position = $1")
                .bind(batch.head.position.get())
                .fetch_optional(&mut *connection)
                .await
                .map_err(unavailable)?;
        *writer = next;
        Ok(found.as_deref() == Some(&batch.head.hash))
    }

    async fn histories(&self, ids: &[HistoryId]) -> Result<Vec<Vec<Row>>, StoreError> {
        let kinds: Vec<_> = ids.iter().map(HistoryId::kind).collect();
        let names: Vec<_> = ids.iter().map(HistoryId::id).collect();
        // LATERAL, so that every history is read through the primary key whatever the planner
        // thinks of arrays.
        let sql = format!(
            "SELECT k.n, e.* FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(t, i, n)
             CROSS JOIN LATERAL (SELECT {COLUMNS} FROM events
                 WHERE aggregate_type = k.t AND aggregate_id = k.i ORDER BY sequence) AS e"
        );
        let found = sqlx::query(&sql)
            .bind(kinds)
            .bind(names)
            .fetch_all(&self.readers)
            .await
            .map_err(answered)?;
        let mut histories = vec![Vec::new(); ids.len()];
        for row in &found {
            let index = usize::try_from(row.get::<i64, _>(0) - 1).unwrap_or(usize::MAX);
            if let Some(history) = histories.get_mut(index) {
                history.push(decode(row, 1)?);
            }
        }
        Ok(histories)
    }

    async fn receipts(
        &self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<StoredReceipt>>, StoreError> {
        let (scopes, ids): (Vec<_>, Vec<_>) = keys.iter().cloned().unzip();
        // LATERAL and LIMIT, so that a plan made for a small table is not a scan of a large one.
        let rows = sqlx::query(
            "SELECT r.* FROM unnest($1::text[], $2::text[]) AS k(s, i)
             CROSS JOIN LATERAL (SELECT scope, command_id, body, first_position, last_position
                 FROM command_receipts WHERE scope = k.s AND command_id = k.i LIMIT 1) AS r",
        )
        .bind(scopes)
        .bind(ids)
        .fetch_all(&self.readers)
        .await
        .map_err(answered)?;
        let mut found = HashMap::new();
        for row in rows {
            let (scope, id): (String, String) = (row.get(0), row.get(1));
            let command = CommandId {
                scope: scope.clone(),
                id: id.clone(),
                body: digest(row.get(2))?,
            };
            let (first, last) = (place(row.get(3)), place(row.get(4)));
            found.insert(
                (scope, id),
                StoredReceipt {
                    id: command,
                    first,
                    last,
                },
            );
        }
        Ok(keys.iter().map(|key| found.remove(key)).collect())
    }

    async fn read(
        &self,
        after: Position,
        limit: usize,
        filter: &Filter,
    ) -> Result<Vec<Row>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = match filter {
            Filter::All => {
                let sql = format!(
                    "SELECT {COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT $2"
                );
                sqlx::query(&sql)
                    .bind(after.get())
                    .bind(limit)
                    .fetch_all(&self.readers)
                    .await
            }
            Filter::Channel(channel) => {
                let sql = format!(
                    "SELECT {COLUMNS} FROM events WHERE channel = $3 AND position > $1
                     ORDER BY position LIMIT $2"
                );
                sqlx::query(&sql)
                    .bind(after.get())
                    .bind(limit)
                    .bind(channel.0)
                    .fetch_all(&self.readers)
                    .await
            }
        };
        rows.map_err(unavailable)?
            .iter()
            .map(|row| decode(row, 0))
            .collect()
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

async fn append(connection: &mut sqlx::PgConnection, batch: &Batch) -> Result<(), AppendError> {
    fn column<'a, T>(batch: &'a Batch, get: impl Fn(&'a Row) -> T) -> Vec<T> {
        batch.rows.iter().map(get).collect()
    }
    if batch.rows.is_empty() {
        // Nothing to write: only whether what was decided was decided on the log as it is.
        let same =
            sqlx::query("SELECT 1 FROM log_head WHERE id = 1 AND position = $1 AND hash = $2")
                .bind(batch.expected.position.get())
                .bind(&batch.expected.hash[..])
                .fetch_optional(connection)
                .await;
        return match same {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(AppendError::HeadMoved),
            Err(error) => Err(AppendError::Unreachable(error.to_string())),
        };
    }
    let receipts = &batch.receipts;
    let credentials = &batch.credentials;
    let moved = sqlx::query(APPEND)
        .bind(batch.head.position.get())
        .bind(&batch.head.hash[..])
        .bind(batch.head.recorded_at)
        .bind(batch.expected.position.get())
        .bind(&batch.expected.hash[..])
        .bind(column(batch, |row| row.aggregate_type.as_str()))
        .bind(column(batch, |row| row.aggregate_id.as_str()))
        .bind(column(batch, |row| row.sequence))
        .bind(column(batch, |row| row.event_type.as_str()))
        .bind(column(batch, |row| row.event_version.as_str()))
        .bind(column(batch, |row| row.payload.as_str()))
        .bind(column(batch, |row| row.metadata.as_str()))
        .bind(column(batch, |row| row.position))
        .bind(column(batch, |row| row.event_id))
        .bind(column(batch, |row| row.channel))
        .bind(column(batch, |row| row.personal.as_deref()))
        .bind(column(batch, |row| &row.hash[..]))
        .bind(
            receipts
                .iter()
                .map(|r| r.id.scope.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(
            receipts
                .iter()
                .map(|r| r.id.id.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(receipts.iter().map(|r| &r.id.body[..]).collect::<Vec<_>>())
        .bind(receipts.iter().map(|r| r.first.get()).collect::<Vec<_>>())
        .bind(receipts.iter().map(|r| r.last.get()).collect::<Vec<_>>())
        .bind(credentials.iter().map(|c| c.kind).collect::<Vec<_>>())
        .bind(
            credentials
                .iter()
                .map(|c| c.subject.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(
            credentials
                .iter()
                .map(|c| c.lookup.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(
            credentials
                .iter()
                .map(|c| &c.secret[..])
                .collect::<Vec<_>>(),
        )
        .fetch_optional(connection)
        .await;
    match moved {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(AppendError::HeadMoved),
        Err(sqlx::Error::Database(error)) => match error.code().as_deref().map(|code| &code[..2]) {
            // Data exceptions and broken constraints: these rows will never go in.
            Some("22" | "23") => Err(AppendError::Failed(error.to_string())),
            // The server ends the session: it may have committed before.
            Some("57" | "08") => Err(AppendError::Unknown(error.to_string())),
            _ => Err(AppendError::Unreachable(error.to_string())),
        },
        // The statement commits by itself: a connection that breaks tells nothing.
        Err(error) => Err(AppendError::Unknown(error.to_string())),
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

/// Reads the columns of [`COLUMNS`], the first of which is at `at`.
fn decode(row: &PgRow, at: usize) -> Result<Row, StoreError> {
    let read = || -> Result<Row, sqlx::Error> {
        Ok(Row {
            aggregate_type: row.try_get(at)?,
            aggregate_id: row.try_get(at + 1)?,
            sequence: row.try_get(at + 2)?,
            event_type: row.try_get(at + 3)?,
            event_version: row.try_get(at + 4)?,
            payload: row.try_get(at + 5)?,
            metadata: row.try_get(at + 6)?,
            position: row.try_get(at + 7)?,
            event_id: row.try_get::<Uuid, _>(at + 8)?,
            recorded_at: row.try_get::<Timestamp, _>(at + 9)?,
            channel: row.try_get(at + 10)?,
            personal: row.try_get(at + 11)?,
            hash: row
                .try_get::<Vec<u8>, _>(at + 12)?
                .try_into()
                .unwrap_or_default(),
        })
    };
    read().map_err(unavailable)
}
