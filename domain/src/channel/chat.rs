//! The chat of a channel. A message is named by its position in the log.

use super::{Channel, Event, Reason, Rejection};
use crate::{AccountId, Personal, Position, Salt, StreamId, Timestamp};
use serde::{Deserialize, Serialize};

/// Someone said something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageSent {
    /// Who.
    pub sender: AccountId,
    /// What they were in this channel when they said it.
    pub role: SenderRole,
    /// What kind of message.
    pub kind: MessageKind,
    /// The stream that was open, if one was.
    pub stream: Option<StreamId>,
    /// The words and the sender's name.
    pub personal: Personal<MessageText>,
}

/// The words and the sender's name: erasable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageText {
    /// The sender's name when they said it.
    pub sender_name: String,
    /// Exactly what was sent. Whoever shows it escapes it.
    pub text: String,
}

/// A message was removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageDeleted {
    /// The message.
    pub message: Position,
    /// Who had sent it.
    pub sender: AccountId,
    /// Who removed it; `None` for the console.
    pub by: Option<AccountId>,
    /// Why, in words.
    pub personal: Personal<Option<String>>,
}

/// What a sender is in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderRole {
    /// Staff of the platform.
    Admin,
    /// The channel's owner.
    Streamer,
    /// Anyone else.
    Viewer,
}

/// What kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Words.
    Text,
    /// Emoji and nothing else.
    Emoji,
    /// Goes with a tip.
    Tip,
    /// Draws attention.
    Alert,
    /// The platform speaks.
    System,
}

/// A message to be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Send {
    /// Who.
    pub sender: AccountId,
    /// As what.
    pub role: SenderRole,
    /// What kind.
    pub kind: MessageKind,
    /// The words and the name.
    pub text: MessageText,
    /// Now.
    pub at: Timestamp,
    /// For the personal part.
    pub salt: Salt,
}

/// A message to be removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// Which.
    pub message: Position,
    /// Who had sent it: read from the log, where it stands for ever.
    pub sender: AccountId,
    /// Who removes it; `None` for the console.
    pub by: Option<AccountId>,
    /// Whether they are staff or the owner.
    pub may_moderate: bool,
    /// Why.
    pub reason: Reason,
}

impl Channel {
    pub(super) fn send(&self, send: Send) -> Result<Vec<Event>, Rejection> {
        match send.kind {
            MessageKind::Text | MessageKind::Emoji => {}
            MessageKind::Tip | MessageKind::Alert | MessageKind::System => {
                return Err(Rejection::KindNotAllowed);
            }
        }
        self.may_speak(send.sender, send.at)?;
        let Send {
            sender,
            role,
            kind,
            text,
            at: _,
            salt,
        } = send;
        let stream = self.open_stream;
        let personal = Personal::seal(text, salt);
        Ok(vec![
            MessageSent {
                sender,
                role,
                kind,
                stream,
                personal,
            }
            .into(),
        ])
    }

    pub(super) fn delete(&self, delete: Delete) -> Result<Vec<Event>, Rejection> {
        let Delete {
            message,
            sender,
            by,
            may_moderate,
            reason,
        } = delete;
        if !may_moderate && by != Some(sender) {
            return Err(Rejection::NotYourMessage);
        }
        if self.deleted.contains(&message) {
            return Ok(vec![]);
        }
        let personal = Personal::seal(reason.text, reason.salt);
        Ok(vec![
            MessageDeleted {
                message,
                sender,
                by,
                personal,
            }
            .into(),
        ])
    }
}
