//! Messages that are kept in sight, and those that go all at once.

use super::{Channel, Event, Reason, Rejection};
use crate::{AccountId, Personal, Position};
use serde::{Deserialize, Serialize};

/// The most pinned messages of a channel.
pub const PINS_MAX: usize = 10;

/// A message is kept in sight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePinned {
    /// The message.
    pub message: Position,
    /// Who had sent it.
    pub sender: AccountId,
}

/// A message was taken down. One that is removed is taken down by that alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageUnpinned {
    /// The message.
    pub message: Position,
    /// Who had sent it.
    pub sender: AccountId,
}

/// Every message of the channel up to a place was removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatCleared {
    /// The last place whose message is gone.
    pub upto: Position,
    /// Why.
    pub personal: Personal<Option<String>>,
}

impl Channel {
    /// Whether a message was removed, alone or with all others.
    pub fn is_gone(&self, message: Position) -> bool {
        message <= self.cleared_upto || self.deleted.contains(&message)
    }

    pub(super) fn pin(
        &self,
        message: Position,
        sender: AccountId,
    ) -> Result<Vec<Event>, Rejection> {
        if self.is_gone(message) {
            return Err(Rejection::MessageNotFound);
        }
        if self.pins.contains(&message) {
            return Ok(vec![]);
        }
        if self.pins.len() >= PINS_MAX {
            return Err(Rejection::TooManyPins);
        }
        Ok(vec![MessagePinned { message, sender }.into()])
    }

    pub(super) fn unpin(&self, message: Position, sender: AccountId) -> Vec<Event> {
        if self.pins.contains(&message) {
            vec![MessageUnpinned { message, sender }.into()]
        } else {
            vec![]
        }
    }

    pub(super) fn clear(&self, upto: Position, reason: Reason) -> Vec<Event> {
        if upto <= self.cleared_upto {
            return vec![];
        }
        let personal = reason.seal();
        vec![ChatCleared { upto, personal }.into()]
    }

    pub(super) fn fold_deleted(&mut self, message: Position) {
        self.deleted.insert(message);
        self.pins.retain(|pinned| *pinned != message);
    }

    pub(super) fn fold_cleared(&mut self, upto: Position) {
        self.cleared_upto = self.cleared_upto.max(upto);
        self.deleted.retain(|message| *message > upto);
        self.pins.retain(|message| *message > upto);
    }
}
