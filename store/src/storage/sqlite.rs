//! The log in one SQLite file.
//!
//! Exactly one connection writes and checkpoints; others read. Each has a thread of its own, because
//! SQLite calls block. The folder is locked for this process.

mod leases;

use super::{AppendError, Batch, Coordination, Filter, Head, NodeSeen, Storage, StoredReceipt};
use crate::chain::Hash;
use crate::error::StoreError;
use crate::row::Row;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use tributary_domain::command::CommandId;
use tributary_domain::{HistoryId, Position, Timestamp};
use uuid::Uuid;

const MIGRATIONS: [&str; 2] = [
    include_str!("../../../migrations/log/sqlite-0001.sql"),
    include_str!("../../../migrations/log/sqlite-0002.sql"),
];

/// The version of the tables that this program makes.
#[expect(clippy::cast_possible_wrap, reason = "there are a few")]
pub(crate) const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Connections that only read.
const READERS: usize = 2;

/// Prepared statements kept by each connection.
const STATEMENTS_MAX: usize = 32;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A connection on a thread of its own.
struct Worker {
    jobs: Mutex<Option<std::sync::mpsc::Sender<Job>>>,
}

impl Worker {
    fn start(name: &str, mut connection: Connection) -> Result<Self, StoreError> {
        let (sender, jobs) = std::sync::mpsc::channel::<Job>();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                for job in jobs {
                    job(&mut connection);
                }
            })
            .map_err(unavailable)?;
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            let jobs = jobs.as_ref().ok_or(StoreError::Closed)?;
            let job: Job = Box::new(move |connection| {
                let _gone = reply.send(job(connection));
            });
            jobs.send(job).map_err(|_| StoreError::Closed)?;
        }
        answer.await.map_err(|_| StoreError::Closed)
    }

    /// Ends the thread after what was asked of it so far.
    fn stop(&self) {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

/// See the [module](self).
pub struct SqliteStorage {
    writer: Worker,
    readers: Vec<Worker>,
    next_reader: AtomicUsize,
    /// Held as long as the storage is open.
    lock: Mutex<Option<File>>,
}

impl SqliteStorage {
    /// Opens or makes the log in `file`, and locks its folder.
    ///
    /// # Errors
    /// When the folder is in use or cannot be written, or the file is newer than this program.
    pub async fn open(file: PathBuf) -> Result<Self, StoreError> {
        tokio::task::spawn_blocking(move || Self::open_blocking(&file))
            .await
            .map_err(unavailable)?
    }

    fn open_blocking(file: &Path) -> Result<Self, StoreError> {
        let folder = file.parent().unwrap_or(Path::new("."));
        let lock = lock_folder(folder)?;
        make_private(file).map_err(unavailable)?;
        let mut writer = connect(file)?;
        migrate(&mut writer)?;
        let readers = (0..READERS)
            .map(|_| {
                let reader = connect(file)?;
                reader
                    .pragma_update(None, "query_only", true)
                    .map_err(unavailable)?;
                Worker::start("log-reader", reader)
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Self {
            writer: Worker::start("log-writer", writer)?,
            readers,
            next_reader: AtomicUsize::new(0),
            lock: Mutex::new(Some(lock)),
        })
    }

    async fn read_with<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let next = self.next_reader.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        self.readers[next]
            .run(move |connection| job(connection))
            .await?
            .map_err(unavailable)
    }

    pub(crate) async fn write_with<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(job).await?.map_err(unavailable)
    }
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

/// The lock is the operating system's: it goes with the process, however that ends.
fn lock_folder(folder: &Path) -> Result<File, StoreError> {
    let unusable = |error: std::io::Error| StoreError::Folder {
        path: folder.to_owned(),
        reason: error.to_string(),
    };
    // The log holds what people said and paid, and the secret is beside it: nobody else may look.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(unusable)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(folder.join("tributary.lock"))
        .map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// Makes the file, if there is none, for its owner only. SQLite would make it for everybody; its
/// `-wal` and `-shm` get the file's own mode.
fn make_private(file: &Path) -> std::io::Result<()> {
    let made = File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(file);
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn connect(file: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(file).map_err(unavailable)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let set = |name: &str, value: &str| connection.pragma_update(None, name, value);
    set("journal_mode", "wal").map_err(unavailable)?;
    set("synchronous", "full").map_err(unavailable)?;
    set("busy_timeout", "5000").map_err(unavailable)?;
    // What the promise rests on is read back, not taken for granted.
    let synchronous: i64 = connection
        .pragma_query_value(None, "synchronous", |row| row.get(0))
        .map_err(unavailable)?;
    if synchronous < 2 {
        let found = synchronous.to_string();
        return Err(StoreError::NotDurable {
            setting: "synchronous",
            found,
        });
    }
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(unavailable)?;
    if found > SCHEMA_VERSION {
        let known = SCHEMA_VERSION;
        return Err(StoreError::TooNew { found, known });
    }
    for (index, sql) in MIGRATIONS
        .iter()
        .enumerate()
        .skip(usize::try_from(found).unwrap_or(0))
    {
        let transaction = connection.transaction().map_err(unavailable)?;
        transaction.execute_batch(sql).map_err(unavailable)?;
        transaction
            .pragma_update(None, "user_version", index + 1)
            .map_err(unavailable)?;
        transaction.commit().map_err(unavailable)?;
    }
    Ok(())
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn head(&self) -> Result<Head, StoreError> {
        self.read_with(read_head).await
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn append(&self, batch: Arc<Batch>) -> Result<(), AppendError> {
        let outcome = self
            .writer
            .run(move |connection| append(connection, &batch))
            .await;
        match outcome {
            Ok(outcome) => outcome,
            Err(error) => Err(AppendError::Unreachable(error.to_string())),
        }
    }

    async fn resolve(&self, batch: &Batch) -> Result<bool, StoreError> {
        let (position, hash) = (batch.head.position.get(), batch.head.hash);
        self.write_with(move |connection| {
            let found: Option<Hash> = connection
                .query_row(
                    "SELECT hash FROM events WHERE position = ?1",
                    [position],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(found == Some(hash))
        })
        .await
    }

    async fn histories(&self, ids: &[HistoryId]) -> Result<Vec<Vec<Row>>, StoreError> {
        let ids: Vec<_> = ids.iter().map(|id| (id.kind(), id.id())).collect();
        self.read_with(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT position, aggregate_type, aggregate_id, sequence, event_type, event_version,
                        payload, metadata, event_id, recorded_at, channel, personal, hash
                 FROM events WHERE aggregate_type = ?1 AND aggregate_id = ?2 ORDER BY sequence",
            )?;
            ids.iter()
                .map(|(kind, id)| statement.query_map(params![kind, id], row)?.collect())
                .collect()
        })
        .await
    }

    async fn receipts(
        &self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<StoredReceipt>>, StoreError> {
        let keys = keys.to_vec();
        self.read_with(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT body, first_position, last_position
                 FROM command_receipts WHERE scope = ?1 AND command_id = ?2",
            )?;
            keys.into_iter()
                .map(|(scope, id)| {
                    let found = statement
                        .query_row(params![scope, id], |row| {
                            Ok((row.get(0)?, place(row, 1)?, place(row, 2)?))
                        })
                        .optional()?;
                    Ok(found.map(|(body, first, last)| StoredReceipt {
                        id: CommandId { scope, id, body },
                        first,
                        last,
                    }))
                })
                .collect()
        })
        .await
    }

    async fn read(
        &self,
        after: Position,
        limit: usize,
        filter: &Filter,
    ) -> Result<Vec<Row>, StoreError> {
        let (after, limit) = (after.get(), i64::try_from(limit).unwrap_or(i64::MAX));
        let filter = *filter;
        self.read_with(move |connection| {
            const COLUMNS: &str = "SELECT position, aggregate_type, aggregate_id, sequence,
                event_type, event_version, payload, metadata, event_id, recorded_at, channel,
                personal, hash FROM events";
            match filter {
                Filter::All => connection
                    .prepare_cached(&format!(
                        "{COLUMNS} WHERE position > ?1 ORDER BY position LIMIT ?2"
                    ))?
                    .query_map(params![after, limit], row)?
                    .collect(),
                Filter::Channel(channel) => connection
                    .prepare_cached(&format!(
                        "{COLUMNS} WHERE channel = ?3 AND position > ?1 ORDER BY position LIMIT ?2"
                    ))?
                    .query_map(params![after, limit, channel.0.as_bytes()], row)?
                    .collect(),
            }
        })
        .await
    }

    async fn credential(&self, kind: &str, subject: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let (kind, subject) = (kind.to_owned(), subject.to_owned());
        self.read_with(move |connection| {
            connection
                .prepare_cached("SELECT secret FROM credentials WHERE kind = ?1 AND subject = ?2")?
                .query_row(params![kind, subject], |row| row.get(0))
                .optional()
        })
        .await
    }

    async fn credential_by_lookup(
        &self,
        kind: &str,
        lookup: &[u8],
    ) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        let (kind, lookup) = (kind.to_owned(), lookup.to_vec());
        self.read_with(move |connection| {
            connection
                .prepare_cached(
                    "SELECT subject, secret FROM credentials WHERE kind = ?1 AND lookup = ?2",
                )?
                .query_row(params![kind, lookup], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .await
    }

    async fn beat(&self, node: &str, at: Timestamp) -> Result<(), StoreError> {
        let (node, at) = (node.to_owned(), at.timestamp_micros());
        self.write_with(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO nodes VALUES (?1, ?2)
                     ON CONFLICT (node) DO UPDATE SET seen_at = excluded.seen_at",
                )?
                .execute(params![node, at])
        })
        .await
        .map(|_| ())
    }

    async fn nodes(&self) -> Result<Vec<NodeSeen>, StoreError> {
        self.read_with(|connection| {
            connection
                .prepare_cached("SELECT node, seen_at FROM nodes ORDER BY node")?
                .query_map([], |row| {
                    Ok(NodeSeen {
                        node: row.get(0)?,
                        seen_at: moment(row, 1)?,
                    })
                })?
                .collect()
        })
        .await
    }

    async fn forget_node(&self, node: &str) -> Result<(), StoreError> {
        let node = node.to_owned();
        self.write_with(move |connection| {
            connection.execute("DELETE FROM nodes WHERE node = ?1", [node])
        })
        .await
        .map(|_| ())
    }

    async fn changed_elsewhere(&self) {
        std::future::pending::<()>().await;
    }

    fn coordination(&self) -> Option<&dyn Coordination> {
        Some(self)
    }

    async fn close(&self) {
        // Waits for what was asked before; then the threads end and close their connections.
        let folded = self
            .write_with(|connection| {
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            })
            .await;
        if let Err(error) = folded {
            tracing::debug!(%error, "the write-ahead log was left for the next start");
        }
        self.writer.stop();
        self.readers.iter().for_each(Worker::stop);
        self.lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

fn append(connection: &mut Connection, batch: &Batch) -> Result<(), AppendError> {
    let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation | rusqlite::ErrorCode::TooBig) => {
            AppendError::Failed(error.to_string())
        }
        _ => AppendError::Unreachable(error.to_string()),
    };
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(failed)?;
    let moved = transaction
        .prepare_cached(
            "UPDATE log_head SET position = ?1, hash = ?2, recorded_at = ?3
             WHERE id = 1 AND position = ?4 AND hash = ?5",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                batch.head.position.get(),
                batch.head.hash,
                batch.head.recorded_at.timestamp_micros(),
                batch.expected.position.get(),
                batch.expected.hash,
            ])
        })
        .map_err(failed)?;
    if moved != 1 {
        return Err(AppendError::HeadMoved);
    }
    insert(&transaction, batch).map_err(failed)?;
    // A commit that fails in SQLite has not happened: the transaction is still open, or rolled back.
    transaction.commit().map_err(failed)
}

