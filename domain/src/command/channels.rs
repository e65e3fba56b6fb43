//! Commands about channels: opening, the stream key, moderation.

use super::{Actor, by, exists, own_account, owner_or_staff, reason_about, signed_in};
use crate::channel::{self, Act};
use crate::decision::{Credential, Reader};
use crate::{AccountId, ChannelId, Decision, HistoryId, Timestamp, Undecided};

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
    /// Put the channel's chat in order.
    Moderate {
        /// Where.
        channel: ChannelId,
        /// What is done.
        act: Act,
    },
}

impl Command {
    fn channel(&self) -> ChannelId {
        match self {
            Self::Open { account, .. } => (*account).into(),
            Self::RotateStreamKey { channel, .. } | Self::Moderate { channel, .. } => *channel,
        }
    }

    pub(super) fn names(&self, actor: Actor) -> Vec<HistoryId> {
        let mut names = vec![HistoryId::Channel(self.channel())];
        names.extend(own_account(actor));
        match self {
            Self::Open { account, .. } => names.push(HistoryId::Account(*account)),
            Self::Moderate { channel, act } => {
                names.push(HistoryId::Account(act.subject(*channel)));
            }
            Self::RotateStreamKey { .. } => {}
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
            Self::Moderate { act, .. } => {
                let by = by(actor, read)?;
                let mut act = act.clone();
                // Who may not is told that, and not whether somebody is there.
                let subject = act.subject(channel);
                if read.channel(channel, |state| state.may_moderate(by, &act))? {
                    if act.begins() {
                        exists(subject, read)?;
                    } else if let Some(reason) = act.reason_mut() {
                        *reason = reason_about(subject, reason, read)?;
                    }
                }
                channel::Command::Moderate { by, at, act }
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
