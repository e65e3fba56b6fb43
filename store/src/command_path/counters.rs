//! What the command path counts, and whether it can append.

use super::Receipt;
use crate::error::CommandError;
use chrono::TimeDelta;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use tributary_domain::Timestamp;

/// What the command path of this node has done since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Commands that were answered with a receipt.
    pub commands_carried_out: u64,
    /// Commands that a rule refused, or whose id was used before for something else.
    pub commands_refused: u64,
    /// Commands that failed for no fault of theirs.
    pub commands_failed: u64,
    /// Commands between being taken in and being answered, now.
    pub commands_under_way: u64,
    /// Events that were appended.
    pub events: u64,
    /// Transactions that they were appended in.
    pub batches: u64,
}

/// [`Stats`], as they are counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(super) carried_out: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) under_way: AtomicU64,
    pub(super) events: AtomicU64,
    pub(super) batches: AtomicU64,
    /// Since when, and why, nothing can be appended.
    trouble: Mutex<Option<(Timestamp, String)>>,
}

/// How long after the last attempt a node counts as one that cannot append. It must end by itself: a node
/// that is sent no commands while it is not ready makes no attempts.
const TROUBLE_FOR: TimeDelta = TimeDelta::seconds(10);

impl Counters {
    /// Why the last attempt to append failed, if that was a moment ago.
    pub(crate) fn trouble(&self, now: Timestamp) -> Option<String> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, reason) = trouble.as_ref()?;
        (now - at < TROUBLE_FOR).then(|| reason.clone())
    }

    pub(super) fn attempted(&self, trouble: Option<(Timestamp, String)>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    pub(crate) fn read(&self) -> Stats {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            commands_carried_out: of(&self.carried_out),
            commands_refused: of(&self.refused),
            commands_failed: of(&self.failed),
            commands_under_way: of(&self.under_way),
            events: of(&self.events),
            batches: of(&self.batches),
        }
    }

    pub(super) fn answered(&self, answer: &Result<Receipt, CommandError>) {
        let counter = match answer {
            Ok(_) => &self.carried_out,
            Err(CommandError::Rejected(_) | CommandError::IdReused) => &self.refused,
            Err(
                CommandError::Overloaded
                | CommandError::Unavailable(_)
                | CommandError::UnknownOutcome
                | CommandError::ShuttingDown,
            ) => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
