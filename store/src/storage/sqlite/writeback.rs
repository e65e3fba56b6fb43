//! How pages come from the write-ahead log (WAL) into the file: beside the appends, and not in their way.
//!
//! Left to itself, SQLite does that within the commit that makes the WAL 1,000 pages long: it copies them and
//! waits until the disk has the file. All commands that come meanwhile, 10 ms and more, wait with it. Here:
//!
//! 1. **Slices.** Every few hundred pages, once the append's answer is out, what the WAL held at the slice before
//!    is copied (`PRAGMA wal_checkpoint(PASSIVE)` on the one connection that writes). Another connection, the
//!    *pin*, reads the log as it was then, so that the copying ends before the end of the WAL; and SQLite asks
//!    the disk for the file only when it comes to that end (`walCheckpoint` in its wal.c).
//! 2. **Syncs.** A thread asks the disk for what was copied, while appends and slices go on: behind each slice,
//!    if it has answered for those before. All of it at once, at the end, would keep the disk from the
//!    appends' own syncs for many milliseconds. When the WAL is long enough it is asked again for what was
//!    copied meanwhile, which is less each time.
//! 3. **The end.** The pin lets go, the little that is left is copied, and SQLite itself asks the disk for the
//!    file. The next append begins the WAL anew.
//!
//! That nothing is lost rests on SQLite alone: every connection has `synchronous=FULL`, and the WAL is begun anew
//! only after a checkpoint that came to its end had the file synced (`walRestartLog`: no page is missing in
//! the file, and nobody reads from the WAL). Until then it holds every page, and what a crash leaves of the
//! file is written from it again. The thread's syncs only leave little to do for the last one. But they must not
//! hide that the disk has failed: the kernel tells so once, and takes the pages for written. So a sync that
//! failed, the thread's or SQLite's, ends all writing until the server is started anew; the WAL then
//! still holds it all.
//!
//! The WAL grows to twice [`WAL_PAGES`] at most, then appends wait for the disk; and by what is appended
//! while somebody reads the log as it was long ago.

use super::descriptor::Descriptor;
use super::opening::connect_reader;
use super::syncer::{Sync, Syncer};
use super::worker::Tool;
use crate::error::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ffi};
use std::path::Path;

/// A slice, in pages: about a millisecond.
pub(super) const SLICE_PAGES: usize = 256;

/// From this length on, in pages, the WAL is to begin anew: 32 MiB.
pub(super) const WAL_PAGES: usize = 8_192;

/// How often the disk is asked beforehand at most. What comes in while it answers becomes less each time.
const SYNCS_MAX: u32 = 4;

/// Pages that an append writes beside those of its events: the head, and the ends of tables and indexes.
const PAGES_BESIDE: usize = 4;

/// Rows whose events and index entries fill a page, about.
const ROWS_PER_PAGE: u64 = 6;

/// The connection that writes, and what brings its pages into the file.
pub(super) struct Writer {
    /// Its transaction reads the log as it was at the last slice. Stands first because it is to be closed
    /// first: what the WAL holds at the end is the affair of the connection that writes.
    pin: Connection,
    pinned: bool,
    connection: Connection,
    disk: Syncer,
    limits: Limits,
    /// Pages that were written since the last slice, about.
    written: usize,
    phase: Phase,
    /// How long the WAL may become before the disk is asked.
    ask_at: usize,
    /// Why nothing is written any more.
    failed: Option<String>,
}

/// See [`SLICE_PAGES`] and [`WAL_PAGES`].
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) slice: usize,
    pub(super) wal: usize,
}

#[derive(Clone, Copy)]
enum Phase {
    Gathering,
    /// The disk was asked so many times, the last time when the WAL was so long.
    Syncing {
        asked: u32,
        at: usize,
    },
}

/// The WAL, in pages.
struct Wal {
    pages: usize,
    copied: usize,
}

