//! A channel: a streamer's home. Stream key, bans and timeouts, the stream that is open now, and the
//! chat itself.

mod chat;
mod restriction;

pub use chat::{Delete, MessageDeleted, MessageKind, MessageSent, MessageText, Send, SenderRole};
pub use restriction::{
    Banned, Reason, Restriction, TIMEOUT_DAYS_MAX, TIMEOUT_SECONDS_MAX, TimedOut, TimeoutLifted,
    Unbanned,
};

use crate::{AccountId, ChannelId, Position, StreamId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

events! {
    /// What can happen to a channel.
    {
        /// It was opened, with its first stream key.
        ///
        /// Written when a streamer opens the channel, or by the console.
        Opened = "channel.opened", 1;
        /// The old stream key stopped working; a new one took its place.
        ///
        /// Written when its owner or staff asks for a new key.
        StreamKeyRotated = "channel.stream_key_rotated", 1;
        /// One of its streams began: no other can until it has ended.
        ///
        /// Written with `stream.started`.
        StreamOpened = "channel.stream_opened", 1;
        /// That stream ended.
        ///
        /// Written with `stream.ended` and with `stream.cancelled` of an open stream.
        StreamClosed = "channel.stream_closed", 1;
        /// Its owner was erased: nothing begins here any more.
        ///
        /// Written with `account.erased` of its owner.
        Closed = "channel.closed", 1;
        /// Someone may no longer chat or tip here.
        ///
        /// Written when the owner or staff bans somebody.
        Banned = "channel.banned", 1, personal;
        /// A ban was undone.
        ///
        /// Written when the owner or staff lifts a ban.
        Unbanned = "channel.unbanned", 1, personal;
        /// Someone may not chat here for a while.
        ///
        /// Written when the owner or staff silences somebody for a while.
        TimedOut = "channel.timed_out", 1, personal;
        /// A timeout was undone.
        ///
        /// Written when the owner or staff lets somebody speak before the time is over; a timeout
        /// that runs out writes nothing.
        TimeoutLifted = "channel.timeout_lifted", 1, personal;
        /// Someone said something.
        ///
        /// Written for each chat message. The message is named by this event's position.
        MessageSent = "channel.message_sent", 1, personal;
        /// A message was removed.
        ///
        /// Written when its sender, the owner or staff removes a message. The event of the message
        /// stays.
        MessageDeleted = "channel.message_deleted", 1, personal;
    }
}

/// It was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Its id, equal to its owner's.
    pub channel: ChannelId,
}

/// A new stream key. The key itself is a credential, never an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamKeyRotated {}

/// One of its streams began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamOpened {
    /// Which.
    pub stream: StreamId,
}

/// That stream ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamClosed {
    /// Which.
    pub stream: StreamId,
}

/// Its owner was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {}

rejections! {
    /// Why a channel refused.
    {
        /// The account has no channel.
        NotFound => "CHANNEL_NOT_FOUND", Some("channelId");
        /// Its owner was erased.
        Closed => "CHANNEL_CLOSED", Some("channelId");
        /// Neither the owner nor staff.
        NotAllowed => "NOT_ALLOWED", None;
        /// Another stream of this channel is open.
        StreamOpen => "STREAM_OPEN", None;
        /// Banned from the channel.
        Banned => "BANNED", None;
        /// Timed out.
        TimedOut { /// Until when.
            until: Timestamp } => "TIMED_OUT", None;
        /// Nobody can be restricted in the own channel.
        OwnerExempt => "OWNER_EXEMPT", Some("accountId");
        /// Over the limit.
        TimeoutTooLong => "TIMEOUT_TOO_LONG", Some("seconds"), [days = TIMEOUT_DAYS_MAX];
        /// A kind of message that only the platform sends.
        KindNotAllowed => "KIND_NOT_ALLOWED", Some("kind");
        /// Neither the sender nor staff.
        NotYourMessage => "NOT_YOUR_MESSAGE", Some("messageId");
        /// No such message here.
        MessageNotFound => "MESSAGE_NOT_FOUND", Some("messageId");
    }
}

