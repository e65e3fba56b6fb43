//! What can be wrong with a log, in words.

use crate::reader::Index;
use tributary_domain::{Position, Timestamp};

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub position: Position,
    /// What.
    pub fault: Fault,
}

/// What is wrong at a position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The link does not fit, and nothing near tells more.
    #[error("the chain is broken here: this event does not follow from the one before it")]
    Broken,
    /// The bytes are others than those that the link was computed over.
    #[error(
        "its bytes were changed: they do not fit its hash, which the next event still follows (or \
         those of the event before were, and its hash computed anew)"
    )]
    Changed,
    /// The event is as it was, its link is not.
    #[error(
        "its hash was changed: the event itself is as it was, and the next one follows from it"
    )]
    HashChanged,
    /// Two events stand in each other's place.
    #[error("it was swapped with the event at {other}")]
    Swapped {
        /// The other one's place.
        other: Position,
    },
    /// The event that belongs here stands somewhere else.
    #[error("the event that belongs here stands at {other}")]
    Moved {
        /// Where.
        other: Position,
    },
    /// There are events that were not written by Tributary.
    #[error(
        "inserted: {count} event(s) stand here that were not written here; those after them were moved down"
    )]
    Inserted {
        /// How many.
        count: usize,
    },
    /// Events were taken out, and those after them moved up.
    #[error(
        "removed: {count} event(s) are missing before this one, and those after them were moved up"
    )]
    Removed {
        /// How many.
        count: usize,
    },
    /// Events were taken out, and left a gap.
    #[error("missing: the events from here to {upto} are not there")]
    Missing {
        /// The last one.
        upto: Position,
    },
    /// A position stands twice, or is none.
    #[error("an event has the position {stored}, which is taken or none at all")]
    NotAPosition {
        /// As it is stored.
        stored: i64,
    },
    /// The table ends before the head.
    #[error(
        "the end was cut off: the head says that the log reaches {head}, the last event is the one before this"
    )]
    CutOff {
        /// What the head says.
        head: Position,
    },
    /// The table goes on behind the head.
    #[error("there are events from here to {last}, beyond the log's head")]
    BeyondHead {
        /// The last one.
        last: Position,
    },
    /// The head names another event than the last one.
    #[error("the row of the head does not state this event's hash and time, though it is the last")]
    HeadDiffers,
    /// An event is older than the one before.
    #[error("time runs backwards: recorded at {found}, after an event of {before}")]
    TimeBackwards {
        /// Its time.
        found: Timestamp,
        /// The one before's.
        before: Timestamp,
    },
    /// A place in a history is missing or stands twice.
    #[error("the history {history} goes on at {found} here instead of {expected}")]
    Sequence {
        /// Which.
        history: String,
        /// The next place.
        expected: i64,
        /// What stands there.
        found: i64,
    },
    /// The personal part is not the one that was written.
    #[error("its personal part was changed: it does not fit the digest in the payload")]
    Personal,
    /// A receipt names events that there are none of.
    #[error(
        "{count} command receipt(s) point at no events, first that of the command {command:?}, at {first}"
    )]
    Receipts {
        /// How many.
        count: u64,
        /// The first one's command.
        command: String,
        /// Where it points.
        first: Position,
    },
    /// An index says what the event or receipt here does not.
    #[error(
        "the index of {index} has an entry for {key} here that was changed or put in: nothing here is of          that key"
    )]
    WronglyIndexed {
        /// Which index.
        index: Index,
        /// A history, a channel, or the digest of a command's id.
        key: String,
    },
    /// An index leaves something out.
    #[error("the index of {index} leaves it out: who asks for {key} does not find it")]
    NotIndexed {
        /// Which index.
        index: Index,
        /// A history, a channel, or the digest of a command's id.
        key: String,
    },
    /// The log is shorter than what was signed.
    #[error(
        "the log ends before this position, which was signed on {signed_at}: its end was cut off, or \
         an older log was put in its place"
    )]
    ShorterThanCheckpoint {
        /// When.
        signed_at: Timestamp,
    },
    /// The chain is whole, but it is not the one that was signed.
    #[error(
        "the chain was computed anew after position {agreed}: it holds, but at this position another \
         hash was signed on {signed_at}"
    )]
    Recomputed {
        /// The newest checkpoint before that agrees; the start where none does.
        agreed: Position,
        /// When.
        signed_at: Timestamp,
    },
    /// The checkpoint was made for another log.
    #[error("the checkpoint of this position was signed for another log")]
    OtherLog,
}
