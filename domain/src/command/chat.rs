//! Commands about chat.

use super::{Actor, by, exists, is_staff, own_account, reason_about, signed_in};
use crate::channel::{
    self, Announce, Delete, MessageKind, MessageText, React, ReactedTo, ReactionsTallied, Reason,
    Send,
};
use crate::decision::Reader;
use crate::{AccountId, ChannelId, Decision, HistoryId, Position, Salt, Timestamp, Undecided};

/// What somebody says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Said {
    /// The words, checked by [`crate::chat_text::checked`].
    pub text: String,
    /// The message of the same channel that it answers, as the log has it.
    pub reply_to: Option<Position>,
    /// Who is mentioned: at most [`channel::MENTIONS_MAX`].
    pub mentions: Vec<AccountId>,
}

/// Words alone.
impl<T: Into<String>> From<T> for Said {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

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
        /// What.
        said: Said,
        /// For the personal part.
        salt: Salt,
    },
    /// Let the platform say something. Admins, the console and Tributary itself.
    Announce {
        /// Where.
        channel: ChannelId,
        /// What kind of message.
        kind: MessageKind,
        /// The words, checked by [`crate::chat_text::checked`].
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
    /// Ask whether a reaction is taken. Nothing is recorded: whoever asks counts it.
    React {
        /// Where.
        channel: ChannelId,
        /// To what: a message is one of this channel, as the log says.
        to: ReactedTo,
    },
    /// Record the reactions that a node counted. Tributary itself only.
    Tally {
        /// Where.
        channel: ChannelId,
        /// What it counted.
        tallied: ReactionsTallied,
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
            Self::Announce { channel, .. }
            | Self::React { channel, .. }
            | Self::Tally { channel, .. } => {
                vec![HistoryId::Channel(*channel)]
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
                said,
                salt,
            } => {
                let account = signed_in(actor)?;
                if account != *sender {
                    return Err(channel::Rejection::NotAllowed.into());
                }
                exists(account, read)?;
                let is_staff = is_staff(actor, read)?;
                let (name, following_since) = read.account(account, |state| {
                    (state.name.clone(), state.follows.get(channel).copied())
                })?;
                let sender_name = name.map(|name| name.to_string()).unwrap_or_default();
                let text = MessageText {
                    sender_name,
                    text: said.text.clone(),
                };
                let send = Send {
                    sender: account,
                    is_staff,
                    following_since,
                    kind: *kind,
                    text,
                    reply_to: said.reply_to,
                    mentions: said.mentions.clone(),
                    at,
                    salt: *salt,
                };
                (*channel, channel::Command::Send(send))
            }
            Self::Announce {
                channel,
                kind,
                text,
                salt,
            } => {
                if !is_staff(actor, read)? {
                    return Err(crate::account::Rejection::NotAnAdmin.into());
                }
                let (kind, text, salt) = (*kind, text.clone(), *salt);
                let announce = Announce { kind, text, salt };
                (*channel, channel::Command::Announce(announce))
            }
            Self::Delete {
                channel,
                message,
                sender,
                reason,
            } => {
                let by = by(actor, read)?;
                let (message, sender) = (*message, *sender);
                let reason = reason_about(sender, reason, read)?;
                let delete = Delete {
                    message,
                    sender,
                    by,
                    reason,
                };
                (*channel, channel::Command::Delete(delete))
            }
            Self::React { channel, to } => {
                let account = signed_in(actor)?;
                exists(account, read)?;
                let by = by(actor, read)?;
                let following_since =
                    read.account(account, |state| state.follows.get(channel).copied())?;
                let react = React {
                    by,
                    following_since,
                    to: *to,
                    at,
                };
                (*channel, channel::Command::React(react))
            }
            Self::Tally { channel, tallied } => {
                if !matches!(actor, Actor::System(_)) {
                    return Err(channel::Rejection::NotAllowed.into());
                }
                (*channel, channel::Command::Tally(tallied.clone()))
            }
        };
        let events = read.channel(channel, |state| state.decide(command))??;
        let mut decision = Decision::default();
        decision.record(&HistoryId::Channel(channel), Some(channel), events);
        Ok(decision)
    }
}
