//! How long small commits take: what decides whether a thread of the runtime may stand still for one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A thread of the runtime stands still for no longer than this, usually. To hand a commit to another
/// thread and be woken by it takes about a tenth of that, and more on a busy machine.
const QUICK: Duration = Duration::from_millis(1);

/// How many commits a new one weighs against.
const WEIGHT: u64 = 8;

/// A moving average, in microseconds. Starts as quick.
#[derive(Debug, Default)]
pub(super) struct Pace(AtomicU64);

impl Pace {
    /// Carries something out and takes its time.
    pub(super) fn time<T>(&self, work: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let done = work();
        self.took(begin.elapsed());
        done
    }

    fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX / WEIGHT);
        let before = self.0.load(Ordering::Relaxed);
        let after = before.saturating_mul(WEIGHT - 1).saturating_add(micros) / WEIGHT;
        self.0.store(after, Ordering::Relaxed);
    }

    /// Whether the next one may be waited for.
    pub(super) fn is_quick(&self) -> bool {
        Duration::from_micros(self.0.load(Ordering::Relaxed)) <= QUICK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_disk_is_not_waited_for_until_it_is_quick_again() {
        let pace = Pace::default();
        assert!(pace.is_quick());
        pace.took(Duration::from_millis(5));
        assert!(pace.is_quick(), "one may be an accident");
        (0..3).for_each(|_| pace.took(Duration::from_millis(5)));
        assert!(!pace.is_quick());
        (0..20).for_each(|_| pace.took(Duration::from_micros(120)));
        assert!(pace.is_quick());
    }
}
