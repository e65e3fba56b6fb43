//! Reactions: what people answer a message or a stream with, counted.
//!
//! A single reaction is never an event: a storm of hearts would drown the log. Each node adds up what it
//! took, and writes the sum at most once a second for each channel.

use super::{Channel, Event, Rejection};
use crate::{Position, StreamId};
use serde::{Deserialize, Serialize};

/// The most sums in one event: different emoji, times the messages that they are for.
pub const TALLIES_MAX: usize = 256;

/// What a node counted since it last said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionsTallied {
    /// The node that counted.
    pub node: String,
    /// The stream that was open when they reacted, if one was.
    pub stream: Option<StreamId>,
    /// How many of which.
    pub tallies: Vec<Tally>,
}

/// How often people reacted in the same way to the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The message; `None` for the stream, or for the channel between two streams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Position>,
    /// With what.
    pub emoji: String,
    /// How often.
    pub count: u32,
}

impl Channel {
    pub(super) fn tally(&self, tallied: ReactionsTallied) -> Result<Vec<Event>, Rejection> {
        let ReactionsTallied {
            node,
            stream,
            tallies,
        } = tallied;
        if tallies.len() > TALLIES_MAX {
            return Err(Rejection::TooManyTallies);
        }
        let tallies: Vec<_> = tallies
            .into_iter()
            .filter(|tally| tally.count > 0)
            .collect();
        if tallies.is_empty() {
            return Ok(vec![]);
        }
        Ok(vec![
            ReactionsTallied {
                node,
                stream,
                tallies,
            }
            .into(),
        ])
    }
}
