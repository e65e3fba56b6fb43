//! An event as the database holds it, and the way back to a [`Recorded`].

use crate::chain::Hash;
use crate::error::StoreError;
use std::collections::BTreeMap;
use tributary_domain::{ChannelId, Event, HistoryId, Position, Recorded, Timestamp};
use uuid::Uuid;

/// One row of the table `events`, column by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Place in the log.
    pub position: i64,
    /// The history's kind.
    pub aggregate_type: String,
    /// The history's id.
    pub aggregate_id: String,
    /// Place in the history.
    pub sequence: i64,
    /// The event's stored name.
    pub event_type: String,
    /// The event's version.
    pub event_version: String,
    /// JSON, byte for byte as it was hashed.
    pub payload: String,
    /// JSON, byte for byte as it was hashed.
    pub metadata: String,
    /// The event's own id.
    pub event_id: Uuid,
    /// When it was appended, in whole microseconds.
    pub recorded_at: Timestamp,
    /// The channel that it concerns.
    pub channel: Option<Uuid>,
    /// What an erasure empties.
    pub personal: Option<String>,
    /// The chain's link.
    pub hash: Hash,
}

impl Row {
    /// The columns of a recorded event. The hash is still to be filled in.
    ///
    /// # Errors
    /// Never for the events of the domain; serde's signature asks for it.
    pub fn encode(recorded: &Recorded) -> Result<Self, serde_json::Error> {
        let (name, version) = recorded.event.name();
        Ok(Self {
            position: recorded.position.get(),
            aggregate_type: recorded.history.kind().to_owned(),
            aggregate_id: recorded.history.id(),
            sequence: recorded.sequence,
            event_type: name.to_owned(),
            event_version: version.to_string(),
            payload: recorded.event.payload()?,
            metadata: serde_json::to_string(&recorded.metadata)?,
            event_id: recorded.event_id,
            recorded_at: recorded.recorded_at,
            channel: recorded.channel.map(|channel| channel.0),
            personal: recorded.event.personal(),
            hash: crate::chain::GENESIS,
        })
    }

    /// Reads the row back.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for what this program does not know.
    pub fn decode(&self) -> Result<Recorded, StoreError> {
        let columns = Columns {
            position: self.position,
            aggregate_type: &self.aggregate_type,
            aggregate_id: &self.aggregate_id,
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.event_version,
            payload: &self.payload,
            metadata: Some(&self.metadata),
            event_id: self.event_id,
            recorded_at: self.recorded_at,
            channel: self.channel,
            personal: self.personal.as_deref(),
        };
        columns.decode()
    }
}

/// What an event is read back from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub position: i64,
    pub aggregate_type: &'a str,
    pub aggregate_id: &'a str,
    pub sequence: i64,
    pub event_type: &'a str,
    pub event_version: &'a str,
    pub payload: &'a str,
    /// `None` for a reader who does not want to know who asked.
    pub metadata: Option<&'a str>,
    pub event_id: Uuid,
    pub recorded_at: Timestamp,
    pub channel: Option<Uuid>,
    pub personal: Option<&'a str>,
}

impl Columns<'_> {
    /// Reads the event back.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for what this program does not know.
    pub fn decode(&self) -> Result<Recorded, StoreError> {
        let position = Position::new(self.position).unwrap_or_default();
        let unreadable = |reason: String| StoreError::Unreadable { position, reason };
        let event = Event::decode(
            self.event_type,
            self.event_version,
            self.payload,
            self.personal,
        )
        .map_err(|error| unreadable(error.to_string()))?;
        let metadata = match self.metadata {
            Some(text) => {
                serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?
            }
            None => BTreeMap::new(),
        };
        Ok(Recorded {
            position,
            event_id: self.event_id,
            recorded_at: self.recorded_at,
            history: HistoryId::parse(self.aggregate_type, self.aggregate_id)
                .map_err(|error| unreadable(error.to_string()))?,
            sequence: self.sequence,
            channel: self.channel.map(ChannelId),
            event,
            metadata,
        })
    }
}
