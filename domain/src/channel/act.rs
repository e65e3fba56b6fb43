//! Acts of moderation: what each takes, and what it comes to.

use super::moderator::By;
use super::{Channel, ChatSettingsChange, Event, ModeratorPermission, Reason, Rejection};
use crate::{AccountId, ChannelId, Position, Timestamp};
use std::collections::BTreeSet;

/// Something that whoever moderates a channel does.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Keep someone out.
    Ban {
        /// Whom.
        account: AccountId,
        /// Why.
        reason: Reason,
    },
    /// Let them in again.
    Unban {
        /// Whom.
        account: AccountId,
        /// Why.
        reason: Reason,
    },
    /// Keep someone quiet.
    Mute {
        /// Whom.
        account: AccountId,
        /// Why.
        reason: Reason,
    },
    /// Let them speak again.
    Unmute {
        /// Whom.
        account: AccountId,
        /// Why.
        reason: Reason,
    },
    /// Keep someone quiet for a while.
    TimeOut {
        /// Whom.
        account: AccountId,
        /// For how long.
        seconds: i64,
        /// Why.
        reason: Reason,
    },
    /// Let them speak again.
    LiftTimeout {
        /// Whom.
        account: AccountId,
        /// Why.
        reason: Reason,
    },
    /// Remove every message up to a place in the log: what whoever asks had before their eyes.
    ClearChat {
        /// The last one that goes.
        upto: Position,
        /// Why.
        reason: Reason,
    },
    /// Keep a message in sight.
    Pin {
        /// Which.
        message: Position,
        /// Who had sent it, as the log says.
        sender: AccountId,
    },
    /// Take it down.
    Unpin {
        /// Which.
        message: Position,
        /// Who had sent it, as the log says.
        sender: AccountId,
    },
    /// Change who may speak, and how often.
    ChangeChat {
        /// What of it. The rest stays as it is at that moment.
        change: ChatSettingsChange,
        /// Why.
        reason: Reason,
    },
    /// Let somebody moderate, with these permissions and no others.
    Appoint {
        /// Whom.
        account: AccountId,
        /// What they may do.
        permissions: BTreeSet<ModeratorPermission>,
    },
    /// Let them moderate no longer.
    Dismiss {
        /// Whom.
        account: AccountId,
    },
}

/// What an act takes.
enum Taken {
    /// This permission.
    Permission(ModeratorPermission),
    /// To be the owner, or staff.
    Running,
    /// To be the owner, staff, or the one whom it is about.
    RunningOr(AccountId),
}

impl Act {
    /// Whom it is about: of what is done to a chat as a whole, the channel's owner.
    pub fn subject(&self, channel: ChannelId) -> AccountId {
        match self {
            Self::Ban { account, .. }
            | Self::Unban { account, .. }
            | Self::Mute { account, .. }
            | Self::Unmute { account, .. }
            | Self::TimeOut { account, .. }
            | Self::LiftTimeout { account, .. }
            | Self::Appoint { account, .. }
            | Self::Dismiss { account } => *account,
            Self::Pin { sender, .. } | Self::Unpin { sender, .. } => *sender,
            Self::ClearChat { .. } | Self::ChangeChat { .. } => channel.owner(),
        }
    }

    /// Whether it begins something: what is undone or put in order can be so in a closed channel, and
    /// for a person who is no more.
    pub fn begins(&self) -> bool {
        match self {
            Self::Ban { .. }
            | Self::Mute { .. }
            | Self::TimeOut { .. }
            | Self::Pin { .. }
            | Self::ChangeChat { .. }
            | Self::Appoint { .. } => true,
            Self::Unban { .. }
            | Self::Unmute { .. }
            | Self::LiftTimeout { .. }
            | Self::ClearChat { .. }
            | Self::Unpin { .. }
            | Self::Dismiss { .. } => false,
        }
    }

    /// Why, in words that may speak of a person.
    pub(crate) fn reason_mut(&mut self) -> Option<&mut Reason> {
        match self {
            Self::Ban { reason, .. }
            | Self::Unban { reason, .. }
            | Self::Mute { reason, .. }
            | Self::Unmute { reason, .. }
            | Self::TimeOut { reason, .. }
            | Self::LiftTimeout { reason, .. }
            | Self::ClearChat { reason, .. }
            | Self::ChangeChat { reason, .. } => Some(reason),
            Self::Pin { .. } | Self::Unpin { .. } | Self::Appoint { .. } | Self::Dismiss { .. } => {
                None
            }
        }
    }

    fn takes(&self) -> Taken {
        use ModeratorPermission as Permission;
        Taken::Permission(match self {
            Self::Ban { .. } | Self::Unban { .. } => Permission::Ban,
            Self::Mute { .. } | Self::Unmute { .. } => Permission::Mute,
            Self::TimeOut { .. } | Self::LiftTimeout { .. } => Permission::TimeOut,
            Self::ClearChat { .. } => Permission::ClearChat,
            Self::Pin { .. } | Self::Unpin { .. } => Permission::Pin,
            Self::ChangeChat { .. } => Permission::Settings,
            Self::Appoint { .. } => return Taken::Running,
            // Whoever moderates may stop to.
            Self::Dismiss { account } => return Taken::RunningOr(*account),
        })
    }
}

impl Channel {
    /// Whether `by` may do this, whatever comes of it.
    pub fn may_moderate(&self, by: By, act: &Act) -> bool {
        match act.takes() {
            Taken::Permission(permission) => self.permits(by, permission),
            Taken::Running => self.is_run_by(by),
            Taken::RunningOr(account) => self.is_run_by(by) || by.account == Some(account),
        }
    }

    pub(super) fn moderate(
        &self,
        by: By,
        at: Timestamp,
        act: Act,
    ) -> Result<Vec<Event>, Rejection> {
        let id = self.id.ok_or(Rejection::NotFound)?;
        if !self.may_moderate(by, &act) {
            return Err(Rejection::NotAllowed);
        }
        match act {
            Act::Ban { account, reason } => {
                self.may_be_restricted(id, account, by)?;
                Ok(self.ban(account, reason))
            }
            Act::Unban { account, reason } => Ok(self.unban(account, reason)),
            Act::Mute { account, reason } => {
                self.may_be_restricted(id, account, by)?;
                Ok(self.mute(account, reason))
            }
            Act::Unmute { account, reason } => Ok(self.unmute(account, reason)),
            Act::TimeOut {
                account,
                seconds,
                reason,
            } => {
                self.may_be_restricted(id, account, by)?;
                self.time_out(account, at, seconds, reason)
            }
            Act::LiftTimeout { account, reason } => Ok(self.lift_timeout(account, at, reason)),
            Act::ClearChat { upto, reason } => Ok(self.clear(upto, reason)),
            Act::Pin { message, sender } => self.pin(message, sender),
            Act::Unpin { message, sender } => Ok(self.unpin(message, sender)),
            Act::ChangeChat { change, reason } => self.change_chat(change, reason),
            Act::Appoint {
                account,
                permissions,
            } => self.appoint(id, account, permissions),
            Act::Dismiss { account } => Ok(self.dismiss(account)),
        }
    }
}
