//! What may happen between a projector and its database.

use futures::future::BoxFuture;

/// What a projector does with its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reads a checkpoint outside a transaction.
    Look,
    /// Begins a transaction.
    Begin,
    /// Reads rows.
    Read,
    /// Writes or deletes rows.
    Write,
    /// Raises a projection's epoch.
    TakeOver,
    /// Moves a checkpoint.
    Move,
    /// Commits.
    Commit,
}

/// What becomes of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is done.
    Done,
    /// The connection breaks before it takes effect.
    LostBefore,
    /// The connection breaks when it has taken effect, before the answer.
    LostAfter,
    /// The rows of a commit are written, and the checkpoint is not. No engine does so: it shows that
    /// what is checked can fail.
    Torn,
    /// The node that asks is gone: its connections close, and nothing is ever answered.
    Gone,
}

/// Decides how long each step takes and what becomes of it.
pub trait Weather: Send + Sync + 'static {
    /// Waits until the step reaches the database, and says what becomes of it there.
    fn before(&self, step: Step) -> BoxFuture<'_, Fate>;
    /// Waits until the answer is back at the node: [`Fate::Done`] or [`Fate::Gone`].
    fn after(&self, step: Step) -> BoxFuture<'_, Fate>;
}

/// Nothing goes wrong, at once.
pub(super) struct Calm;

impl Weather for Calm {
    fn before(&self, _: Step) -> BoxFuture<'_, Fate> {
        Box::pin(std::future::ready(Fate::Done))
    }
    fn after(&self, _: Step) -> BoxFuture<'_, Fate> {
        Box::pin(std::future::ready(Fate::Done))
    }
}
