//! Many seeds, on every core, and what to say of one that fails.

use crate::run::{Outcome, run};
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What came of many runs.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many were run.
    pub runs: u64,
    /// How many events they recorded.
    pub events: u64,
    /// How many commands were given.
    pub commands: u64,
    /// The first one in which something did not hold.
    pub failed: Option<Outcome>,
}

/// Runs `count` seeds from `first` on, each in a thread and a runtime of its own, and stops soon after
/// one has failed. `on_run` is told of each.
pub fn run_all(first: u64, count: u64, on_run: impl Fn() + Sync) -> Tally {
    let (next, failing) = (AtomicU64::new(0), AtomicBool::new(false));
    let tally = Mutex::new(Tally::default());
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count || failing.load(Ordering::Relaxed) {
                        return;
                    }
                    let outcome = run(first.wrapping_add(index), false);
                    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                    tally.runs += 1;
                    tally.events += outcome.events as u64;
                    tally.commands += outcome.commands as u64;
                    if !outcome.violations.is_empty() {
                        failing.store(true, Ordering::Relaxed);
                        let earlier = tally.failed.as_ref().map(|failed| failed.seed);
                        if earlier.is_none_or(|earlier| outcome.seed < earlier) {
                            tally.failed = Some(outcome);
                        }
                    }
                    drop(tally);
                    on_run();
                }
            });
        }
    });
    tally.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The end of its trace, what did not hold, and how to see it again.
pub fn report(outcome: &Outcome) -> String {
    let mut text = String::new();
    for line in &outcome.trace {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(text, "\nseed {} broke a promise:", outcome.seed);
    for violation in &outcome.violations {
        let _ = writeln!(text, "  {violation}");
    }
    let _ = writeln!(
        text,
        "The whole of it: cargo xtask simulate --seed {} --trace",
        outcome.seed
    );
    text
}