/// Why a slice was not done.
enum Trouble {
    /// The disk did not take the file.
    Sync(String),
    /// Something that may pass, such as a full disk.
    Passing(rusqlite::Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(code) if code.extended_code == ffi::SQLITE_IOERR_FSYNC => {
                Self::Sync(error.to_string())
            }
            _ => Self::Passing(error),
        }
    }
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        file: &Path,
        limits: Limits,
        sync: Sync,
    ) -> Result<Self, StoreError> {
        connection
            .pragma_update(None, "wal_autocheckpoint", 0)
            .map_err(super::unavailable)?;
        let descriptor = Descriptor::of(file).map_err(super::unavailable)?;
        Ok(Self {
            connection,
            pin: connect_reader(file)?,
            pinned: false,
            disk: Syncer::start(descriptor, sync)?,
            limits,
            written: 0,
            phase: Phase::Gathering,
            ask_at: limits.wal,
            failed: None,
        })
    }

    /// Writes, unless nothing may be written any more.
    pub(super) fn write<T>(&mut self, job: impl FnOnce(&mut Connection) -> T) -> Result<T, String> {
        if let Some(reason) = &self.failed {
            return Err(reason.clone());
        }
        let before = self.connection.total_changes();
        let done = job(&mut self.connection);
        let rows = self.connection.total_changes() - before;
        let pages = usize::try_from(rows / ROWS_PER_PAGE).unwrap_or(0);
        self.written += PAGES_BESIDE + pages;
        Ok(done)
    }

    /// Copies all pages and cuts the WAL to nothing. False if somebody reads from it.
    pub(super) fn cut_wal(&mut self) -> Result<bool, String> {
        if let Some(reason) = &self.failed {
            return Err(reason.clone());
        }
        let cut = self.release().and_then(|()| {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            let busy = self
                .connection
                .query_row(sql, [], |row| row.get::<_, bool>(0));
            busy.map_err(Trouble::from)
        });
        match cut {
            Ok(true) => Ok(false),
            Ok(false) => {
                self.phase = Phase::Gathering;
                self.ask_at = self.limits.wal;
                Ok(true)
            }
            Err(Trouble::Sync(error)) => Err(self.give_up(&error)),
            Err(Trouble::Passing(error)) => Err(error.to_string()),
        }
    }

    /// Smaller ones while the disk is asked: what is left for the end is about three of them.
    fn slice_pages(&self) -> usize {
        match self.phase {
            Phase::Gathering => self.limits.slice,
            Phase::Syncing { .. } => self.limits.slice / 4,
        }
    }

    fn slice(&mut self) -> Result<(), Trouble> {
        let answered = self.disk.is_done().map_err(Trouble::Sync)?;
        if !self.pinned {
            return self.pin();
        }
        let wal = self.copy()?;
        self.release()?;
        self.pin()?;
        match self.phase {
            Phase::Gathering if wal.pages < self.ask_at => {
                if answered {
                    self.disk.ask();
                }
                Ok(())
            }
            Phase::Gathering => {
                self.ask(1, wal.pages);
                Ok(())
            }
            Phase::Syncing { asked, at } => {
                if !answered {
                    if wal.pages < self.ask_at + self.limits.wal {
                        return Ok(());
                    }
                    self.disk.wait();
                    self.disk.is_done().map_err(Trouble::Sync)?;
                }
                if asked < SYNCS_MAX && wal.pages > at + 2 * self.slice_pages() {
                    self.ask(asked + 1, wal.pages);
                    return Ok(());
                }
                self.finish()
            }
        }
    }

    fn ask(&mut self, asked: u32, at: usize) {
        self.disk.ask();
        self.phase = Phase::Syncing { asked, at };
    }

    fn finish(&mut self) -> Result<(), Trouble> {
        self.phase = Phase::Gathering;
        self.release()?;
        let wal = self.copy()?;
        self.ask_at = self.limits.wal;
        if wal.copied < wal.pages {
            // Somebody reads what is older: it is tried again after as much.
            self.ask_at += wal.pages;
            self.pin()?;
        }
        Ok(())
    }

    /// Copies as many pages as no reader needs as they were.
    fn copy(&mut self) -> Result<Wal, Trouble> {
        let copied = self
            .connection
            .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?
            .query_row([], |row| {
                Ok(Wal {
                    pages: row.get(1)?,
                    copied: row.get(2)?,
                })
            });
        Ok(copied?)
    }

    fn pin(&mut self) -> Result<(), Trouble> {
        self.pin.prepare_cached("BEGIN")?.execute([])?;
        self.pinned = true;
        // It reads from now on.
        let mut head = self.pin.prepare_cached("SELECT id FROM log_head")?;
        head.query_row([], |_| Ok(()))?;
        Ok(())
    }

    fn release(&mut self) -> Result<(), Trouble> {
        if std::mem::take(&mut self.pinned) {
            self.pin.prepare_cached("COMMIT")?.execute([])?;
        }
        Ok(())
    }

    fn give_up(&mut self, error: &str) -> String {
        let reason = format!(
            "the disk has not taken the log's file ({error}), and nothing more is written; nothing is lost: \
             look after the disk, then start the server anew, which goes on from the write-ahead log"
        );
        tracing::error!("{reason}");
        // Not even when the connection is closed: it would look as if all had gone well.
        let kept = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        if let Err(error) = self.connection.set_db_config(kept, true) {
            tracing::error!(%error, "the write-ahead log may not be kept");
        }
        self.failed = Some(reason.clone());
        reason
    }
}

impl Tool for Writer {
    fn has_chores(&self) -> bool {
        self.written >= self.slice_pages() && self.failed.is_none()
    }

    fn do_chores(&mut self) {
        self.written = 0;
        match self.slice() {
            Ok(()) => {}
            Err(Trouble::Sync(error)) => {
                self.give_up(&error);
            }
            Err(Trouble::Passing(error)) => {
                tracing::warn!(%error, "the write-ahead log grows until this passes");
            }
        }
    }
}

#[cfg(test)]
mod tests;
