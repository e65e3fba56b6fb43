//! A channel: a streamer's home. Stream key, moderators, who is restricted, the gates of its chat, the
//! stream that is open now, and the chat itself.

mod act;
mod chat;
mod gate;
mod moderator;
mod pin;
mod reaction;
mod restriction;

pub use act::Act;
pub use chat::{
    Announce, Badge, Delete, MENTIONS_MAX, MessageDeleted, MessageKind, MessageSent, MessageText,
    Send, SenderRole,
};
pub use gate::{
    ChatSettings, ChatSettingsChange, ChatSettingsChanged, FOLLOWED_DAYS_MAX, FOLLOWED_MINUTES_MAX,
    SLOW_MODE_SECONDS_MAX, SLOW_SENDERS_MAX,
};
pub use moderator::{
    By, MODERATORS_MAX, ModeratorAppointed, ModeratorPermission, ModeratorRemoved,
};
pub use pin::{ChatCleared, MessagePinned, MessageUnpinned, PINS_MAX};
pub use reaction::{React, ReactedTo, ReactionsTallied, TALLIES_MAX, Tally};
pub use restriction::{
    Banned, Muted, Reason, Restriction, TIMEOUT_DAYS_MAX, TIMEOUT_SECONDS_MAX, TimedOut,
    TimeoutLifted, Unbanned, Unmuted,
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
        /// Written when the owner, a moderator or staff bans somebody.
        Banned = "channel.banned", 1, personal;
        /// A ban was undone.
        ///
        /// Written when the owner, a moderator or staff lifts a ban.
        Unbanned = "channel.unbanned", 1, personal;
        /// Someone may no longer chat here.
        ///
        /// Written when the owner, a moderator or staff mutes somebody.
        Muted = "channel.muted", 1, personal;
        /// A mute was undone.
        ///
        /// Written when the owner, a moderator or staff lifts a mute.
        Unmuted = "channel.unmuted", 1, personal;
        /// Someone may not chat here for a while.
        ///
        /// Written when the owner, a moderator or staff silences somebody for a while.
        TimedOut = "channel.timed_out", 1, personal;
        /// A timeout was undone.
        ///
        /// Written when the owner, a moderator or staff lets somebody speak before the time is over; a timeout
        /// that runs out writes nothing.
        TimeoutLifted = "channel.timeout_lifted", 1, personal;
        /// Someone said something.
        ///
        /// Written for each chat message. The message is named by this event's position.
        MessageSent = "channel.message_sent", 1, personal;
        /// A message was removed.
        ///
        /// Written when its sender, the owner, a moderator or staff removes a message. The event of the message
        /// stays.
        MessageDeleted = "channel.message_deleted", 1, personal;
        /// Every message up to a place was removed.
        ///
        /// Written when the owner, a moderator or staff clears the chat. The events of the messages
        /// stay.
        ChatCleared = "channel.chat_cleared", 1, personal;
        /// A message is kept in sight.
        ///
        /// Written when the owner, a moderator or staff pins a message.
        MessagePinned = "channel.message_pinned", 1;
        /// A pinned message was taken down.
        ///
        /// Written when the owner, a moderator or staff unpins it; one that is removed is unpinned by
        /// that alone.
        MessageUnpinned = "channel.message_unpinned", 1;
        /// Who may speak in the chat changed, or how often.
        ///
        /// Written when the owner, a moderator or staff changes slow mode, followers-only or emote-only.
        ChatSettingsChanged = "channel.chat_settings_changed", 1, personal;
        /// Somebody moderates from now on, with these permissions.
        ///
        /// Written when the owner or staff appoints somebody, or changes what a moderator may do.
        ModeratorAppointed = "channel.moderator_appointed", 1;
        /// Somebody moderates no longer.
        ///
        /// Written when the owner or staff removes a moderator, when one resigns, and with
        /// `channel.banned` of a moderator.
        ModeratorRemoved = "channel.moderator_removed", 1;
        /// People reacted to the stream or to messages.
        ///
        /// Written by each node at most once a second, with what it counted since the last time.
        ReactionsTallied = "channel.reactions_tallied", 1;
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
        /// Neither the owner, nor staff, nor a moderator who may.
        NotAllowed => "NOT_ALLOWED", None;
        /// Another stream of this channel is open.
        StreamOpen => "STREAM_OPEN", None;
        /// Banned from the channel.
        Banned => "BANNED", None;
        /// Timed out.
        TimedOut { /// Until when.
            until: Timestamp } => "TIMED_OUT", None;
        /// Muted.
        Muted => "MUTED", None;
        /// Slow mode: the sender's last message is too new.
        SlowMode { /// When it is worth trying again, in seconds.
            retry_after: i64 } => "SLOW_MODE", None;
        /// Only followers of some standing speak.
        FollowersOnly { /// How long they have followed, in minutes.
            minutes: u32 } => "FOLLOWERS_ONLY", None;
        /// Only emoji are sent.
        EmoteOnly => "EMOTE_ONLY", None;
        /// Nobody can be restricted in the own channel.
        OwnerExempt => "OWNER_EXEMPT", Some("accountId");
        /// Over the limit.
        TimeoutTooLong => "TIMEOUT_TOO_LONG", Some("seconds"), [days = TIMEOUT_DAYS_MAX];
        /// Only who runs the channel acts against a moderator.
        ModeratorExempt => "MODERATOR_EXEMPT", Some("accountId");
        /// The owner may do everything without being appointed.
        OwnerModerates => "OWNER_MODERATES", Some("accountId");
        /// A moderator who may do nothing.
        NoPermissions => "NO_PERMISSIONS", Some("permissions");
        /// As many moderators as there can be.
        TooManyModerators => "TOO_MANY_MODERATORS", None, [limit = MODERATORS_MAX];
        /// As many pinned messages as there can be.
        TooManyPins => "TOO_MANY_PINS", None, [limit = PINS_MAX];
        /// Over the limit.
        SlowModeTooLong => "SLOW_MODE_TOO_LONG", Some("slowModeSeconds"), [limit = SLOW_MODE_SECONDS_MAX];
        /// Over the limit.
        FollowersOnlyTooLong => "FOLLOWERS_ONLY_TOO_LONG", Some("followersOnlyMinutes"), [days = FOLLOWED_DAYS_MAX];
        /// More than one message mentions.
        TooManyMentions => "TOO_MANY_MENTIONS", Some("text"), [limit = MENTIONS_MAX];
        /// The message that is answered was removed, or there is none.
        ReplyToNothing => "REPLY_TO_NOTHING", Some("replyToId");
        /// Words in a message of emoji.
        NotEmojiOnly => "NOT_EMOJI_ONLY", Some("text");
        /// What is reacted to is not under way.
        StreamNotOpen => "STREAM_NOT_OPEN", Some("streamId");
        /// More sums than one event holds.
        TooManyTallies => "TOO_MANY_TALLIES", None, [limit = TALLIES_MAX];
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
    /// Do something that whoever moderates does.
    Moderate {
        /// Who.
        by: By,
        /// Now.
        at: Timestamp,
        /// What.
        act: Act,
    },
    /// Say something.
    Send(Send),
    /// Let the platform say something.
    Announce(Announce),
    /// Remove a message.
    Delete(Delete),
    /// Take a reaction, without recording it.
    React(React),
    /// Record what a node counted.
    Tally(ReactionsTallied),
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
    /// Bans, mutes and timeouts, past timeouts included until the same person's next one.
    pub restrictions: BTreeMap<AccountId, Restriction>,
    /// Who moderates, and what each of them may do.
    pub moderators: BTreeMap<AccountId, BTreeSet<ModeratorPermission>>,
    /// Who may speak in the chat, and how often.
    pub chat: ChatSettings,
    /// Until when senders wait in slow mode. Of no interest to who reads a state, and large.
    #[serde(skip)]
    waiting: gate::Waiting,
    /// Every message up to here was removed.
    pub cleared_upto: Position,
    /// Messages behind that which were removed. Grows with acts of moderation only.
    pub deleted: BTreeSet<Position>,
    /// Messages that are kept in sight, in the order of pinning.
    pub pins: Vec<Position>,
}

