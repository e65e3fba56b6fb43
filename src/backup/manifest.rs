//! What a backup holds.

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use tributary_domain::{Position, Timestamp};
use tributary_store::checkpoint::to_hex;

/// The manifest's own file.
pub const FILE: &str = "manifest.json";
/// All events.
pub const EVENTS: &str = "events.jsonl.zst";
/// What makes commands safe to send again.
pub const RECEIPTS: &str = "receipts.jsonl.zst";
/// Hashed and sealed secrets.
pub const CREDENTIALS: &str = "credentials.jsonl.zst";
/// Signed checkpoints.
pub const CHECKPOINTS: &str = "checkpoints.jsonl";
/// The installation's secret.
pub const SECRET: &str = "secret.key";

/// The form of backups that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// Bytes that are read at once for a digest.
const CHUNK: usize = 256 * 1024;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the backup's form.
    pub format: u32,
    /// The version that wrote it.
    pub program: String,
    /// When.
    pub taken_at: Timestamp,
    /// The last event's place: as many events there are.
    pub position: Position,
    /// Its hash.
    pub hash: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// How many receipts there are.
    pub receipts: u64,
    /// How many credentials there are.
    pub credentials: u64,
    /// Every other file.
    pub files: BTreeMap<String, FileEntry>,
}

/// A file, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its length.
    pub bytes: u64,
    /// Its digest, in hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// When there is none, or it is of a newer program.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => anyhow::bail!(
                "{} holds no whole backup: it has no {FILE}, which is written last",
                folder.display()
            ),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let damaged = || format!("{} is damaged", path.display());
        let version: serde_json::Value = serde_json::from_slice(&text).with_context(damaged)?;
        let format = version.get("format").and_then(serde_json::Value::as_u64);
        ensure!(
            format == Some(FORMAT.into()),
            "the backup has format {}, and this Tributary knows {FORMAT}; restore it with the one \
             that took it",
            format.map_or("none".to_owned(), |format| format.to_string())
        );
        serde_json::from_slice(&text).with_context(damaged)
    }

    /// Compares every file with what was written.
    ///
    /// # Errors
    /// When one is missing or was changed.
    pub fn check(&self, folder: &Path) -> anyhow::Result<()> {
        for (name, entry) in &self.files {
            let path = folder.join(name);
            let found =
                digest(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            ensure!(
                found == *entry,
                "{} is not the file that was written: {} bytes, sha256 {} instead of {} bytes, {}",
                path.display(),
                found.bytes,
                found.sha256,
                entry.bytes,
                entry.sha256
            );
        }
        Ok(())
    }
}

/// A file's length and digest.
pub fn digest(path: &Path) -> std::io::Result<FileEntry> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            break;
        }
        hasher.update(&chunk[..length]);
        bytes += u64::try_from(length).unwrap_or(0);
    }
    let sha256 = to_hex(&hasher.finalize());
    Ok(FileEntry { bytes, sha256 })
}
