//! How far each projection is, and whether it goes on.

use tributary_domain::Position;

/// What a projection is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectionState {
    /// No projector runs it here.
    Stopped,
    /// It follows the log.
    Running,
    /// Another node runs it; this one reads the rows that are written there.
    Following,
    /// It could not go on and tries again.
    Retrying {
        /// Why, for a person.
        reason: String,
    },
    /// It met an event that it cannot fold, and stopped there: it never skips. The others go on.
    /// Restarting, or a rebuild by a program that can fold the event, lets it go on.
    Parked {
        /// The event.
        at: Position,
        /// Why, for a person.
        reason: String,
    },
    /// Another projector took over this projection; this one has stopped.
    Fenced,
}

/// One projection in health and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionStatus {
    /// Which.
    pub name: &'static str,
    /// Its rows stand at this position.
    pub position: Position,
    /// How many events the log is ahead.
    pub lag: u64,
    /// What it is doing.
    pub state: ProjectionState,
}

/// The read models did not get as far as asked in the time given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the read models are at {reached} and were asked for {wanted}; behind: {}", behind.join(", "))]
pub struct TooSlow {
    /// The position that was asked for.
    pub wanted: Position,
    /// The position that every projection has reached.
    pub reached: Position,
    /// The projections that are not there yet.
    pub behind: Vec<&'static str>,
}