/// What can be asked of a channel.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Open it.
    Open(ChannelId),
    /// Replace the stream key.
    RotateStreamKey,
    /// Let a stream begin.
    OpenStream(StreamId),
    /// Let it end.
    CloseStream(StreamId),
    /// Let nothing begin here any more.
    Close,
    /// Keep someone out.
    Ban(AccountId, Reason),
    /// Let them in again.
    Unban(AccountId, Reason),
    /// Keep someone quiet until a moment.
    TimeOut {
        /// Whom.
        account: AccountId,
        /// Now.
        at: Timestamp,
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// Let them speak again.
    LiftTimeout {
        /// Whom.
        account: AccountId,
        /// Now.
        at: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// Say something.
    Send(Send),
    /// Remove a message.
    Delete(Delete),
}

/// A channel's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its id; `None` before it is opened.
    pub id: Option<ChannelId>,
    /// Whether its owner was erased.
    pub closed: bool,
    /// The stream that has begun and not ended.
    pub open_stream: Option<StreamId>,
    /// The newest stream, open or not: the next one takes over its title and category.
    pub last_stream: Option<StreamId>,
    /// Bans and timeouts, past timeouts included until the same person's next one.
    pub restrictions: BTreeMap<AccountId, Restriction>,
    /// Messages that were removed. Grows with acts of moderation only.
    pub deleted: BTreeSet<Position>,
}

impl Channel {
    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        let Some(id) = self.id else {
            return match command {
                Command::Open(channel) => Ok(vec![Opened { channel }.into()]),
                Command::RotateStreamKey
                | Command::OpenStream(_)
                | Command::CloseStream(_)
                | Command::Close
                | Command::Ban(..)
                | Command::Unban(..)
                | Command::TimeOut { .. }
                | Command::LiftTimeout { .. }
                | Command::Send(_)
                | Command::Delete(_) => Err(Rejection::NotFound),
            };
        };
        if self.closed {
            // What is there can still be put in order; nothing new begins.
            match command {
                Command::CloseStream(_)
                | Command::Close
                | Command::Unban(..)
                | Command::LiftTimeout { .. }
                | Command::Delete(_) => {}
                Command::Open(_)
                | Command::RotateStreamKey
                | Command::OpenStream(_)
                | Command::Ban(..)
                | Command::TimeOut { .. }
                | Command::Send(_) => return Err(Rejection::Closed),
            }
        }
        match command {
            Command::Open(_) => Ok(vec![]),
            Command::Close => Ok(if self.closed {
                vec![]
            } else {
                vec![Closed {}.into()]
            }),
            Command::RotateStreamKey => Ok(vec![StreamKeyRotated {}.into()]),
            Command::OpenStream(stream) => match self.open_stream {
                None => Ok(vec![StreamOpened { stream }.into()]),
                Some(open) if open == stream => Ok(vec![]),
                Some(_) => Err(Rejection::StreamOpen),
            },
            Command::CloseStream(stream) => {
                let open = self.open_stream == Some(stream);
                Ok(if open {
                    vec![StreamClosed { stream }.into()]
                } else {
                    vec![]
                })
            }
            Command::Ban(account, reason) => self.ban(id, account, reason),
            Command::Unban(account, reason) => Ok(self.unban(account, reason)),
            Command::TimeOut {
                account,
                at,
                until,
                reason,
            } => self.time_out(id, account, at, until, reason),
            Command::LiftTimeout {
                account,
                at,
                reason,
            } => Ok(self.lift_timeout(account, at, reason)),
            Command::Send(send) => self.send(send),
            Command::Delete(delete) => self.delete(delete),
        }
    }

    /// Refuses where nothing can begin.
    ///
    /// # Errors
    /// `CHANNEL_NOT_FOUND` or `CHANNEL_CLOSED`.
    pub fn is_open(&self) -> Result<(), Rejection> {
        self.id.ok_or(Rejection::NotFound)?;
        if self.closed {
            return Err(Rejection::Closed);
        }
        Ok(())
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::Opened(event) => self.id = Some(event.channel),
            Event::Closed(_) => self.closed = true,
            Event::StreamKeyRotated(_) | Event::MessageSent(_) => {}
            Event::StreamOpened(event) => {
                self.open_stream = Some(event.stream);
                self.last_stream = Some(event.stream);
            }
            Event::StreamClosed(_) => self.open_stream = None,
            Event::Banned(event) => {
                self.restrictions.insert(event.account, Restriction::Banned);
            }
            Event::Unbanned(event) => {
                self.restrictions.remove(&event.account);
            }
            Event::TimedOut(event) => {
                self.restrictions
                    .insert(event.account, Restriction::TimedOut { until: event.until });
            }
            Event::TimeoutLifted(event) => {
                self.restrictions.remove(&event.account);
            }
            Event::MessageDeleted(event) => {
                self.deleted.insert(event.message);
            }
        }
    }
}

aggregate!(Channel, "channel");

#[cfg(test)]
mod tests;
