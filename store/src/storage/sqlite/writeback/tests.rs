//! The write-ahead log (WAL) beside a disk that answers when the test wants it to.

use super::super::tests::{batch, check};
use super::super::{Descriptor, SqliteStorage, Tuning};
use super::Limits;
use crate::storage::{AppendError, Storage as _};
use rusqlite::Connection;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tributary_domain::Timestamp;

const LIMITS: Limits = Limits { slice: 8, wal: 64 };

/// Events of each append: with them a slice is due.
const EVENTS: i64 = 12;

/// As many appends as must do for the WAL to become too long, several times.
const APPENDS_MAX: i64 = 60;

/// A frame of the WAL: a page and its header.
const FRAME: u64 = 4_096 + 24;

/// What the disk is to do when it is asked.
#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Yes,
    NotYet,
    Fail,
}

struct Disk {
    answer: Mutex<Answer>,
    changed: Condvar,
    asked: Mutex<u32>,
}

impl Disk {
    fn that_says(answer: Answer) -> Arc<Self> {
        Arc::new(Self {
            answer: Mutex::new(answer),
            changed: Condvar::new(),
            asked: Mutex::new(0),
        })
    }

    fn now_says(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
        self.changed.notify_all();
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }

    fn sync(&self, file: &Descriptor) -> io::Result<()> {
        *self.asked.lock().unwrap() += 1;
        let answer = self.answer.lock().unwrap();
        let waits = |answer: &mut Answer| *answer == Answer::NotYet;
        match *self.changed.wait_while(answer, waits).unwrap() {
            Answer::Fail => Err(io::Error::other("the disk is broken")),
            Answer::Yes | Answer::NotYet => file.sync(),
        }
    }
}

struct Ground {
    folder: TempDir,
    disk: Arc<Disk>,
    storage: SqliteStorage,
    head: i64,
    /// The file as the disk surely has it: as it was when the log was opened.
    synced: Vec<u8>,
}

