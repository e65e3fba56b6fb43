//! Folders that are their owner's alone: they hold the secret, the log and the control socket.

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// Makes a folder, and those above it that are missing, so that only its owner may look inside. One
/// that exists stays as it is: who may see it was somebody's choice.
///
/// # Errors
/// When it cannot be made.
pub fn folder(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}
