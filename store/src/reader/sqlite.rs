//! Reads a SQLite log beside its writer.

use super::indexes::{Misindexed, add_up, misindexed};
use super::page::{Fixed, Span, hash, id};
use super::selection::Dialect;
use super::snapshot::{Beside, Bounds, Snapshot, StoredCredential};
use super::{Indexed, Order, RawPage, Selection, direction, in_order, unavailable};
use crate::error::StoreError;
use crate::storage::sqlite::{Descriptor, SCHEMA_VERSION, place, read_head};
use crate::storage::{Head, StoredReceipt};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::hash::RandomState;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tributary_domain::Position;
use tributary_domain::command::CommandId;

/// Receipts and secrets that wait to be taken.
const BESIDE_AHEAD: usize = 1_024;

pub(super) struct SqliteReader {
    file: PathBuf,
    dialect: Dialect,
    open: Arc<Mutex<Open>>,
}

/// A connection, and what is to be closed after it.
pub(super) struct Open {
    pub(super) connection: Connection,
    version: i64,
    _descriptor: Descriptor,
}

/// The first version of the tables whose indexes are written behind the events.
const INDEXES_BEHIND_SINCE: i64 = 3;

/// The first one whose indexes are compared with the events: they hold runs since then.
const RUNS_SINCE: i64 = 4;

impl SqliteReader {
    pub(super) async fn open(file: PathBuf) -> Result<Self, StoreError> {
        let path = file.clone();
        let open = tokio::task::spawn_blocking(move || connect(&path))
            .await
            .map_err(unavailable)??;
        Ok(Self {
            file,
            dialect: if open.version < INDEXES_BEHIND_SINCE {
                Dialect::OlderSqlite
            } else {
                Dialect::Sqlite
            },
            open: Arc::new(Mutex::new(open)),
        })
    }

    async fn with<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let open = Arc::clone(&self.open);
        tokio::task::spawn_blocking(move || {
            job(&open
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .connection)
        })
        .await
        .map_err(unavailable)?
        .map_err(unavailable)
    }

    pub(super) async fn bounds(&self) -> Result<Bounds, StoreError> {
        self.with(|connection| {
            // One transaction, so that all three are of one moment.
            let transaction = connection.unchecked_transaction()?;
            let head = read_head(&transaction)?;
            let (first, last) = transaction.query_row(
                "SELECT (SELECT min(position) FROM events), (SELECT max(position) FROM events)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok(Bounds { head, first, last })
        })
        .await
    }

    pub(super) async fn page(
        &self,
        selection: &Selection,
        limit: usize,
        order: Order,
    ) -> Result<RawPage, StoreError> {
        let sql = format!(
            "SELECT position, sequence, recorded_at, event_id, channel, hash, aggregate_type,
                    aggregate_id, event_type, event_version, payload, metadata, personal
             FROM events WHERE {} ORDER BY position {} LIMIT {limit}",
            selection.condition(self.dialect),
            direction(order),
        );
        let page = self
            .with(move |connection| read_page(connection, &sql))
            .await?;
        Ok(in_order(page, order))
    }

    pub(super) async fn stray_receipts(&self) -> Result<(u64, Option<StoredReceipt>), StoreError> {
        self.with(|connection| {
            let mut statement = connection.prepare(
                "SELECT scope, command_id, body, first_position, last_position
                 FROM command_receipts
                 WHERE first_position < 1 OR last_position < first_position
                    OR last_position > (SELECT position FROM log_head)",
            )?;
            let mut rows = statement.query([])?;
            let (mut count, mut first) = (0, None);
            while let Some(row) = rows.next()? {
                count += 1;
                // Its places may be none at all.
                first = first.or_else(|| receipt(row).ok());
            }
            Ok((count, first))
        })
        .await
    }

    /// Begins to add up what the indexes hold; see [`LogReader::indexed`](super::LogReader::indexed).
    pub(super) async fn indexed(
        &self,
        keys: RandomState,
        after: Position,
    ) -> Result<Option<Indexed>, StoreError> {
        let file = self.file.clone();
        let (reply, upto) = tokio::sync::oneshot::channel();
        let sums = tokio::task::spawn_blocking(move || {
            let open = connect(&file)?;
            if open.version < RUNS_SINCE {
                return Ok(None);
            }
            add_up(&open, &keys, after.get(), reply).map_err(unavailable)
        });
        match upto.await {
            Ok(upto) => Ok(Some(Indexed { upto, sums })),
            // The tables are older, or cannot be read.
            Err(_) => sums.await.map_err(unavailable)?.map(|_| None),
        }
    }

    pub(super) async fn misindexed(
        &self,
        after: Position,
        count_max: usize,
    ) -> Result<Vec<Misindexed>, StoreError> {
        let open = Arc::clone(&self.open);
        let look = move || {
            let open = open.lock().unwrap_or_else(PoisonError::into_inner);
            misindexed(&open, after.get(), count_max)
        };
        tokio::task::spawn_blocking(look)
            .await
            .map_err(unavailable)?
            .map_err(unavailable)
    }

    /// On a connection of its own, whose transaction stands still while pages of events are read on
    /// the other one.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let file = self.file.clone();
        let (sender, beside) = mpsc::channel(BESIDE_AHEAD);
        let (reply, head) = tokio::sync::oneshot::channel();
        tokio::task::spawn_blocking(move || {
            let found = connect(&file)
                .and_then(|open| hand_over(&open.connection, reply, &sender).map_err(unavailable));
            if let Err(error) = found {
                let _gone = sender.blocking_send(Err(error));
            }
        });
        match head.await {
            Ok(head) => Ok(Snapshot { head, beside }),
            Err(_) => {
                let mut beside = beside;
                Err(match beside.recv().await {
                    Some(Err(error)) => error,
                    _ => unavailable("the snapshot could not be taken"),
                })
            }
        }
    }
}