impl Ground {
    fn open(answer: Answer) -> Self {
        let folder = TempDir::new().unwrap();
        let disk = Disk::that_says(answer);
        let storage = open(folder.path(), &disk);
        let synced = fs::read(folder.path().join("log.db")).unwrap();
        Self {
            folder,
            disk,
            storage,
            head: 0,
            synced,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("log.db")
    }

    fn wal(&self) -> PathBuf {
        self.folder.path().join("log.db-wal")
    }

    /// Changes whenever the WAL is begun anew.
    fn salt(&self) -> Vec<u8> {
        fs::read(self.wal()).unwrap()[16..24].to_vec()
    }

    async fn append(&mut self) -> Result<(), AppendError> {
        self.storage.append(batch(self.head, EVENTS)).await?;
        self.head += EVENTS;
        Ok(())
    }

    /// Appends until it is so.
    async fn append_until(&mut self, so: impl Fn(&Self) -> bool) {
        for _ in 0..APPENDS_MAX {
            if so(self) {
                return;
            }
            self.append().await.unwrap();
        }
        panic!("not so after {APPENDS_MAX} appends");
    }

    /// Opens what a power cut leaves: the WAL, and of the file's pages those of `lost` as they were when
    /// the log was opened.
    async fn assert_a_power_cut_loses_nothing(&self, lost: impl Fn(usize) -> bool) {
        let left = TempDir::new().unwrap();
        let mut file = fs::read(self.file()).unwrap();
        for (number, page) in file.chunks_mut(4_096).enumerate() {
            if lost(number) {
                page.fill(0);
                let old = self.synced.chunks(4_096).nth(number).unwrap_or(&[]);
                page[..old.len()].copy_from_slice(old);
            }
        }
        fs::write(left.path().join("log.db"), file).unwrap();
        fs::copy(self.wal(), left.path().join("log.db-wal")).unwrap();
        let storage = open(left.path(), &Disk::that_says(Answer::Yes));
        check(&storage, self.head).await;
        storage.close().await;
    }
}

fn open(folder: &Path, disk: &Arc<Disk>) -> SqliteStorage {
    let disk = Arc::clone(disk);
    let tuning = Tuning {
        entries_max: 24,
        writeback: LIMITS,
        sync: Arc::new(move |file: &Descriptor| disk.sync(file)),
    };
    SqliteStorage::open_blocking(&folder.join("log.db"), tuning).unwrap()
}

#[tokio::test]
async fn the_wal_is_begun_anew_again_and_again_and_everything_is_there() {
    let mut ground = Ground::open(Answer::Yes);
    for _ in 0..3 {
        ground.append().await.unwrap();
        let salt = ground.salt();
        ground.append_until(|ground| ground.salt() != salt).await;
    }
    assert!(ground.disk.asked() >= 3);
    check(&ground.storage, ground.head).await;
    ground.storage.close().await;
    assert!(!ground.wal().exists(), "all of it is in the file");
    let storage = open(ground.folder.path(), &ground.disk);
    check(&storage, ground.head).await;
}

#[tokio::test]
async fn the_wal_is_not_begun_anew_before_the_disk_has_the_file() {
    let mut ground = Ground::open(Answer::NotYet);
    ground.append().await.unwrap();
    let salt = ground.salt();
    ground.append_until(|ground| ground.disk.asked() > 0).await;
    // As many as there may be before appends wait.
    for _ in 0..6 {
        ground.append().await.unwrap();
    }
    let file = fs::read(ground.file()).unwrap();
    assert!(file.len() > ground.synced.len(), "pages are in the file");
    assert_eq!(ground.salt(), salt);
    // None of what was written to the file may be on the disk, or any part.
    ground.assert_a_power_cut_loses_nothing(|_| true).await;
    ground
        .assert_a_power_cut_loses_nothing(|page| page % 2 == 0)
        .await;
    ground
        .assert_a_power_cut_loses_nothing(|page| page % 3 == 1)
        .await;
    ground.disk.now_says(Answer::Yes);
    ground.append_until(|ground| ground.salt() != salt).await;
    check(&ground.storage, ground.head).await;
}

#[tokio::test]
async fn a_disk_that_fails_ends_all_writing_and_nothing_is_lost() {
    let mut ground = Ground::open(Answer::Fail);
    ground.append().await.unwrap();
    let salt = ground.salt();
    let mut refused = Ok(());
    for _ in 0..APPENDS_MAX {
        refused = ground.append().await;
        if refused.is_err() {
            break;
        }
    }
    let refusal = refused.unwrap_err().to_string();
    assert!(refusal.contains("the disk is broken"), "{refusal}");
    // It stays so, though the disk would not tell again; for everything that writes.
    ground.disk.now_says(Answer::Yes);
    ground.append().await.unwrap_err();
    let beat = ground.storage.beat("a node", Timestamp::UNIX_EPOCH).await;
    assert!(beat.unwrap_err().to_string().contains("nothing is lost"));
    check(&ground.storage, ground.head).await;
    assert_eq!(ground.salt(), salt);
    ground.storage.close().await;
    assert_eq!(ground.salt(), salt, "closing does not take it for written");
    ground.assert_a_power_cut_loses_nothing(|_| true).await;
    // A new start goes on from the WAL.
    ground.storage = open(ground.folder.path(), &ground.disk);
    check(&ground.storage, ground.head).await;
    ground.append_until(|ground| ground.salt() != salt).await;
    check(&ground.storage, ground.head).await;
}

#[tokio::test]
async fn appends_wait_for_a_slow_disk_rather_than_let_the_wal_grow() {
    let mut ground = Ground::open(Answer::NotYet);
    let bound = FRAME * 2 * u64::try_from(LIMITS.wal + 4 * LIMITS.slice).unwrap();
    let mut longest = 0;
    for _ in 0..APPENDS_MAX {
        let next = batch(ground.head, EVENTS);
        let mut append = ground.storage.append(next);
        let at_once = tokio::time::timeout(Duration::from_millis(500), &mut append).await;
        if at_once.is_err() {
            ground.disk.now_says(Answer::Yes);
            append.await.unwrap();
        } else {
            drop(append);
        }
        ground.head += EVENTS;
        longest = longest.max(fs::metadata(ground.wal()).unwrap().len());
    }
    assert!(longest <= bound, "{longest} of {bound} bytes");
    check(&ground.storage, ground.head).await;
}

#[tokio::test]
async fn who_reads_for_long_holds_it_up_and_no_longer() {
    let mut ground = Ground::open(Answer::Yes);
    ground.append().await.unwrap();
    let salt = ground.salt();
    let reader = Connection::open(ground.file()).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let count = |reader: &Connection| -> i64 {
        let sql = "SELECT count(*) FROM events";
        reader.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count(&reader), ground.head);
    let seen = ground.head;
    for _ in 0..APPENDS_MAX {
        ground.append().await.unwrap();
    }
    assert_eq!(count(&reader), seen);
    assert_eq!(ground.salt(), salt);
    reader.execute_batch("COMMIT").unwrap();
    ground.append_until(|ground| ground.salt() != salt).await;
    check(&ground.storage, ground.head).await;
}
