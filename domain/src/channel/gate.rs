//! The gates of a chat: slow mode, followers only, emote only. They stand before everybody but the owner,
//! moderators and staff.

use super::chat::Send;
use super::moderator::By;
use super::{Channel, Event, MessageKind, Reason, Rejection};
use crate::{AccountId, Personal, Timestamp};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// The longest time between two messages of one sender, in seconds.
pub const SLOW_MODE_SECONDS_MAX: u32 = 600;
/// The longest time that a follower may have to have followed, in days.
pub const FOLLOWED_DAYS_MAX: u32 = 90;
/// The same in minutes.
pub const FOLLOWED_MINUTES_MAX: u32 = FOLLOWED_DAYS_MAX * 24 * 60;
/// How many senders slow mode remembers. In a room where more speak within its seconds, the one who
/// waited longest may speak before their time.
pub const SLOW_SENDERS_MAX: usize = 10_000;

/// Who may speak in a chat, and how often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatSettings {
    /// How long each sender waits between two messages, in seconds; 0 for not at all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slow_mode_seconds: u32,
    /// How long a sender must have followed the channel, in minutes; `None` for not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followers_only_minutes: Option<u32>,
    /// Whether messages consist of emoji alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub emote_only: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// What is to be different.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChatSettingsChange {
    /// Seconds between two messages; 0 ends slow mode.
    pub slow_mode_seconds: Option<u32>,
    /// Minutes of following, or that none is needed.
    pub followers_only_minutes: Option<Option<u32>>,
    /// Emoji alone, or words again.
    pub emote_only: Option<bool>,
}

/// Who may speak changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatSettingsChanged {
    /// All of it, as it is from now on.
    pub settings: ChatSettings,
    /// Why.
    pub personal: Personal<Option<String>>,
}

/// Until when senders wait, while slow mode is on: what has passed is forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Waiting {
    until: BTreeMap<AccountId, Timestamp>,
    /// The same in the order of speaking.
    order: VecDeque<(Timestamp, AccountId)>,
}

impl Waiting {
    fn note(&mut self, sender: AccountId, until: Timestamp, slow: TimeDelta) {
        let now = until - slow;
        while let Some((first, _)) = self.order.front()
            && (*first <= now || self.order.len() >= SLOW_SENDERS_MAX)
        {
            if let Some((passed, sender)) = self.order.pop_front()
                && self.until.get(&sender) == Some(&passed)
            {
                self.until.remove(&sender);
            }
        }
        self.until.insert(sender, until);
        self.order.push_back((until, sender));
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }
}

impl Channel {
    /// Whether somebody may say this now: after [`Channel::may_speak`], which stands before everyone.
    /// Returns until when they wait for their next message.
    pub(super) fn pass(&self, send: &Send, by: By) -> Result<Option<Timestamp>, Rejection> {
        let settings = &self.chat;
        if *settings == ChatSettings::default() || self.is_exempt(by) {
            return Ok(None);
        }
        if settings.emote_only && send.kind != MessageKind::Emoji {
            return Err(Rejection::EmoteOnly);
        }
        self.follows_long_enough(send.following_since, send.at)?;
        if settings.slow_mode_seconds == 0 {
            return Ok(None);
        }
        match self.waiting.until.get(&send.sender) {
            Some(until) if *until > send.at => {
                let wait = (*until - send.at).num_milliseconds();
                let retry_after = wait / 1_000 + i64::from(wait % 1_000 > 0);
                Err(Rejection::SlowMode { retry_after })
            }
            Some(_) | None => {
                let slow = TimeDelta::seconds(settings.slow_mode_seconds.into());
                Ok(send.at.checked_add_signed(slow))
            }
        }
    }

    /// Whether somebody who has followed since then takes part now, where only followers do.
    pub(super) fn follows_long_enough(
        &self,
        since: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(), Rejection> {
        let Some(minutes) = self.chat.followers_only_minutes else {
            return Ok(());
        };
        let age = TimeDelta::minutes(minutes.into());
        let open = since.and_then(|since| since.checked_add_signed(age));
        match open {
            Some(open) if open <= at => Ok(()),
            Some(_) | None => Err(Rejection::FollowersOnly { minutes }),
        }
    }

    pub(super) fn change_chat(
        &self,
        change: ChatSettingsChange,
        reason: Reason,
    ) -> Result<Vec<Event>, Rejection> {
        let mut settings = self.chat;
        if let Some(seconds) = change.slow_mode_seconds {
            if seconds > SLOW_MODE_SECONDS_MAX {
                return Err(Rejection::SlowModeTooLong);
            }
            settings.slow_mode_seconds = seconds;
        }
        if let Some(minutes) = change.followers_only_minutes {
            if minutes.is_some_and(|minutes| minutes > FOLLOWED_MINUTES_MAX) {
                return Err(Rejection::FollowersOnlyTooLong);
            }
            settings.followers_only_minutes = minutes;
        }
        if let Some(emote_only) = change.emote_only {
            settings.emote_only = emote_only;
        }
        if settings == self.chat {
            return Ok(vec![]);
        }
        Ok(vec![
            ChatSettingsChanged {
                settings,
                personal: reason.seal(),
            }
            .into(),
        ])
    }

    pub(super) fn fold_settings(&mut self, settings: ChatSettings) {
        // Who waited by the old time waits no more by the new one.
        if settings.slow_mode_seconds != self.chat.slow_mode_seconds {
            self.waiting.clear();
        }
        self.chat = settings;
    }

    pub(super) fn fold_spoken(&mut self, sender: AccountId, next_at: Option<Timestamp>) {
        if let Some(until) = next_at {
            let slow = TimeDelta::seconds(self.chat.slow_mode_seconds.into());
            self.waiting.note(sender, until, slow);
        }
    }
}
