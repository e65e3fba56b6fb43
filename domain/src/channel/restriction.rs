//! Bans, mutes and timeouts. They are the channel's, so they outlive any one stream.

use super::{Channel, Event, Rejection};
use crate::{AccountId, Personal, Salt, Timestamp};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The longest timeout, in days.
pub const TIMEOUT_DAYS_MAX: i64 = 14;
/// The same in seconds.
pub const TIMEOUT_SECONDS_MAX: i64 = TIMEOUT_DAYS_MAX * 24 * 60 * 60;

/// Why a moderator acted, in the own words: erasable, because it may speak of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The words, if any.
    pub text: Option<String>,
    /// For the personal part.
    pub salt: Salt,
}

impl Reason {
    pub(crate) fn seal(self) -> Personal<Option<String>> {
        Personal::seal(self.text, self.salt)
    }
}

/// Someone may no longer chat or tip here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Banned {
    /// Whom.
    pub account: AccountId,
    /// Why.
    pub personal: Personal<Option<String>>,
}

/// A ban was undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unbanned {
    /// Whose.
    pub account: AccountId,
    /// Why.
    pub personal: Personal<Option<String>>,
}

/// Someone may no longer chat here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Muted {
    /// Whom.
    pub account: AccountId,
    /// Why.
    pub personal: Personal<Option<String>>,
}

/// A mute was undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unmuted {
    /// Whose.
    pub account: AccountId,
    /// Why.
    pub personal: Personal<Option<String>>,
}

/// Someone may not chat here for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimedOut {
    /// Whom.
    pub account: AccountId,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub personal: Personal<Option<String>>,
}

/// A timeout was undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeoutLifted {
    /// Whose.
    pub account: AccountId,
    /// Why.
    pub personal: Personal<Option<String>>,
}

/// What someone may not do in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Restriction {
    /// Neither chat nor tip.
    Banned,
    /// Not chat.
    Muted,
    /// Not chat, until a moment.
    TimedOut {
        /// When it ends by itself.
        until: Timestamp,
    },
}

impl Channel {
    /// Whether `account` may speak here at `at`, the gates apart.
    ///
    /// # Errors
    /// `BANNED`, `MUTED` or `TIMED_OUT`.
    pub fn may_speak(&self, account: AccountId, at: Timestamp) -> Result<(), Rejection> {
        match self.restrictions.get(&account) {
            Some(Restriction::Banned) => Err(Rejection::Banned),
            Some(Restriction::Muted) => Err(Rejection::Muted),
            Some(Restriction::TimedOut { until }) if *until > at => {
                Err(Rejection::TimedOut { until: *until })
            }
            Some(Restriction::TimedOut { .. }) | None => Ok(()),
        }
    }

    /// Whether `account` may tip here.
    ///
    /// # Errors
    /// `BANNED`.
    pub fn may_tip(&self, account: AccountId) -> Result<(), Rejection> {
        match self.restrictions.get(&account) {
            Some(Restriction::Banned) => Err(Rejection::Banned),
            Some(Restriction::Muted | Restriction::TimedOut { .. }) | None => Ok(()),
        }
    }

    fn is(&self, account: AccountId, restriction: Restriction) -> bool {
        self.restrictions.get(&account) == Some(&restriction)
    }

    /// Whoever is banned moderates no more.
    pub(super) fn ban(&self, account: AccountId, reason: Reason) -> Vec<Event> {
        if self.is(account, Restriction::Banned) {
            return vec![];
        }
        let personal = reason.seal();
        let mut events = self.dismiss(account);
        events.push(Banned { account, personal }.into());
        events
    }

    pub(super) fn unban(&self, account: AccountId, reason: Reason) -> Vec<Event> {
        if !self.is(account, Restriction::Banned) {
            return vec![];
        }
        let personal = reason.seal();
        vec![Unbanned { account, personal }.into()]
    }

    /// A ban says more than a mute, and a mute more than a timeout: what says less changes nothing.
    pub(super) fn mute(&self, account: AccountId, reason: Reason) -> Vec<Event> {
        match self.restrictions.get(&account) {
            Some(Restriction::Banned | Restriction::Muted) => vec![],
            Some(Restriction::TimedOut { .. }) | None => {
                let personal = reason.seal();
                vec![Muted { account, personal }.into()]
            }
        }
    }

    pub(super) fn unmute(&self, account: AccountId, reason: Reason) -> Vec<Event> {
        if !self.is(account, Restriction::Muted) {
            return vec![];
        }
        let personal = reason.seal();
        vec![Unmuted { account, personal }.into()]
    }

    pub(super) fn time_out(
        &self,
        account: AccountId,
        at: Timestamp,
        seconds: i64,
        reason: Reason,
    ) -> Result<Vec<Event>, Rejection> {
        if !(1..=TIMEOUT_SECONDS_MAX).contains(&seconds) {
            return Err(Rejection::TimeoutTooLong);
        }
        let until = at.checked_add_signed(TimeDelta::seconds(seconds));
        let until = until.ok_or(Rejection::TimeoutTooLong)?;
        match self.restrictions.get(&account) {
            Some(Restriction::Banned | Restriction::Muted) => Ok(vec![]),
            Some(Restriction::TimedOut { until: running }) if *running == until => Ok(vec![]),
            Some(Restriction::TimedOut { .. }) | None => Ok(vec![
                TimedOut {
                    account,
                    until,
                    personal: reason.seal(),
                }
                .into(),
            ]),
        }
    }

    pub(super) fn lift_timeout(
        &self,
        account: AccountId,
        at: Timestamp,
        reason: Reason,
    ) -> Vec<Event> {
        match self.restrictions.get(&account) {
            Some(Restriction::TimedOut { until }) if *until > at => {
                let personal = reason.seal();
                vec![TimeoutLifted { account, personal }.into()]
            }
            Some(Restriction::TimedOut { .. } | Restriction::Muted | Restriction::Banned)
            | None => vec![],
        }
    }
}
