//! How the file is opened: its folder locked, its connections durable, its tables those of this program.

use super::unavailable;
use crate::error::StoreError;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

pub(super) const MIGRATIONS: [&str; 4] = [
    include_str!("../../../../migrations/log/sqlite-0001.sql"),
    include_str!("../../../../migrations/log/sqlite-0002.sql"),
    include_str!("../../../../migrations/log/sqlite-0003.sql"),
    include_str!("../../../../migrations/log/sqlite-0004.sql"),
];

/// The version of the tables that this program makes.
#[expect(clippy::cast_possible_wrap, reason = "there are a few")]
pub(crate) const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Prepared statements kept by each connection.
const STATEMENTS_MAX: usize = 32;

/// The lock is the operating system's: it goes with the process, however that ends.
pub(super) fn lock_folder(folder: &Path) -> Result<File, StoreError> {
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
pub(super) fn make_private(file: &Path) -> std::io::Result<()> {
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

pub(super) fn connect(file: &Path) -> Result<Connection, StoreError> {
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

/// One that only reads; what the WAL holds is not its affair, not even when it is the last to be closed.
pub(super) fn connect_reader(file: &Path) -> Result<Connection, StoreError> {
    let reader = connect(file)?;
    reader
        .pragma_update(None, "query_only", true)
        .and_then(|()| reader.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true))
        .map_err(unavailable)?;
    Ok(reader)
}

pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
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
