//! Commands about follows.

use super::{Actor, exists, signed_in};
use crate::account;
use crate::channel::Channel;
use crate::decision::Reader;
use crate::{ChannelId, Decision, HistoryId, Timestamp, Undecided};

/// What can be asked, for the own account.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Follow a channel.
    Follow {
        /// Which.
        channel: ChannelId,
    },
    /// Follow it no longer.
    Unfollow {
        /// Which.
        channel: ChannelId,
    },
}

impl Command {
    pub(super) fn names(&self) -> Vec<HistoryId> {
        match self {
            Self::Follow { channel } => vec![HistoryId::Channel(*channel)],
            Self::Unfollow { .. } => vec![],
        }
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        let account = signed_in(actor)?;
        exists(account, read)?;
        let (channel, command) = match self {
            Self::Follow { channel } => {
                read.channel(*channel, Channel::is_open)??;
                let channel = *channel;
                (channel, account::Command::Follow { channel, at })
            }
            // What is gone can still be let go of.
            Self::Unfollow { channel } => (*channel, account::Command::Unfollow(*channel)),
        };
        let events = read.account(account, |state| state.decide(command))??;
        let mut decision = Decision::default();
        decision.record(&HistoryId::Account(account), Some(channel), events);
        Ok(decision)
    }
}
