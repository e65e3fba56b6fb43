//! What goes into the decider and comes out of it.

use crate::storage::StoredReceipt;
use tributary_domain::{ChannelId, Event, HistoryId, Position, Rejection, State};

/// Names a command within the decider, from [`Decider::submit`] to its [`Answer`].
pub type Ticket = u64;

/// Something to be read before a command can be decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Need {
    /// A history.
    History(HistoryId),
    /// Whether a command id was used: scope and id.
    Receipt(String, String),
}

/// What was read for a [`Need`].
#[derive(Debug, Clone)]
pub enum Loaded {
    /// The state of a history and the sequence of its last event (0 if it has none).
    History(HistoryId, Box<State>, i64),
    /// The receipt under this scope and id, if there is one.
    Receipt(String, String, Option<StoredReceipt>),
}

/// What becomes of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Its events stand at these places, durable.
    Appended {
        /// The first.
        first: Position,
        /// The last.
        last: Position,
    },
    /// What it asks for holds already.
    Agreed,
    /// The same command was carried out before, with these events.
    Repeated {
        /// The first.
        first: Position,
        /// The last.
        last: Position,
    },
    /// A rule refuses it.
    Rejected(Rejection),
    /// Its id was used for something else.
    IdReused,
}

/// An event that is about to be appended.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Whose history.
    pub history: HistoryId,
    /// Its place in that history.
    pub sequence: i64,
    /// The channel that it concerns.
    pub channel: Option<ChannelId>,
    /// What happens.
    pub event: Event,
}

/// Sizes of the decider's memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Histories whose state is kept. Those of commands under way are kept in any case.
    pub cached_histories: usize,
    /// Receipts that are kept.
    pub cached_receipts: usize,
    /// Events in one batch; one command's events are never parted.
    pub batch_events: usize,
    /// Other nodes write too: what records nothing is answered only once the head was seen to be the
    /// one that it was decided on; and histories are kept as they are durable, too, to go on from
    /// there with what another node appended.
    pub confirm: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cached_histories: 100_000,
            cached_receipts: 100_000,
            batch_events: 4_096,
            confirm: false,
        }
    }
}
