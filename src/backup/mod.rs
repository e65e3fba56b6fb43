//! Backups: everything that cannot be computed again, in files of no particular database.
//!
//! | file | what |
//! |---|---|
//! | `manifest.json` | what the backup holds, with a digest of each file. Written last: without it a backup is not whole |
//! | `events.jsonl.zst` | all events, as `tributary log export` writes them, personal parts included |
//! | `receipts.jsonl.zst` | what makes commands safe to send again |
//! | `credentials.jsonl.zst` | hashed passwords and sealed stream keys |
//! | `checkpoints.jsonl` | this node's signed checkpoints up to there |
//! | `secret.key` | the installation's secret, where it was asked for |
//!
//! Receipts, credentials and the head are of one moment; the events up to that head never change.

mod manifest;
mod packed;
mod restore;
mod take;

pub use restore::{refuse_half, restore};
pub use take::take;

/// How far it is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Events that are through.
    pub done: u64,
    /// Events in all.
    pub total: u64,
}