fn connect(file: &std::path::Path) -> Result<Open, StoreError> {
    if !file.exists() {
        return Err(StoreError::NoLog(file.display().to_string()));
    }
    let descriptor = Descriptor::of(file).map_err(unavailable)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(unavailable)?;
    connection
        .pragma_update(None, "busy_timeout", "5000")
        .map_err(unavailable)?;
    let found: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(unavailable)?;
    if found == 0 {
        return Err(StoreError::NoLog(file.display().to_string()));
    }
    if found > SCHEMA_VERSION {
        let known = SCHEMA_VERSION;
        return Err(StoreError::TooNew { found, known });
    }
    Ok(Open {
        connection,
        version: found,
        _descriptor: descriptor,
    })
}

fn read_page(connection: &Connection, sql: &str) -> rusqlite::Result<RawPage> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut page = RawPage::default();
    while let Some(row) = rows.next()? {
        let mut texts: [Span; 7] = Default::default();
        let mut has_personal = false;
        for (index, span) in texts.iter_mut().enumerate() {
            let begin = page.bytes.len();
            if let ValueRef::Text(bytes) = row.get_ref(index + 6)? {
                page.bytes.extend_from_slice(bytes);
                has_personal |= index == 6;
            }
            *span = begin..page.bytes.len();
        }
        page.rows.push(Fixed {
            position: row.get(0)?,
            sequence: row.get(1)?,
            recorded_at_micros: row.get(2)?,
            event_id: id(blob(row.get_ref(3)?).unwrap_or_default()),
            channel: blob(row.get_ref(4)?).map(id),
            hash: hash(blob(row.get_ref(5)?).unwrap_or_default()),
            texts,
            has_personal,
        });
    }
    Ok(page)
}

fn blob(value: ValueRef<'_>) -> Option<&[u8]> {
    match value {
        ValueRef::Blob(bytes) => Some(bytes),
        _ => None,
    }
}

fn receipt(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredReceipt> {
    let id = CommandId {
        scope: row.get(0)?,
        id: row.get(1)?,
        body: row.get(2)?,
    };
    let (first, last) = (place(row, 3)?, place(row, 4)?);
    Ok(StoredReceipt { id, first, last })
}

fn hand_over(
    connection: &Connection,
    reply: tokio::sync::oneshot::Sender<Head>,
    sender: &mpsc::Sender<Result<Beside, StoreError>>,
) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    // Reading the head begins the snapshot that the rest is read from.
    if reply.send(read_head(&transaction)?).is_err() {
        return Ok(());
    }
    let mut statement = transaction.prepare(
        "SELECT scope, command_id, body, first_position, last_position FROM command_receipts
         ORDER BY first_position",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if sender
            .blocking_send(Ok(Beside::Receipt(receipt(row)?)))
            .is_err()
        {
            return Ok(());
        }
    }
    let mut statement = transaction
        .prepare("SELECT kind, subject, lookup, secret FROM credentials ORDER BY kind, subject")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let credential = StoredCredential {
            kind: row.get(0)?,
            subject: row.get(1)?,
            lookup: row.get(2)?,
            secret: row.get(3)?,
        };
        if sender
            .blocking_send(Ok(Beside::Credential(credential)))
            .is_err()
        {
            return Ok(());
        }
    }
    Ok(())
}
