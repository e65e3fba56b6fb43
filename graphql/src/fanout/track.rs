//! What a feed tells the group that it feeds, beside its items.
//!
//! The place of an item must be known where the client does not select its `cursor`, too. The executor
//! resolves the items of a subscription's field one after the other, so a queue beside them stays in step:
//! one mark for each item, none for a fault.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tributary_domain::Position;

/// What is known of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// An event.
    Event {
        /// Its place in the log.
        place: Position,
        /// An earlier item that may no longer be shown as it was.
        withdraws: Option<Position>,
    },
    /// How something stands now, or what passes.
    Value,
}

/// See the [module](self). Lies in the data of a request whose items are wanted for a group.
#[derive(Debug, Default)]
pub(crate) struct Track {
    /// Where the feed begins, whatever `after` says.
    pub(crate) after: Option<Position>,
    /// Where it may end: a replay.
    pub(crate) until: Option<Position>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    marks: VecDeque<Mark>,
    reached: Position,
}

impl Track {
    /// From a place on, without an end.
    pub(crate) fn live(after: Position) -> Self {
        Self {
            after: Some(after),
            ..Self::default()
        }
    }

    /// From a place to another one, at least.
    pub(crate) fn range(after: Position, until: Position) -> Self {
        Self {
            after: Some(after),
            until: Some(until),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An item is handed to the executor.
    pub(crate) fn mark(&self, mark: Mark) {
        self.state().marks.push_back(mark);
    }

    /// All items up to here have been handed over.
    pub(crate) fn reach(&self, position: Position) {
        self.state().reached = position;
    }

    /// The mark of the item whose response came just now; `None` for a fault.
    pub(super) fn next(&self) -> Option<Mark> {
        self.state().marks.pop_front()
    }

    pub(super) fn reached(&self) -> Position {
        self.state().reached
    }
}