fn insert(connection: &Connection, batch: &Batch) -> rusqlite::Result<()> {
    let mut events = connection.prepare_cached(
        "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for row in &batch.rows {
        events.execute(params![
            row.position,
            row.aggregate_type,
            row.aggregate_id,
            row.sequence,
            row.event_type,
            row.event_version,
            row.payload,
            row.metadata,
            row.event_id.as_bytes(),
            row.recorded_at.timestamp_micros(),
            row.channel.as_ref().map(Uuid::as_bytes),
            row.personal,
            row.hash,
        ])?;
    }
    for receipt in &batch.receipts {
        connection
            .prepare_cached("INSERT INTO command_receipts VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                receipt.id.scope,
                receipt.id.id,
                receipt.id.body,
                receipt.first.get(),
                receipt.last.get(),
            ])?;
    }
    for credential in &batch.credentials {
        connection
            .prepare_cached(
                "INSERT INTO credentials VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind, subject)
                 DO UPDATE SET lookup = excluded.lookup, secret = excluded.secret",
            )?
            .execute(params![
                credential.kind,
                credential.subject,
                credential.lookup,
                credential.secret,
            ])?;
    }
    Ok(())
}

pub(crate) fn read_head(connection: &Connection) -> rusqlite::Result<Head> {
    connection
        .prepare_cached("SELECT position, hash, recorded_at FROM log_head WHERE id = 1")?
        .query_row([], |row| {
            Ok(Head {
                position: place(row, 0)?,
                hash: row.get(1)?,
                recorded_at: moment(row, 2)?,
            })
        })
}

pub(crate) fn place(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Position> {
    let value = row.get(index)?;
    Position::new(value).ok_or(rusqlite::Error::IntegralValueOutOfRange(index, value))
}

fn moment(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    let micros = row.get(index)?;
    Timestamp::from_timestamp_micros(micros)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(index, micros))
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        position: row.get(0)?,
        aggregate_type: row.get(1)?,
        aggregate_id: row.get(2)?,
        sequence: row.get(3)?,
        event_type: row.get(4)?,
        event_version: row.get(5)?,
        payload: row.get(6)?,
        metadata: row.get(7)?,
        event_id: Uuid::from_bytes(row.get(8)?),
        recorded_at: moment(row, 9)?,
        channel: row.get::<_, Option<[u8; 16]>>(10)?.map(Uuid::from_bytes),
        personal: row.get(11)?,
        hash: row.get(12)?,
    })
}

/// Shared ownership where a test needs the storage beside the log.
impl From<SqliteStorage> for Arc<dyn Storage> {
    fn from(storage: SqliteStorage) -> Self {
        Arc::new(storage)
    }
}
