//! Commands about channels: opening, the stream key, bans and timeouts.

use super::{Actor, exists, own_account, owner_or_staff, reason_about, signed_in};
use crate::channel::{self, Reason};
use crate::decision::{Credential, Reader};
use crate::{AccountId, ChannelId, Decision, HistoryId, Timestamp, Undecided};
use chrono::TimeDelta;

/// A stream key as it is stored: encrypted, with a keyed hash to find its channel by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// The keyed hash.
    pub lookup: Vec<u8>,
    /// The encrypted key.
    pub ciphertext: Vec<u8>,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Open the own channel (or, on the console, anyone's).
    Open {
        /// Whose.
        account: AccountId,
        /// Its first stream key. Kept only if the channel was not open yet.
        key: SealedKey,
    },
    /// Replace the stream key; the old one stops working at once.
    RotateStreamKey {
        /// Whose.
        channel: ChannelId,
        /// The new one.
        key: SealedKey,
    },
    /// Keep someone out.
    Ban {
        /// Where.
        channel: ChannelId,
        /// Whom.
        account: AccountId,
        /// Why.
        reason: Reason,
    },
    /// Let them in again.
    Unban {
        /// Where.
        channel: ChannelId,
        /// Whom.
        account: AccountId,
        /// Why.
        reason: Reason,
    },
    /// Keep someone quiet for a while.
    TimeOut {
        /// Where.
        channel: ChannelId,
        /// Whom.
        account: AccountId,
        /// For how long.
        seconds: i64,
        /// Why.
        reason: Reason,
    },
    /// Let them speak again.
    LiftTimeout {
        /// Where.
        channel: ChannelId,
        /// Whom.
        account: AccountId,
        /// Why.
        reason: Reason,
    },
}

impl Command {
    fn channel(&self) -> ChannelId {
        match self {
            Self::Open { account, .. } => (*account).into(),
            Self::RotateStreamKey { channel, .. }
            | Self::Ban { channel, .. }
            | Self::Unban { channel, .. }
            | Self::TimeOut { channel, .. }
            | Self::LiftTimeout { channel, .. } => *channel,
        }
    }

    pub(super) fn names(&self, actor: Actor) -> Vec<HistoryId> {
        let mut names = vec![HistoryId::Channel(self.channel())];
        names.extend(own_account(actor));
        if let Self::Open { account, .. }
        | Self::Ban { account, .. }
        | Self::Unban { account, .. }
        | Self::TimeOut { account, .. }
        | Self::LiftTimeout { account, .. } = self
        {
            names.push(HistoryId::Account(*account));
        }
        names
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        let channel = self.channel();
        let mut key_to_keep = None;
        let command = match self {
            Self::Open { account, key } => {
                if actor != Actor::Console && signed_in(actor)? != *account {
                    return Err(channel::Rejection::NotAllowed.into());
                }
                exists(*account, read)?;
                key_to_keep = Some(key);
                channel::Command::Open(channel)
            }
            Self::RotateStreamKey { key, .. } => {
                owner_or_staff(channel, actor, read)?;
                key_to_keep = Some(key);
                channel::Command::RotateStreamKey
            }
            Self::Ban {
                account, reason, ..
            } => {
                owner_or_staff(channel, actor, read)?;
                exists(*account, read)?;
                channel::Command::Ban(*account, reason.clone())
            }
            Self::Unban {
                account, reason, ..
            } => {
                owner_or_staff(channel, actor, read)?;
                channel::Command::Unban(*account, reason_about(*account, reason, read)?)
            }
            Self::TimeOut {
                account,
                seconds,
                reason,
                ..
            } => {
                owner_or_staff(channel, actor, read)?;
                exists(*account, read)?;
                let (account, reason) = (*account, reason.clone());
                // Out of range for the clock is out of range for a timeout.
                let lasting = TimeDelta::try_seconds(*seconds).unwrap_or(TimeDelta::MAX);
                let until = at.checked_add_signed(lasting).unwrap_or(Timestamp::MAX_UTC);
                channel::Command::TimeOut {
                    account,
                    at,
                    until,
                    reason,
                }
            }
            Self::LiftTimeout {
                account, reason, ..
            } => {
                owner_or_staff(channel, actor, read)?;
                channel::Command::LiftTimeout {
                    account: *account,
                    at,
                    reason: reason_about(*account, reason, read)?,
                }
            }
        };
        let events = read.channel(channel, |state| state.decide(command))??;
        let mut decision = Decision::default();
        if let Some(key) = key_to_keep
            && !events.is_empty()
        {
            decision.credentials.push(Credential {
                kind: Credential::STREAM_KEY,
                subject: channel.to_string(),
                lookup: Some(key.lookup.clone()),
                secret: key.ciphertext.clone(),
            });
        }
        decision.record(&HistoryId::Channel(channel), Some(channel), events);
        Ok(decision)
    }
}
