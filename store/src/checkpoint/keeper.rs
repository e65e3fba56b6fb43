//! Keeps a node's file of checkpoints: compares its newest line with the log, and appends the next.

use super::{Checkpoint, CheckpointKey, hash_of_line, newest};
use crate::chain::{GENESIS, Hash};
use crate::error::StoreError;
use crate::storage::{Filter, Head, Storage};
use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use tributary_domain::{Position, Timestamp};

/// A file that has grown to this is set aside under a name of its own, and the next one goes on from
/// its last line: 14,000 lines, ten days of one line a minute.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// What to do where the newest checkpoint and the log do not fit each other.
const REMEDY: &str = "If that is meant, `tributary log checkpoint --accept` sets the file aside and \
                      begins a new one; if not, put back the log that belongs to it";

/// Why checkpoints cannot be kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CheckpointError {
    /// The log ends before the newest checkpoint.
    #[error(
        "the log ends at {head}, but {} was signed when it reached {position}: it has lost its end, \
         or an older one was put in its place. {REMEDY}", file.display()
    )]
    LogShorter {
        /// The file.
        file: PathBuf,
        /// What its newest line states.
        position: Position,
        /// Where the log ends.
        head: Position,
    },
    /// The log has another event there.
    #[error(
        "the log is not the one that {} was signed for: its event at {position} is another. {REMEDY}",
        file.display()
    )]
    LogDiffers {
        /// The file.
        file: PathBuf,
        /// What its newest line states.
        position: Position,
    },
    /// The newest line is no checkpoint of ours.
    #[error("the newest line of {} cannot be trusted: {reason}. {REMEDY}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file cannot be read or written.
    #[error("the checkpoints in {} cannot be kept: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] StoreError),
}

/// See the [module](self).
#[derive(Debug)]
pub struct Keeper {
    file: PathBuf,
    key: CheckpointKey,
    /// The place and the hash of the newest line.
    newest: Option<(Position, Hash)>,
    file_bytes_max: u64,
}

impl Keeper {
    /// Compares the newest line with the log. One look into the log, however long it is.
    ///
    /// # Errors
    /// When the log is not the one that was signed, or the file cannot be read.
    pub async fn open(
        file: &Path,
        key: &CheckpointKey,
        storage: &dyn Storage,
    ) -> Result<Self, CheckpointError> {
        let keeper = Self {
            file: file.to_owned(),
            key: key.clone(),
            newest: None,
            file_bytes_max: FILE_BYTES_MAX,
        };
        let Some((line, _)) = newest(file).map_err(|error| keeper.unusable(&error))? else {
            return Ok(keeper);
        };
        let found =
            Checkpoint::read(&line).map_err(|error| keeper.untrusted(&error.to_string()))?;
        if found.key != key.public() {
            return Err(keeper.untrusted(&format!(
                "it was signed with another key, {}, so this is another installation's, or \
                 secret_file is not its secret",
                found.key
            )));
        }
        let (file, position) = (keeper.file.clone(), found.position);
        let head = storage.head().await?.position;
        if head < position {
            return Err(CheckpointError::LogShorter {
                file,
                position,
                head,
            });
        }
        if hash_at(storage, position).await? != Some(found.hash) {
            return Err(CheckpointError::LogDiffers { file, position });
        }
        Ok(Self {
            newest: Some((position, found.line)),
            ..keeper
        })
    }

