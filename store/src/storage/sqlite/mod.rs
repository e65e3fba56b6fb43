//! The log in one SQLite file.
//!
//! Exactly one connection writes and checkpoints; others read. Each has a thread of its own, because
//! SQLite calls block. The folder is locked for this process.
//!
//! | to find | look in |
//! |---|---|
//! | the folder's lock, the file, its tables | `opening` |
//! | the append | `append` |
//! | how a history, a channel's events and a receipt are found | `index`, `sweep` |
//! | connections and their threads | `worker` |
//! | how pages come from the write-ahead log into the file | `writeback`, `syncer`, `descriptor` |

mod append;
mod descriptor;
mod forgetting;
mod index;
mod leases;
mod opening;
mod pace;
mod rows;
mod sweep;
mod syncer;
mod worker;
mod writeback;

use super::{
    AppendError, Batch, Coordination, Filter, Forgetting, Head, NodeSeen, SMALL_BATCH_ROWS,
    Storage, StoredReceipt,
};
use crate::chain::Hash;
use crate::error::StoreError;
use crate::row::Row;
use crate::used_ids::ShortKey;
use append::append;
use async_trait::async_trait;
pub(crate) use descriptor::Descriptor;
pub(crate) use index::digest as receipt_digest;
use index::{Indexes, same_receipt};
pub(crate) use opening::SCHEMA_VERSION;
use opening::{connect, connect_reader, lock_folder, make_private, migrate};
use pace::Pace;
use rows::{COLUMNS, moment, row};
#[cfg(feature = "testing")]
pub use rows::{WRITE as SQLITE_INSERT, write as write_sqlite_row};
pub(crate) use rows::{place, read_head};
use rusqlite::{Connection, OptionalExtension as _, Statement, params};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tributary_domain::command::CommandId;
use tributary_domain::{HistoryId, Position, Timestamp};
use worker::Worker;
use writeback::Writer;

/// Connections that only read.
const READERS: usize = 2;

/// Ids that are read at once when the log is opened.
const USED_IDS_PAGE: i64 = 8_192;

/// Changed by whoever appends, and read by everybody.
type Indexed = RwLock<Indexes>;

/// What tests make smaller, or break.
struct Tuning {
    entries_max: usize,
    writeback: writeback::Limits,
    sync: syncer::Sync,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            entries_max: sweep::ENTRIES_MAX,
            writeback: writeback::Limits {
                slice: writeback::SLICE_PAGES,
                wal: writeback::WAL_PAGES,
            },
            sync: Arc::new(Descriptor::sync),
        }
    }
}

