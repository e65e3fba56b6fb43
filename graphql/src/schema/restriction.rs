//! Bans, mutes and timeouts.

use super::page::connection;
use super::{Account, DateTime, GlobalId, surely};
use crate::Fault;
use async_graphql::{Context, Enum, ID, Object};
use tributary_projections as views;

/// What someone may not do in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RestrictionKind {
    /// Neither chat nor tip.
    Ban,
    /// Not chat.
    Mute,
    /// Not chat, for a while.
    Timeout,
}

connection!(
    /// A page of bans, mutes and timeouts.
    RestrictionConnection,
    /// A ban, a mute or a timeout in a list.
    RestrictionEdge,
    Restriction
);

/// A ban, a mute or a timeout that is running.
#[derive(Debug, Clone)]
pub(crate) struct Restriction(pub(crate) views::Restriction);

/// A ban, a mute or a timeout that is running.
#[Object]
impl Restriction {
    /// Its global id: the same whenever this account is restricted in this channel.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Restriction(self.0.channel, self.0.account).into()
    }

    /// Whom it is about.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        Ok(Some(surely(ctx, self.0.account).await?.into()))
    }

    /// Which of them.
    async fn kind(&self) -> RestrictionKind {
        match self.0.kind {
            views::RestrictionKind::Ban => RestrictionKind::Ban,
            views::RestrictionKind::Mute => RestrictionKind::Mute,
            views::RestrictionKind::Timeout { .. } => RestrictionKind::Timeout,
        }
    }

    /// When a timeout ends by itself.
    async fn until(&self) -> Option<DateTime> {
        match self.0.kind {
            views::RestrictionKind::Ban | views::RestrictionKind::Mute => None,
            views::RestrictionKind::Timeout { until } => Some(DateTime(until)),
        }
    }

    /// Why, in the moderator's words.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Since when.
    async fn since(&self) -> DateTime {
        DateTime(self.0.since)
    }
}
