//! Places in the log, and events as they stand there.

use crate::{ChannelId, Event, HistoryId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// A place in the log: the first event is at 1, positions are dense, and their order is the order
/// of commits. [`Position::START`] stands before the first event.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(i64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// `None` for a negative number.
    pub fn new(value: i64) -> Option<Self> {
        (value >= 0).then_some(Self(value))
    }

    /// As it stands in tables.
    pub fn get(self) -> i64 {
        self.0
    }

    /// The place right after this one.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }

    /// `count` places further on.
    #[must_use]
    pub fn plus(self, count: usize) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(count).unwrap_or(i64::MAX)),
        )
    }

    /// How many events lie after `earlier`, up to and including this place; 0 if it is later.
    pub fn since(self, earlier: Self) -> u64 {
        u64::try_from(self.0 - earlier.0).unwrap_or(0)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who asked, and with which command: written beside each event. All values are texts.
pub type Metadata = BTreeMap<String, String>;

/// An event as it stands in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its place in the log.
    pub position: Position,
    /// Its own id (UUIDv7).
    pub event_id: Uuid,
    /// When it was appended; never earlier than the event before it.
    pub recorded_at: Timestamp,
    /// Whose history it belongs to.
    pub history: HistoryId,
    /// Its place in that history; the first is 1.
    pub sequence: i64,
    /// The channel that it concerns, where one is.
    pub channel: Option<ChannelId>,
    /// What happened.
    pub event: Event,
    /// Who asked.
    pub metadata: Metadata,
}
