//! Reactions: what people answer a message or a stream with, counted.
//!
//! A single reaction is never an event: a storm of hearts would drown the log. It is decided here whether it
//! is taken; each node adds up what it took, and writes the sum at most once a second for each channel.

use super::{By, Channel, Event, Rejection};
use crate::{Position, StreamId, Timestamp};
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
    /// The message; `None` for the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Position>,
    /// With what.
    pub emoji: String,
    /// How often.
    pub count: u32,
}

/// What somebody reacts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReactedTo {
    /// A stream.
    Stream(StreamId),
    /// A message of the chat.
    Message(Position),
}

/// A reaction to be taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct React {
    /// Who.
    pub by: By,
    /// Since when they follow the channel, if they do.
    pub following_since: Option<Timestamp>,
    /// To what: a message is one of this channel, as the log says.
    pub to: ReactedTo,
    /// Now.
    pub at: Timestamp,
}

impl Channel {
    /// Whether a reaction is taken; it is nothing to be recorded. Who may say nothing shows nothing either.
    /// Slow mode and emote-only are about words.
    pub(super) fn react(&self, react: React) -> Result<Vec<Event>, Rejection> {
        let React {
            by,
            following_since,
            to,
            at,
        } = react;
        if let Some(account) = by.account {
            self.may_speak(account, at)?;
        }
        if !self.is_exempt(by) {
            self.follows_long_enough(following_since, at)?;
        }
        match to {
            ReactedTo::Stream(stream) if self.open_stream != Some(stream) => {
                Err(Rejection::StreamNotOpen)
            }
            ReactedTo::Message(message) if self.is_gone(message) => Err(Rejection::MessageNotFound),
            ReactedTo::Stream(_) | ReactedTo::Message(_) => Ok(vec![]),
        }
    }

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
                // Who counts reactions to messages does not ask what is open.
                stream: stream.or(self.open_stream),
                tallies,
            }
            .into(),
        ])
    }
}
