//! Bans and timeouts. They are the channel's, so they outlive any one stream.

use super::{Channel, Event, Rejection};
use crate::{AccountId, ChannelId, Personal, Salt, Timestamp};
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
    fn seal(self) -> Personal<Option<String>> {
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
    /// Not chat, until a moment.
    TimedOut {
        /// When it ends by itself.
        until: Timestamp,
    },
}

impl Channel {
    /// Whether `account` may speak here at `at`.
    ///
    /// # Errors
    /// `BANNED` or `TIMED_OUT`.
    pub fn may_speak(&self, account: AccountId, at: Timestamp) -> Result<(), Rejection> {
        match self.restrictions.get(&account) {
            Some(Restriction::Banned) => Err(Rejection::Banned),
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
            Some(Restriction::TimedOut { .. }) | None => Ok(()),
        }
    }

    pub(super) fn ban(
        &self,
        id: ChannelId,
        account: AccountId,
        reason: Reason,
    ) -> Result<Vec<Event>, Rejection> {
        if account == id.owner() {
            return Err(Rejection::OwnerExempt);
        }
        if self.restrictions.get(&account) == Some(&Restriction::Banned) {
            return Ok(vec![]);
        }
        Ok(vec![
            Banned {
                account,
                personal: reason.seal(),
            }
            .into(),
        ])
    }

    pub(super) fn unban(&self, account: AccountId, reason: Reason) -> Vec<Event> {
        if self.restrictions.get(&account) == Some(&Restriction::Banned) {
            vec![
                Unbanned {
                    account,
                    personal: reason.seal(),
                }
                .into(),
            ]
        } else {
            vec![]
        }
    }

    pub(super) fn time_out(
        &self,
        id: ChannelId,
        account: AccountId,
        at: Timestamp,
        until: Timestamp,
        reason: Reason,
    ) -> Result<Vec<Event>, Rejection> {
        if account == id.owner() {
            return Err(Rejection::OwnerExempt);
        }
        if until <= at || until - at > TimeDelta::seconds(TIMEOUT_SECONDS_MAX) {
            return Err(Rejection::TimeoutTooLong);
        }
        match self.restrictions.get(&account) {
            // A ban already says more than a timeout.
            Some(Restriction::Banned) => Ok(vec![]),
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
                vec![
                    TimeoutLifted {
                        account,
                        personal: reason.seal(),
                    }
                    .into(),
                ]
            }
            Some(Restriction::TimedOut { .. } | Restriction::Banned) | None => vec![],
        }
    }
}
