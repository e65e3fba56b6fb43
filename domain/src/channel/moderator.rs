//! Moderators: whom the owner lets put a chat in order, and what each of them may do.

use super::{Channel, Event, Rejection};
use crate::{AccountId, ChannelId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most moderators of a channel.
pub const MODERATORS_MAX: usize = 100;

/// Something that a moderator may do. The owner and the platform's staff may do all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModeratorPermission {
    /// Remove a message.
    DeleteMessages,
    /// Keep somebody quiet for a while, and undo it.
    TimeOut,
    /// Keep somebody quiet until it is undone, and undo it.
    Mute,
    /// Keep somebody out, and undo it.
    Ban,
    /// Clear the whole chat.
    ClearChat,
    /// Pin messages, and take them down.
    Pin,
    /// Change who may speak, and how often.
    Settings,
}

impl ModeratorPermission {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::DeleteMessages,
        Self::TimeOut,
        Self::Mute,
        Self::Ban,
        Self::ClearChat,
        Self::Pin,
        Self::Settings,
    ];
}

/// Somebody moderates the channel from now on, with these permissions instead of those from before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeratorAppointed {
    /// Who.
    pub account: AccountId,
    /// What they may do.
    pub permissions: BTreeSet<ModeratorPermission>,
}

/// Somebody moderates the channel no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeratorRemoved {
    /// Who.
    pub account: AccountId,
}

/// Who asks something of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    /// The account; `None` for the console and for Tributary itself.
    pub account: Option<AccountId>,
    /// Whether they act for the platform.
    pub is_staff: bool,
}

impl Channel {
    /// Whether `by` runs the channel: its owner, or staff.
    pub(super) fn is_run_by(&self, by: By) -> bool {
        by.is_staff || (by.account.is_some() && by.account == self.id.map(ChannelId::owner))
    }

    /// Whether `by` may do what takes this permission.
    pub fn permits(&self, by: By, permission: ModeratorPermission) -> bool {
        let granted = by.account.and_then(|account| self.moderators.get(&account));
        self.is_run_by(by) || granted.is_some_and(|granted| granted.contains(&permission))
    }

    /// Whether slow mode and the other gates of the chat do not stand before `by`.
    pub fn is_exempt(&self, by: By) -> bool {
        self.is_run_by(by)
            || by
                .account
                .is_some_and(|account| self.moderators.contains_key(&account))
    }

    /// Refuses to act against who cannot be acted against: nobody can against the owner, and against a
    /// moderator only who runs the channel.
    pub(super) fn may_be_restricted(
        &self,
        id: ChannelId,
        account: AccountId,
        by: By,
    ) -> Result<(), Rejection> {
        if account == id.owner() {
            return Err(Rejection::OwnerExempt);
        }
        if self.moderators.contains_key(&account) && !self.is_run_by(by) {
            return Err(Rejection::ModeratorExempt);
        }
        Ok(())
    }

    pub(super) fn appoint(
        &self,
        id: ChannelId,
        account: AccountId,
        permissions: BTreeSet<ModeratorPermission>,
    ) -> Result<Vec<Event>, Rejection> {
        if account == id.owner() {
            return Err(Rejection::OwnerModerates);
        }
        if permissions.is_empty() {
            return Err(Rejection::NoPermissions);
        }
        self.may_tip(account)?;
        match self.moderators.get(&account) {
            Some(granted) if *granted == permissions => return Ok(vec![]),
            Some(_) => {}
            None if self.moderators.len() >= MODERATORS_MAX => {
                return Err(Rejection::TooManyModerators);
            }
            None => {}
        }
        Ok(vec![
            ModeratorAppointed {
                account,
                permissions,
            }
            .into(),
        ])
    }

    pub(super) fn dismiss(&self, account: AccountId) -> Vec<Event> {
        if self.moderators.contains_key(&account) {
            vec![ModeratorRemoved { account }.into()]
        } else {
            vec![]
        }
    }
}