impl Channel {
    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        if self.id.is_none() {
            return match command {
                Command::Open(channel) => Ok(vec![Opened { channel }.into()]),
                Command::RotateStreamKey
                | Command::OpenStream(_)
                | Command::CloseStream(_)
                | Command::Close
                | Command::Moderate { .. }
                | Command::Send(_)
                | Command::Announce(_)
                | Command::Delete(_)
                | Command::React(_)
                | Command::Tally(_) => Err(Rejection::NotFound),
            };
        }
        if self.closed {
            // What is there can still be put in order; nothing new begins.
            match &command {
                Command::CloseStream(_) | Command::Close | Command::Delete(_) => {}
                Command::Moderate { act, .. } if !act.begins() => {}
                Command::Open(_)
                | Command::RotateStreamKey
                | Command::OpenStream(_)
                | Command::Moderate { .. }
                | Command::Send(_)
                | Command::Announce(_)
                | Command::React(_)
                | Command::Tally(_) => return Err(Rejection::Closed),
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
            Command::Moderate { by, at, act } => self.moderate(by, at, act),
            Command::Send(send) => self.send(send),
            Command::Announce(announce) => self.announce(announce),
            Command::Delete(delete) => self.delete(delete),
            Command::React(react) => self.react(react),
            Command::Tally(tallied) => self.tally(tallied),
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
            Event::StreamKeyRotated(_) | Event::ReactionsTallied(_) => {}
            Event::MessageSent(event) => self.fold_spoken(event.sender, event.next_at),
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
            Event::Muted(event) => {
                self.restrictions.insert(event.account, Restriction::Muted);
            }
            Event::Unmuted(event) => {
                self.restrictions.remove(&event.account);
            }
            Event::MessageDeleted(event) => self.fold_deleted(event.message),
            Event::ChatCleared(event) => self.fold_cleared(event.upto),
            Event::MessagePinned(event) => self.pins.push(event.message),
            Event::MessageUnpinned(event) => self.pins.retain(|pinned| *pinned != event.message),
            Event::ChatSettingsChanged(event) => self.fold_settings(event.settings),
            Event::ModeratorAppointed(event) => {
                self.moderators
                    .insert(event.account, event.permissions.clone());
            }
            Event::ModeratorRemoved(event) => {
                self.moderators.remove(&event.account);
            }
        }
    }
}

aggregate!(Channel, "channel");

#[cfg(test)]
mod tests;
