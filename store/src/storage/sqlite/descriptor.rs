//! This process' own descriptor of a log's file, by which a thread asks the disk for it.
//!
//! POSIX gives a file's locks to the process: closing *any* descriptor of the file drops those that SQLite
//! holds through its own, and another process would then take the file for its alone. So there is one
//! descriptor for each file, every connection of this process holds on to it, and it is closed after
//! the last of them.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What tells a file from others, whatever it is called.
type Identity = (u64, u64);

struct Open {
    identity: Identity,
    file: Arc<File>,
    holders: usize,
}

static OPEN: Mutex<Vec<Open>> = Mutex::new(Vec::new());

/// See the [module](self). To be taken before the connection that it is for is opened, and dropped after
/// that one is closed.
pub(crate) struct Descriptor(Identity);

fn identity(of: &Metadata) -> Identity {
    (of.dev(), of.ino())
}

impl Descriptor {
    /// Of a file that exists.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = identity(&fs::metadata(path)?);
        if let Some(known) = open.iter_mut().find(|known| known.identity == wanted) {
            known.holders += 1;
            return Ok(Self(wanted));
        }
        let file = File::open(path)?;
        let identity = identity(&file.metadata()?);
        open.push(Open {
            identity,
            file: Arc::new(file),
            holders: 1,
        });
        Ok(Self(identity))
    }

    /// Waits until the disk has all that was written to the file before, by whomever.
    pub(super) fn sync(&self) -> io::Result<()> {
        let file = {
            let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
            let known = open.iter().find(|known| known.identity == self.0);
            known.map(|known| Arc::clone(&known.file))
        };
        // The list holds on to it for longer than this does: it is not closed here.
        file.ok_or(io::ErrorKind::NotFound)?.sync_data()
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // Closed with the list in hand: who asks for the file meanwhile opens it after that.
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = open.iter().position(|known| known.identity == self.0) {
            open[index].holders -= 1;
            if open[index].holders == 0 {
                open.swap_remove(index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_descriptor_until_nobody_holds_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "something").unwrap();
        let holders = |of: &Descriptor| {
            let open = OPEN.lock().unwrap();
            let known = open.iter().find(|known| known.identity == of.0);
            known.map(|known| known.holders)
        };
        let first = Descriptor::of(&path).unwrap();
        // The same file by another name.
        let link = folder.path().join("link");
        fs::hard_link(&path, &link).unwrap();
        let second = Descriptor::of(&link).unwrap();
        assert_eq!(holders(&first), Some(2));
        drop(first);
        assert_eq!(holders(&second), Some(1));
        second.sync().unwrap();
        let gone = Descriptor(second.0);
        drop(second);
        assert_eq!(holders(&gone), None);
        assert!(gone.sync().is_err());
    }
}
