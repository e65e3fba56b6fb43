//! Counters for metrics.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A node's counters. Gauges are as of now; totals run from the start of the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Broadcasts that have not ended, with or without a publisher.
    pub broadcasts: u64,
    /// Publishers attached now.
    pub publishers: u64,
    /// Viewers now.
    pub viewers: u64,
    /// Publishers ever attached.
    pub publishers_total: u64,
    /// Viewers ever.
    pub viewers_total: u64,
    /// Payload bytes of tags that came in.
    pub ingest_bytes: u64,
    /// Bytes handed to viewers.
    pub egress_bytes: u64,
    /// Tags that came in.
    pub frames: u64,
    /// Times a viewer fell behind the ring and jumped.
    pub jumps: u64,
    /// Viewers that were cut because they did not take what they were given.
    pub viewers_cut: u64,
}

/// One broadcast's counters, since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BroadcastStats {
    /// Whether a publisher is attached.
    pub is_live: bool,
    /// Viewers now.
    pub viewers: u64,
    /// Payload bytes of tags that came in.
    pub ingest_bytes: u64,
    /// Bytes handed to viewers.
    pub egress_bytes: u64,
    /// Tags that came in.
    pub frames: u64,
}

/// The counters behind [`Stats`] and [`BroadcastStats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub publishers: AtomicU64,
    pub viewers: AtomicU64,
    pub publishers_total: AtomicU64,
    pub viewers_total: AtomicU64,
    pub ingest_bytes: AtomicU64,
    pub egress_bytes: AtomicU64,
    pub frames: AtomicU64,
    pub jumps: AtomicU64,
    pub viewers_cut: AtomicU64,
}

impl Counters {
    pub(crate) fn stats(&self, broadcasts: u64) -> Stats {
        Stats {
            broadcasts,
            publishers: self.publishers.load(Relaxed),
            viewers: self.viewers.load(Relaxed),
            publishers_total: self.publishers_total.load(Relaxed),
            viewers_total: self.viewers_total.load(Relaxed),
            ingest_bytes: self.ingest_bytes.load(Relaxed),
            egress_bytes: self.egress_bytes.load(Relaxed),
            frames: self.frames.load(Relaxed),
            jumps: self.jumps.load(Relaxed),
            viewers_cut: self.viewers_cut.load(Relaxed),
        }
    }

    pub(crate) fn ingested(&self, bytes: usize) {
        self.ingest_bytes.fetch_add(bytes as u64, Relaxed);
        self.frames.fetch_add(1, Relaxed);
    }

    pub(crate) fn played(&self, bytes: usize) {
        self.egress_bytes.fetch_add(bytes as u64, Relaxed);
    }
}
