//! The log in a PostgreSQL database, for one or several nodes.

use super::{AppendError, Batch, Filter, Head, NodeSeen, Storage, StoredReceipt};
use crate::error::StoreError;
use crate::row::Row;
use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions, PgRow};
use sqlx::{Connection as _, Executor as _, Row as _};
use std::collections::HashMap;
use std::str::FromStr as _;
use std::time::Duration;
use tokio::sync::Mutex;
use tributary_domain::command::CommandId;
use tributary_domain::{HistoryId, Position, Timestamp};
use uuid::Uuid;

const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/log/postgres-0001.sql")];

/// Connections that read.
const READERS_MAX: u32 = 8;

/// How long a reader may wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the head is looked at for other nodes' events when no notification comes: a
/// notification is only a hint.
const POLL_EVERY: Duration = Duration::from_millis(250);

/// Nodes tell each other here that the log has grown.
const CHANNEL: &str = "tributary_log";

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
    /// The node's one writing connection; made again when it breaks.
    writer: Mutex<Option<sqlx::PgConnection>>,
    readers: PgPool,
    options: PgConnectOptions,
    listener: Mutex<Option<PgListener>>,
}

impl PostgresStorage {
    /// Connects, and makes or migrates the tables.
    ///
    /// # Errors
    /// When the server does not answer, the tables are newer than this program, or commits are not
    /// durable there.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(unavailable)?
            .application_name("tributary")
            // A commit that was acknowledged is on disk; the server's default may be weaker.
            .options([("synchronous_commit", "on")]);
        let mut writer = connect(&options).await.map_err(unavailable)?;
        assert_durable(&mut writer).await?;
        migrate(&mut writer).await?;
        let readers = PgPoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options.clone())
            .await
            .map_err(unavailable)?;
        Ok(Self {
            writer: Mutex::new(Some(writer)),
            readers,
            options,
            listener: Mutex::new(None),
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
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
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

    async fn append(&self, batch: &Batch) -> Result<(), AppendError> {
        let mut writer = self.writer.lock().await;
        let mut connection = match writer.take() {
            Some(connection) => connection,
            None => connect(&self.options)
                .await
                .map_err(|error| AppendError::Unreachable(error.to_string()))?,
        };
        let outcome = append(&mut connection, batch).await;
        // A connection that broke is not put back.
        if matches!(
            outcome,
            Ok(()) | Err(AppendError::HeadMoved | AppendError::Failed(_))
        ) {
            *writer = Some(connection);
        }
        outcome
    }

    async fn resolve(&self, batch: &Batch) -> Result<bool, StoreError> {
        let mut writer = self.writer.lock().await;
        let mut connection = connect(&self.options).await.map_err(unavailable)?;
        let mut transaction = connection.begin().await.map_err(unavailable)?;
        // The broken transaction holds this row until it has committed or is gone.
        sqlx::query("SELECT position FROM log_head WHERE id = 1 FOR UPDATE")
            .execute(&mut *transaction)
            .await
            .map_err(unavailable)?;
        let found: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT hash FROM events WHERE position = $1")
                .bind(batch.head.position.get())
                .fetch_optional(&mut *transaction)
                .await
                .map_err(unavailable)?;
        transaction.rollback().await.map_err(unavailable)?;
        *writer = Some(connection);
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
        let rows = sqlx::query(
            "SELECT scope, command_id, body, first_position, last_position FROM command_receipts
             JOIN unnest($1::text[], $2::text[]) AS k(s, i) ON scope = s AND command_id = i",
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
        let mut slot = self.listener.lock().await;
        if slot.is_none() {
            *slot = listen(&self.readers).await;
        }
        match slot.as_mut() {
            Some(listener) => {
                let heard = tokio::time::timeout(POLL_EVERY, listener.recv()).await;
                if let Ok(Err(error)) = heard {
                    tracing::warn!(%error, "notifications of other nodes are not heard");
                    *slot = None;
                    tokio::time::sleep(POLL_EVERY).await;
                }
            }
            None => tokio::time::sleep(POLL_EVERY).await,
        }
    }

    async fn close(&self) {
        if let Some(connection) = self.writer.lock().await.take()
            && let Err(error) = connection.close().await
        {
            tracing::debug!(%error, "the writing connection was already broken");
        }
        self.readers.close().await;
    }
}

async fn listen(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen(CHANNEL).await.ok()?;
    Some(listener)
}

async fn append(connection: &mut sqlx::PgConnection, batch: &Batch) -> Result<(), AppendError> {
    fn column<'a, T>(batch: &'a Batch, get: impl Fn(&'a Row) -> T) -> Vec<T> {
        batch.rows.iter().map(get).collect()
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

fn place(position: i64) -> Position {
    Position::new(position).unwrap_or_default()
}

fn digest(bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
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
