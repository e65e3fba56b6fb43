//! What came of providers' messages: none is lost without a trace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something was recorded.
    Recorded,
    /// All of it was known.
    Known,
    /// It is about nothing of ours.
    Foreign,
    /// It is of a kind that nothing follows from.
    Ignored,
    /// Nobody can tell who sent it.
    Forged,
    /// It cannot be read.
    Unreadable,
    /// A rule refused what it says.
    Refused,
    /// It could not be recorded; the provider sends it again.
    Failed,
}

impl Outcome {
    /// Every one, in order.
    pub const ALL: [Self; 8] = [
        Self::Recorded,
        Self::Known,
        Self::Foreign,
        Self::Ignored,
        Self::Forged,
        Self::Unreadable,
        Self::Refused,
        Self::Failed,
    ];

    /// Its word in metrics and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Known => "known",
            Self::Foreign => "foreign",
            Self::Ignored => "ignored",
            Self::Forged => "forged",
            Self::Unreadable => "unreadable",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// How many messages came to what on this node. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Counts(Arc<[AtomicU64; Outcome::ALL.len()]>);

impl Counts {
    /// Counts one.
    pub fn count(&self, outcome: Outcome) {
        if let Some(count) = self.0.get(outcome as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many there were of each.
    pub fn all(&self) -> impl Iterator<Item = (Outcome, u64)> {
        let counts = self.0.iter().map(|count| count.load(Ordering::Relaxed));
        Outcome::ALL.into_iter().zip(counts)
    }
}
