//! What follows from events without a person asking. Each policy is a pure fold with a question: which
//! commands are due now?

mod end_abandoned_streams;
mod lift_expired_holds;

pub use end_abandoned_streams::EndAbandonedStreams;
pub use lift_expired_holds::LiftExpiredHolds;

use crate::command::Command;
use crate::{Position, Recorded, Timestamp};

/// What a policy wants done.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// The event that it follows from. One event is acted upon at most once.
    pub cause: Position,
    /// What is asked.
    pub command: Command,
}

/// A rule that acts by itself. Its state is a fold of the log from any place before
/// [`waits_for`](Self::waits_for) on.
pub trait Policy: Send + Sync {
    /// Names it: for what it causes.
    fn name(&self) -> &'static str;

    /// The same policy, which has seen nothing.
    fn anew(&self) -> Box<dyn Policy>;

    /// Takes in what happened.
    fn observe(&mut self, recorded: &Recorded);

    /// What is due at `now`.
    fn due(&self, now: Timestamp) -> Vec<Due>;

    /// When [`due`](Self::due) may next have something.
    fn next_at(&self) -> Option<Timestamp>;

    /// What followed from `cause` is done, or turned out not to be called for.
    fn settled(&mut self, cause: Position);

    /// The oldest event that may still lead to something.
    fn waits_for(&self) -> Option<Position>;
}
