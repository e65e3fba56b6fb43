//! Generations as files `views-<n>.db`; the file `views.current` names the serving one.

use crate::ViewsError;
use crate::db::{Db, Engine};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

const POINTER: &str = "views.current";
/// Readers beside the one writer. Each is a thread.
const READERS_MAX: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared: what this crate asks, in every size.
const STATEMENTS_MAX: usize = 256;

fn path(folder: &Path, number: i64) -> PathBuf {
    folder.join(format!("views-{number}.db"))
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ViewsError {
    let path = path.to_owned();
    move |source| ViewsError::Io { path, source }
}

pub(super) fn prepare(folder: &Path) -> Result<(), ViewsError> {
    fs::create_dir_all(folder).map_err(io(folder))
}

pub(super) fn serving(folder: &Path) -> Result<Option<i64>, ViewsError> {
    let pointer = folder.join(POINTER);
    let text = match fs::read_to_string(&pointer) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(&pointer)(error)),
    };
    let number = text
        .trim()
        .parse()
        .map_err(|_| ViewsError::BadPointer(pointer.display().to_string()))?;
    Ok(path(folder, number).exists().then_some(number))
}

/// Writes beside and renames: a crash leaves the old pointer or the new one.
pub(super) fn point_to(folder: &Path, number: i64) -> Result<(), ViewsError> {
    let (pointer, beside) = (folder.join(POINTER), folder.join("views.current.new"));
    let write = || {
        let mut file = File::create(&beside)?;
        writeln!(file, "{number}")?;
        file.sync_all()?;
        fs::rename(&beside, &pointer)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(io(&pointer))
}

pub(super) fn generations(folder: &Path) -> Result<Vec<i64>, ViewsError> {
    let mut numbers: Vec<i64> = vec![];
    for entry in fs::read_dir(folder).map_err(io(folder))? {
        let name = entry.map_err(io(folder))?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix("views-")?.split_once(".db"))
            .and_then(|(number, _)| number.parse::<i64>().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

pub(super) async fn open(folder: &Path, number: i64, make: bool) -> Result<Db, ViewsError> {
    let options = SqliteConnectOptions::new()
        .filename(path(folder, number))
        .create_if_missing(make)
        .journal_mode(SqliteJournalMode::Wal)
        // A lost tail of commits is folded again: the log is the truth.
        .synchronous(SqliteSynchronous::Normal)
        // What an erasure takes away is overwritten, not only unlinked.
        .pragma("secure_delete", "ON")
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(STATEMENTS_MAX);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options.clone())
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Db::new(Engine::Sqlite { read, write }))
}

/// One connection that can only read, whatever is asked of it.
pub(super) fn open_beside(folder: &Path, number: i64) -> Db {
    let options = SqliteConnectOptions::new()
        .filename(path(folder, number))
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT);
    let read = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options);
    let write = read.clone();
    Db::new(Engine::Sqlite { read, write })
}

pub(super) fn remove(folder: &Path, number: i64) -> Result<(), ViewsError> {
    for end in ["", "-wal", "-shm", "-journal"] {
        let path = folder.join(format!("views-{number}.db{end}"));
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(io(&path)(error)),
        }
    }
    Ok(())
}
