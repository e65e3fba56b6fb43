//! One clock for all processes of a benchmark: what one stamps another can read.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds since the machine started.
pub fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    seconds * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or_default()
}
