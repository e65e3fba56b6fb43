//! Anything that has a global id.

use super::{Account, Channel, ChatMessage, GlobalId, Stream, Tip, lookups, shared};
use crate::Fault;
use async_graphql::{Context, ID, Interface};

/// Anything that has a global id.
#[derive(Debug, Clone, Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "Its global id: opaque, and the same for ever."
))]
pub(crate) enum Node {
    /// See `Account`.
    Account(Account),
    /// See `Channel`.
    Channel(Channel),
    /// See `Stream`.
    Stream(Stream),
    /// See `ChatMessage`.
    ChatMessage(ChatMessage),
    /// See `Tip`.
    Tip(Tip),
}

impl Node {
    /// What an id names, if it is there.
    pub(crate) async fn find(ctx: &Context<'_>, id: GlobalId) -> Result<Option<Self>, Fault> {
        let (views, lookups) = (&shared(ctx).views, lookups(ctx));
        Ok(match id {
            GlobalId::Account(id) => lookups.load_one(id).await?.map(Account).map(Self::Account),
            GlobalId::Channel(id) => lookups
                .load_one(id)
                .await?
                .map(Channel::from)
                .map(Self::Channel),
            GlobalId::Stream(id) => lookups
                .load_one(id)
                .await?
                .map(Stream::from)
                .map(Self::Stream),
            GlobalId::ChatMessage(position) => {
                let message = views.message(position).await?;
                message.map(ChatMessage::from).map(Self::ChatMessage)
            }
            GlobalId::Tip(position) => views.tip(position).await?.map(Tip::from).map(Self::Tip),
        })
    }
}
