//! What the operator is told of moving recordings into the bucket.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counted since the process began, or as it is now.
#[derive(Debug, Default)]
pub struct Status {
    waiting: AtomicU64,
    waiting_bytes: AtomicU64,
    kept_bytes: AtomicU64,
    failures: AtomicU64,
}

impl Status {
    pub(super) fn waiting(&self, (recordings, bytes): (u64, u64)) {
        self.waiting.store(recordings, Relaxed);
        self.waiting_bytes.store(bytes, Relaxed);
    }

    pub(super) fn kept(&self, bytes: u64) {
        self.kept_bytes.fetch_add(bytes, Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failures.fetch_add(1, Relaxed);
    }

    /// Complete recordings that wait to be moved from this node's disk, and their bytes.
    pub fn backlog(&self) -> (u64, u64) {
        (self.waiting.load(Relaxed), self.waiting_bytes.load(Relaxed))
    }

    /// Bytes of recordings that this node has moved.
    pub fn kept_bytes(&self) -> u64 {
        self.kept_bytes.load(Relaxed)
    }

    /// Times that something could not be done in the bucket.
    pub fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }
}
