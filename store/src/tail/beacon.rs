//! How far the log is durable, for all who wait for more.
//!
//! Tokio's `watch` would do, but it wakes those who wait in an order by chance, and a simulation must be
//! able to repeat what happens. This wakes them in the order in which they came.

use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::Notify;
use tributary_domain::Position;

/// A position that only grows.
#[derive(Debug)]
pub(super) struct Beacon {
    position: AtomicI64,
    grown: Notify,
}

impl Beacon {
    pub(super) fn at(position: Position) -> Self {
        Self {
            position: AtomicI64::new(position.get()),
            grown: Notify::new(),
        }
    }

    pub(super) fn position(&self) -> Position {
        Position::new(self.position.load(Ordering::Acquire)).unwrap_or_default()
    }

    /// Grows to `position` and wakes who waits, unless it is there already.
    pub(super) fn grow(&self, position: Position) {
        let before = self.position.fetch_max(position.get(), Ordering::AcqRel);
        if before < position.get() {
            self.grown.notify_waiters();
        }
    }

    /// Waits until it is beyond `position`; where it is then.
    pub(super) async fn beyond(&self, position: Position) -> Position {
        loop {
            // Made before the look: what grows after the look wakes it.
            let grown = self.grown.notified();
            let now = self.position();
            if now > position {
                return now;
            }
            grown.await;
        }
    }
}