/// See the [module](self).
pub struct SqliteStorage {
    writer: Worker<Writer>,
    pace: Arc<Pace>,
    indexes: Arc<Indexed>,
    readers: Vec<Worker<Connection>>,
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
        let tuning = Tuning::default();
        tokio::task::spawn_blocking(move || Self::open_blocking(&file, tuning))
            .await
            .map_err(unavailable)?
    }

    fn open_blocking(file: &Path, tuning: Tuning) -> Result<Self, StoreError> {
        let folder = file.parent().unwrap_or(Path::new("."));
        let lock = lock_folder(folder)?;
        make_private(file).map_err(unavailable)?;
        let descriptor = || Descriptor::of(file).map_err(unavailable);
        let of_writer = descriptor()?;
        let mut writer = connect(file)?;
        // What is erased, and a secret that is replaced, is overwritten and not only unlinked.
        writer
            .pragma_update(None, "secure_delete", true)
            .map_err(unavailable)?;
        migrate(&mut writer)?;
        let indexes = Indexes::open(&mut writer, tuning.entries_max).map_err(unavailable)?;
        let writer = Writer::start(writer, file, tuning.writeback, tuning.sync)?;
        let readers = (0..READERS)
            .map(|_| Worker::start("log-reader", connect_reader(file)?, descriptor()?))
            .collect::<Result<_, StoreError>>()?;
        Ok(Self {
            writer: Worker::start("log-writer", writer, of_writer)?,
            pace: Arc::default(),
            indexes: Arc::new(RwLock::new(indexes)),
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

    /// Looks at the indexes' newest entries. To be asked before the file is.
    fn newest<T>(&self, look: impl FnOnce(&Indexes) -> T) -> T {
        look(&self.indexes.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) async fn write_with<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let written = self.writer.run(|writer| writer.write(job)).await?;
        written
            .map_err(StoreError::Unavailable)?
            .map_err(unavailable)
    }

    /// Copies all pages into the file and cuts the write-ahead log to nothing. False if somebody reads
    /// from it.
    async fn cut_wal(&self) -> Result<bool, StoreError> {
        let cut = self.writer.run(Writer::cut_wal).await?;
        cut.map_err(StoreError::Unavailable)
    }
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

fn event_at() -> String {
    format!("SELECT {COLUMNS} FROM events WHERE position = ?1")
}

/// What the file's index says and what memory knows, in order. After a crash either may hold what the
/// other does, and the file what lies behind what only memory holds.
fn and_newest(mut indexed: Vec<i64>, newest: impl IntoIterator<Item = i64>) -> Vec<i64> {
    indexed.extend(newest);
    indexed.sort_unstable();
    indexed.dedup();
    indexed
}

fn event_rows(event: &mut Statement<'_>, positions: Vec<i64>) -> rusqlite::Result<Vec<Row>> {
    let rows = positions.into_iter();
    rows.map(|position| event.query_row([position], row))
        .collect()
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
        let indexes = Arc::clone(&self.indexes);
        let is_small = batch.rows.len() <= SMALL_BATCH_ROWS;
        let write = move |writer: &mut Writer| {
            let written = writer.write(|connection| append(connection, &indexes, &batch));
            written.unwrap_or_else(|reason| Err(AppendError::Unreachable(reason)))
        };
        let done = if is_small {
            let pace = Arc::clone(&self.pace);
            let job = move |writer: &mut Writer| pace.time(|| write(writer));
            match self.pace.is_quick() {
                true => match self.writer.run_here(job) {
                    Ok(outcome) => return outcome,
                    Err(job) => self.writer.run(job).await,
                },
                false => self.writer.run(job).await,
            }
        } else {
            self.writer.run(write).await
        };
        done.unwrap_or_else(|error| Err(AppendError::Unreachable(error.to_string())))
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
        let wanted: Vec<_> = self.newest(|indexes| {
            let newest = |id: &HistoryId| {
                let history = index::history(id.kind(), &id.id());
                let newest = indexes.history(&history);
                (history, newest)
            };
            ids.iter().map(newest).collect()
        });
        self.read_with(move |connection| {
            let mut event = connection.prepare_cached(&event_at())?;
            let mut read = |(history, newest): (String, Vec<i64>)| {
                let indexed = index::of_history(connection, &history)?;
                event_rows(&mut event, and_newest(indexed, newest))
            };
            wanted.into_iter().map(&mut read).collect()
        })
        .await
    }

    async fn receipts(
        &self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<StoredReceipt>>, StoreError> {
        let wanted: Vec<_> = self.newest(|indexes| {
            let newest = |(scope, id): &(String, String)| {
                let positions = indexes.receipt(scope, id);
                (scope.clone(), id.clone(), positions)
            };
            keys.iter().map(newest).collect()
        });
        self.read_with(move |connection| {
            let mut indexed = connection
                .prepare_cached("SELECT position FROM receipt_index WHERE digest = ?1")?;
            let mut receipt = connection.prepare_cached(
                "SELECT body, first_position, last_position, scope, command_id
                 FROM command_receipts WHERE first_position = ?1",
            )?;
            let mut read = |(scope, id, mut positions): (String, String, Vec<i64>)| {
                let digest = index::digest(&scope, &id);
                for position in indexed.query_map([digest], |row| row.get(0))? {
                    positions.push(position?);
                }
                for position in positions {
                    let found = receipt.query_row([position], |row| {
                        Ok(StoredReceipt {
                            id: CommandId {
                                scope: row.get(3)?,
                                id: row.get(4)?,
                                body: row.get(0)?,
                            },
                            first: place(row, 1)?,
                            last: place(row, 2)?,
                        })
                    })?;
                    if same_receipt(&found, &scope, &id) {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            };
            wanted.into_iter().map(&mut read).collect()
        })
        .await
    }

    async fn used_ids(&self, after: Option<ShortKey>) -> Result<Option<Vec<ShortKey>>, StoreError> {
        let mut ids = match after {
            // Before the file is asked: what moves into it meanwhile is found twice.
            None => self.newest(Indexes::receipts),
            Some(_) => Vec::new(),
        };
        let after = after.map_or(i64::MIN, |last| last.0);
        let page = self.read_with(move |connection| {
            connection
                .prepare_cached(
                    "SELECT DISTINCT digest FROM receipt_index WHERE digest > ?1
                     ORDER BY digest LIMIT ?2",
                )?
                .query_map(params![after, USED_IDS_PAGE], |row| {
                    row.get(0).map(ShortKey)
                })?
                .collect::<Result<Vec<_>, _>>()
        });
        ids.extend(page.await?);
        Ok(Some(ids))
    }

    async fn read(
        &self,
        after: Position,
        limit: usize,
        filter: &Filter,
    ) -> Result<Vec<Row>, StoreError> {
        let after = after.get();
        let limit_sql = i64::try_from(limit).unwrap_or(i64::MAX);
        let channel = match filter {
            Filter::All => {
                let sql = format!(
                    "SELECT {COLUMNS} FROM events WHERE position > ?1 ORDER BY position LIMIT ?2"
                );
                return self
                    .read_with(move |connection| {
                        connection
                            .prepare_cached(&sql)?
                            .query_map(params![after, limit_sql], row)?
                            .collect()
                    })
                    .await;
            }
            Filter::Channel(channel) => channel.0.into_bytes(),
        };
        let newest = self.newest(|indexes| indexes.channel(channel));
        self.read_with(move |connection| {
            let indexed = index::of_channel(connection, channel, after, limit)?;
            let newest = newest.into_iter().filter(|position| *position > after);
            let mut found = and_newest(indexed, newest);
            found.truncate(limit);
            let mut event = connection.prepare_cached(&event_at())?;
            event_rows(&mut event, found)
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

    fn forgetting(&self) -> Option<&dyn Forgetting> {
        Some(self)
    }

    fn coordination(&self) -> Option<&dyn Coordination> {
        Some(self)
    }

    async fn changed_elsewhere(&self) {
        std::future::pending::<()>().await;
    }

    async fn close(&self) {
        // Waits for what was asked before; then the threads end and close their connections, the one that
        // writes last: what is left in the write-ahead log is its affair.
        match self.cut_wal().await {
            Ok(true) => {}
            Ok(false) => tracing::debug!("the write-ahead log is left for the next start"),
            Err(error) => tracing::warn!(%error, "the write-ahead log is left for the next start"),
        }
        for reader in &self.readers {
            reader.end().await;
        }
        self.writer.end().await;
        self.lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

/// Shared ownership where a test needs the storage beside the log.
impl From<SqliteStorage> for Arc<dyn Storage> {
    fn from(storage: SqliteStorage) -> Self {
        Arc::new(storage)
    }
}

#[cfg(test)]
mod tests;
