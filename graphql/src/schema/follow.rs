//! Follows.

use super::page::connection;
use super::{Channel, DateTime, GlobalId, surely};
use crate::Fault;
use async_graphql::{Context, ID, Object};
use tributary_projections as views;

connection!(
    /// A page of what somebody follows.
    FollowConnection,
    /// A channel that somebody follows, in a list.
    FollowEdge,
    Follow
);

/// A channel that somebody follows.
#[derive(Debug, Clone)]
pub(crate) struct Follow(pub(crate) views::Follow);

/// A channel that somebody follows.
#[Object]
impl Follow {
    /// Its global id: the same whenever this account follows this channel.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Follow(self.0.account, self.0.channel).into()
    }

    /// Which.
    async fn channel(&self, ctx: &Context<'_>) -> Result<Option<Channel>, Fault> {
        Ok(Some(surely(ctx, self.0.channel).await?.into()))
    }

    /// Since when.
    async fn since(&self) -> DateTime {
        DateTime(self.0.since)
    }
}
