//! How far a rebuild is.

use std::time::Duration;
use tokio::time::Instant;
use tributary_domain::Position;

/// How far a rebuild is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Folded up to here.
    pub position: Position,
    /// Where the log ends, as known now.
    pub head: Position,
    /// Events per second since the beginning.
    pub events_per_second: u64,
    /// How much longer it takes at this rate; `None` before a rate is known.
    pub remaining: Option<Duration>,
}

/// Measures a rebuild.
pub(super) struct Meter {
    began: Instant,
    from: Position,
}

impl Meter {
    pub(super) fn start(from: Position) -> Self {
        Self {
            began: Instant::now(),
            from,
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn progress(&self, position: Position, head: Position) -> Progress {
        let done = u128::from(position.since(self.from));
        let micros = self.elapsed().as_micros().max(1);
        let per_second = u64::try_from(done * 1_000_000 / micros).unwrap_or(u64::MAX);
        let left = u128::from(head.since(position));
        let remaining = (done > 0).then(|| {
            Duration::from_micros(u64::try_from(left * micros / done.max(1)).unwrap_or(u64::MAX))
        });
        Progress {
            position,
            head,
            events_per_second: per_second,
            remaining,
        }
    }
}
