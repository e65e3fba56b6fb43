//! A disk that holds only what was synced; see `lost_writes.c`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/lost_writes.c");

/// What a folder would hold after a power cut, beside what it holds.
pub struct SyncedOnly {
    library: PathBuf,
    folder: PathBuf,
    shadow: PathBuf,
    lie: PathBuf,
}

impl SyncedOnly {
    /// Watches a folder, which need not be there yet. What survives comes into `shadow`. The library is
    /// made in `beside`.
    pub fn new(beside: &Path, folder: &Path, shadow: &Path) -> Self {
        let library = beside.join("lost_writes.so");
        let made = Command::new("cc")
            .args(["-O2", "-shared", "-fPIC", "-o"])
            .arg(&library)
            .args([SOURCE, "-ldl"])
            .status();
        assert!(made.unwrap().success(), "lost_writes.c is not compiled");
        Self {
            library,
            lie: beside.join("the-disk-lies"),
            folder: folder.to_owned(),
            shadow: shadow.to_owned(),
        }
    }

    /// The environment of the processes that write there.
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("LD_PRELOAD", &self.library),
            ("LOST_WRITES_FOLDER", &self.folder),
            ("LOST_WRITES_SHADOW", &self.shadow),
            ("LOST_WRITES_LIE", &self.lie),
        ]
        .map(|(name, path)| (name, path.to_str().unwrap().to_owned()))
    }

    /// From now on nothing survives, whatever is synced.
    pub fn lie(&self) {
        File::create(&self.lie).unwrap();
    }

    /// Bytes that survived.
    pub fn size(&self) -> u64 {
        fn of(folder: &Path) -> u64 {
            let entries = fs::read_dir(folder).unwrap().flatten();
            entries
                .map(|entry| match entry.metadata() {
                    Ok(data) if data.is_dir() => of(&entry.path()),
                    Ok(data) => data.len(),
                    Err(_) => 0,
                })
                .sum()
        }
        of(&self.shadow)
    }
}
