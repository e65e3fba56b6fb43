//! A node's clock: virtual time, and how far it is off.

use chrono::TimeDelta;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::time::Instant;
use tributary_domain::Timestamp;
use tributary_store::Clock;

/// Where every run begins, in milliseconds since 1970.
const START_MS: i64 = 1_800_000_000_000;

/// See the [module](self).
#[derive(Debug)]
pub struct NodeClock {
    start: Instant,
    off_ms: AtomicI64,
}

impl NodeClock {
    /// Off by so many milliseconds.
    pub fn new(start: Instant, off_ms: i64) -> Self {
        Self {
            start,
            off_ms: AtomicI64::new(off_ms),
        }
    }

    /// Steps by so many milliseconds, forwards or backwards.
    pub fn step(&self, by_ms: i64) {
        self.off_ms.fetch_add(by_ms, Ordering::Relaxed);
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        let start = Timestamp::from_timestamp_millis(START_MS).unwrap_or_default();
        start + TimeDelta::milliseconds(elapsed + self.off_ms.load(Ordering::Relaxed))
    }
}
