//! Commands about chat.

use super::{Actor, exists, is_staff, own_account, reason_about, signed_in};
use crate::account::Role;
use crate::channel::{self, Delete, MessageKind, MessageText, Reason, Send, SenderRole};
use crate::decision::Reader;
use crate::{AccountId, ChannelId, Decision, HistoryId, Position, Salt, Timestamp, Undecided};

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Say something.
    Send {
        /// Where.
        channel: ChannelId,
        /// Who: the actor's account.
        sender: AccountId,
        /// What kind of message.
        kind: MessageKind,
        /// The words, checked by [`crate::text::required`].
        text: String,
        /// For the personal part.
        salt: Salt,
    },
    /// Remove a message.
    Delete {
        /// Where.
        channel: ChannelId,
        /// Which.
        message: Position,
        /// Who had sent it, as the log says.
        sender: AccountId,
        /// Why.
        reason: Reason,
    },
}

impl Command {
    pub(super) fn names(&self, actor: Actor) -> Vec<HistoryId> {
        match self {
            Self::Send {
                channel, sender, ..
            } => {
                vec![HistoryId::Channel(*channel), HistoryId::Account(*sender)]
            }
            Self::Delete {
                channel, sender, ..
            } => own_account(actor)
                .into_iter()
                .chain([HistoryId::Channel(*channel), HistoryId::Account(*sender)])
                .collect(),
        }
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        let (channel, command) = match self {
            Self::Send {
                channel,
                sender,
                kind,
                text,
                salt,
            } => {
                let account = signed_in(actor)?;
                if account != *sender {
                    return Err(channel::Rejection::NotAllowed.into());
                }
                exists(account, read)?;
                let (name, is_admin) = read.account(account, |state| {
                    (state.name.clone(), state.has(Role::Admin))
                })?;
                let role = match (account == channel.owner(), is_admin) {
                    (true, _) => SenderRole::Streamer,
                    (false, true) => SenderRole::Admin,
                    (false, false) => SenderRole::Viewer,
                };
                let sender_name = name.map(|name| name.to_string()).unwrap_or_default();
                let text = MessageText {
                    sender_name,
                    text: text.clone(),
                };
                let (kind, salt) = (*kind, *salt);
                let send = Send {
                    sender: account,
                    role,
                    kind,
                    text,
                    at,
                    salt,
                };
                (*channel, channel::Command::Send(send))
            }
            Self::Delete {
                channel,
                message,
                sender,
                reason,
            } => {
                let by = actor.account();
                let may_moderate = by == Some(channel.owner()) || is_staff(actor, read)?;
                let (message, sender) = (*message, *sender);
                let reason = reason_about(sender, reason, read)?;
                let delete = Delete {
                    message,
                    sender,
                    by,
                    may_moderate,
                    reason,
                };
                (*channel, channel::Command::Delete(delete))
            }
        };
        let events = read.channel(channel, |state| state.decide(command))??;
        let mut decision = Decision::default();
        decision.record(&HistoryId::Channel(channel), Some(channel), events);
        Ok(decision)
    }
}