    /// Sets a file aside that no longer fits the log, and returns its new name; `None` if there is
    /// none.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn set_aside(file: &Path, at: Timestamp) -> io::Result<Option<PathBuf>> {
        if !file.exists() {
            return Ok(None);
        }
        let aside = beside(
            file,
            &format!("set-aside-{}", at.format("%Y%m%dT%H%M%S%.6fZ")),
        );
        fs::rename(file, &aside)?;
        sync_folder(file)?;
        Ok(Some(aside))
    }

    /// Where the newest checkpoint stands.
    pub fn newest(&self) -> Option<Position> {
        self.newest.map(|(position, _)| position)
    }

    /// Signs the log's end in the name of a node, if it has moved since the newest checkpoint; durable
    /// when this returns. Returns the line.
    ///
    /// # Errors
    /// When the log cannot be read or the file not be written. The next attempt makes up for it.
    pub async fn sign(
        &mut self,
        storage: &dyn Storage,
        node: &str,
        now: Timestamp,
    ) -> Result<Option<String>, CheckpointError> {
        let head = storage.head().await?;
        if Some(head.position) <= self.newest() || head.position == Position::START {
            return Ok(None);
        }
        let first = hash_at(storage, Position::START.next()).await?;
        let log = first.unwrap_or(GENESIS);
        let line = self.line(&log, &head, node, now);
        self.append(&line).map_err(|error| self.unusable(&error))?;
        self.newest = Some((head.position, hash_of_line(&line)));
        Ok(Some(line))
    }

    fn line(&self, log: &Hash, head: &Head, node: &str, now: Timestamp) -> String {
        let previous = self.newest.map_or(GENESIS, |(_, line)| line);
        Checkpoint::sign(&self.key, log, head, now, node, &previous)
    }

    /// What was torn off by a crash in the middle of a line is written over.
    fn append(&self, line: &str) -> io::Result<()> {
        let whole = newest(&self.file)?.map_or(0, |(_, whole)| whole);
        if whole >= self.file_bytes_max {
            return self.rotate(line);
        }
        let is_new = !self.file.exists();
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&self.file)?;
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_all()?;
        if is_new {
            sync_folder(&self.file)?;
        }
        Ok(())
    }

    /// At every moment the name leads to a file with the newest line that was acknowledged.
    fn rotate(&self, line: &str) -> io::Result<()> {
        let next = beside(&self.file, "next");
        let mut file = File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&next)?;
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_all()?;
        let last = self.newest.map_or(0, |(position, _)| position.get());
        let full = beside(&self.file, &last.to_string());
        match fs::hard_link(&self.file, &full) {
            // A crash came between this and the rename below.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            linked => linked?,
        }
        fs::rename(&next, &self.file)?;
        sync_folder(&self.file)
    }

    fn unusable(&self, error: &io::Error) -> CheckpointError {
        CheckpointError::File {
            file: self.file.clone(),
            reason: error.to_string(),
        }
    }

    fn untrusted(&self, reason: &str) -> CheckpointError {
        CheckpointError::Line {
            file: self.file.clone(),
            reason: reason.to_owned(),
        }
    }
}

/// The files of a node that are full and were set aside, and the one that is being written, which is
/// the last.
///
/// # Errors
/// When their folder cannot be read.
pub fn files(file: &Path) -> io::Result<Vec<PathBuf>> {
    let stem = stem(file);
    let mut found = Vec::new();
    let folder = folder(file);
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let position = name
                .strip_prefix(&format!("{stem}-"))
                .and_then(|rest| rest.strip_suffix(".jsonl"))
                .and_then(|rest| rest.parse::<i64>().ok());
            if let Some(position) = position {
                found.push((position, path.clone()));
            }
        }
    }
    found.sort();
    let mut files: Vec<_> = found.into_iter().map(|(_, path)| path).collect();
    if file.exists() {
        files.push(file.to_owned());
    }
    Ok(files)
}

async fn hash_at(storage: &dyn Storage, position: Position) -> Result<Option<Hash>, StoreError> {
    let before = Position::new(position.get() - 1).unwrap_or_default();
    let rows = storage.read(before, 1, &Filter::All).await?;
    let row = rows.first().filter(|row| row.position == position.get());
    Ok(row.map(|row| row.hash))
}

/// `checkpoints.jsonl` and `7` give `checkpoints-7.jsonl`.
fn beside(file: &Path, word: &str) -> PathBuf {
    file.with_file_name(format!("{}-{word}.jsonl", stem(file)))
}

fn stem(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn sync_folder(file: &Path) -> io::Result<()> {
    File::open(folder(file))?.sync_all()
}

#[cfg(test)]
mod tests;
