//! The chat of a channel. A message is named by its position in the log.

use super::{By, Channel, Event, ModeratorPermission, Reason, Rejection};
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
    /// What stood beside the sender's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub badges: Vec<Badge>,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Position>,
    /// Who is mentioned in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<AccountId>,
    /// When the sender may speak again, where slow mode was on for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
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
    /// One of the channel's moderators.
    Moderator,
    /// Anyone else.
    Viewer,
    /// Nobody: the platform speaks in the channel.
    Platform,
}

/// What stands beside a sender's name. A sender may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Badge {
    /// The channel's owner.
    Broadcaster,
    /// Staff of the platform.
    Staff,
    /// One of the channel's moderators.
    Moderator,
    /// Follows the channel.
    Follower,
}

/// The most accounts that one message mentions.
pub const MENTIONS_MAX: usize = 10;

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
    /// Whether they act for the platform.
    pub is_staff: bool,
    /// Since when they follow the channel, if they do.
    pub following_since: Option<Timestamp>,
    /// What kind.
    pub kind: MessageKind,
    /// The words and the name.
    pub text: MessageText,
    /// The message that it answers, as the log says one of this channel.
    pub reply_to: Option<Position>,
    /// Who is mentioned.
    pub mentions: Vec<AccountId>,
    /// Now.
    pub at: Timestamp,
    /// For the personal part.
    pub salt: Salt,
}

impl Send {
    fn by(&self) -> By {
        By {
            account: Some(self.sender),
            is_staff: self.is_staff,
        }
    }
}

/// What the platform says in a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Announce {
    /// What kind.
    pub kind: MessageKind,
    /// The words.
    pub text: String,
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
    /// Who removes it.
    pub by: By,
    /// Why.
    pub reason: Reason,
}

impl Channel {
    pub(super) fn send(&self, send: Send) -> Result<Vec<Event>, Rejection> {
        match send.kind {
            MessageKind::Text => {}
            MessageKind::Emoji if crate::chat_text::is_emoji_only(&send.text.text) => {}
            MessageKind::Emoji => return Err(Rejection::NotEmojiOnly),
            MessageKind::Tip | MessageKind::Alert | MessageKind::System => {
                return Err(Rejection::KindNotAllowed);
            }
        }
        self.may_speak(send.sender, send.at)?;
        let by = send.by();
        let next_at = self.pass(&send, by)?;
        if send.mentions.len() > MENTIONS_MAX {
            return Err(Rejection::TooManyMentions);
        }
        if send.reply_to.is_some_and(|message| self.is_gone(message)) {
            return Err(Rejection::ReplyToNothing);
        }
        let (role, badges) = self.standing(by, send.following_since.is_some());
        let Send {
            sender,
            kind,
            text,
            reply_to,
            mentions,
            salt,
            ..
        } = send;
        let stream = self.open_stream;
        let personal = Personal::seal(text, salt);
        Ok(vec![
            MessageSent {
                sender,
                role,
                kind,
                stream,
                badges,
                reply_to,
                mentions,
                next_at,
                personal,
            }
            .into(),
        ])
    }

    /// What a sender is here: one role, the highest, and every badge.
    fn standing(&self, by: By, follows: bool) -> (SenderRole, Vec<Badge>) {
        let is_owner = by.account == self.id.map(crate::ChannelId::owner);
        let moderates = by
            .account
            .is_some_and(|account| self.moderators.contains_key(&account));
        let role = match (is_owner, by.is_staff, moderates) {
            (true, _, _) => SenderRole::Streamer,
            (false, true, _) => SenderRole::Admin,
            (false, false, true) => SenderRole::Moderator,
            (false, false, false) => SenderRole::Viewer,
        };
        let badges = [
            (is_owner, Badge::Broadcaster),
            (by.is_staff, Badge::Staff),
            (moderates, Badge::Moderator),
            (follows, Badge::Follower),
        ];
        let badges = badges.into_iter().filter(|(has, _)| *has);
        (role, badges.map(|(_, badge)| badge).collect())
    }

    pub(super) fn announce(&self, announce: Announce) -> Result<Vec<Event>, Rejection> {
        let Announce { kind, text, salt } = announce;
        match kind {
            MessageKind::Alert | MessageKind::System => {}
            MessageKind::Text | MessageKind::Emoji | MessageKind::Tip => {
                return Err(Rejection::KindNotAllowed);
            }
        }
        // What is said in a channel is its owner's, so that it goes with them.
        let sender = self.id.ok_or(Rejection::NotFound)?.owner();
        let text = MessageText {
            sender_name: String::new(),
            text,
        };
        Ok(vec![
            MessageSent {
                sender,
                role: SenderRole::Platform,
                kind,
                stream: self.open_stream,
                badges: vec![],
                reply_to: None,
                mentions: vec![],
                next_at: None,
                personal: Personal::seal(text, salt),
            }
            .into(),
        ])
    }

    pub(super) fn delete(&self, delete: Delete) -> Result<Vec<Event>, Rejection> {
        let Delete {
            message,
            sender,
            by,
            reason,
        } = delete;
        let is_own = by.account == Some(sender);
        if !is_own && !self.permits(by, ModeratorPermission::DeleteMessages) {
            return Err(Rejection::NotYourMessage);
        }
        if self.is_gone(message) {
            return Ok(vec![]);
        }
        let personal = reason.seal();
        Ok(vec![
            MessageDeleted {
                message,
                sender,
                by: by.account,
                personal,
            }
            .into(),
        ])
    }
}
