//! The data folder: one server at a time, whatever engine its log is on.

use anyhow::{Context as _, bail};
use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file that is locked, and that says which node ran here last.
const FILE: &str = "node.lock";

/// A data folder that this process has for itself for as long as this lives.
pub struct Folder {
    path: PathBuf,
    lock: File,
}

impl Folder {
    /// Takes the folder (makes it, for its owner alone, if need be), and tells which node had it
    /// before: that one is gone for certain.
    ///
    /// # Errors
    /// When another server has it, or it cannot be used.
    pub fn take(path: &Path) -> anyhow::Result<(Self, Option<Arc<str>>)> {
        let context = || format!("{} cannot be used as a data folder", path.display());
        crate::private::folder(path).with_context(context)?;
        let mut options = File::options();
        options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600);
        let mut lock = options.open(path.join(FILE)).with_context(context)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "{} is in use by another Tributary; stop it, or give this one another data folder",
                path.display()
            ),
            Err(TryLockError::Error(error)) => return Err(error).with_context(context),
        }
        let mut previous = String::new();
        lock.read_to_string(&mut previous).with_context(context)?;
        let previous = Some(previous.trim())
            .filter(|node| !node.is_empty())
            .map(Arc::from);
        let path = path.to_owned();
        Ok((Self { path, lock }, previous))
    }

    /// Notes which node runs here now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(&self, node: &str) -> anyhow::Result<()> {
        let mut lock = &self.lock;
        let mut write = || -> std::io::Result<()> {
            lock.set_len(0)?;
            lock.rewind()?;
            lock.write_all(node.as_bytes())?;
            lock.sync_all()
        };
        write().with_context(|| format!("{} cannot be written", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_server_and_remembers_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/data");
        let (first, before) = Folder::take(&path).unwrap();
        assert_eq!(before, None);
        first.note("a rather long name of a node").unwrap();
        first.note("one").unwrap();
        let refused = Folder::take(&path).err().unwrap().to_string();
        assert!(refused.contains("in use by another Tributary"), "{refused}");
        drop(first);
        let (_second, before) = Folder::take(&path).unwrap();
        assert_eq!(before.as_deref(), Some("one"));
    }
}
