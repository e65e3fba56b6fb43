//! What happened in a run, in order: the same seed gives the same trace, byte for byte.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// How many of the last lines are kept unless all are wanted.
const KEPT_MAX: usize = 120;

/// See the [module](self).
#[derive(Debug)]
pub struct Trace {
    inner: Mutex<Inner>,
    start: Instant,
    keep_all: bool,
}

#[derive(Debug)]
struct Inner {
    hash: u64,
    count: u64,
    lines: VecDeque<String>,
}

impl Trace {
    /// Begins now, on the runtime's clock.
    pub fn new(keep_all: bool) -> Self {
        Self {
            inner: Mutex::new(Inner {
                hash: 0xcbf2_9ce4_8422_2325,
                count: 0,
                lines: VecDeque::new(),
            }),
            start: Instant::now(),
            keep_all,
        }
    }

    /// Milliseconds of the run so far.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Adds a line.
    pub fn note(&self, what: fmt::Arguments<'_>) {
        let line = format!("{:>7} ms  {what}", self.now_ms());
        let mut inner = self.inner();
        inner.count += 1;
        // FNV-1a: all that is needed is that two different traces are told apart.
        for byte in line.bytes() {
            inner.hash = (inner.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if !self.keep_all && inner.lines.len() == KEPT_MAX {
            inner.lines.pop_front();
        }
        inner.lines.push_back(line);
    }

    /// A number for the whole trace so far.
    pub fn hash(&self) -> u64 {
        self.inner().hash
    }

    /// How many lines there were.
    pub fn count(&self) -> u64 {
        self.inner().count
    }

    /// The lines that were kept.
    pub fn lines(&self) -> Vec<String> {
        self.inner().lines.iter().cloned().collect()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
