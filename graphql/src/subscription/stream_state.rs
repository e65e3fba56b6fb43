//! `streamState`: what is on at a channel.

use super::of_views::{self, Standing};
use super::{Feed, channel};
use crate::Fault;
use crate::api::Shared;
use crate::fanout::Subject;
use crate::messages::Sentence;
use crate::schema::Channel;
use async_graphql::{Context, ID, Subscription};
use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::StreamExt as _;
use std::sync::Arc;
use tributary_domain::ChannelId;
use tributary_projections as views;

#[derive(Default)]
pub(crate) struct StreamStateSubscription;

#[Subscription]
impl StreamStateSubscription {
    /// What is on at a channel: at once, and whenever its current stream starts, goes live, is
    /// interrupted, ends or is described anew.
    async fn stream_state(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel's global id.")] channel_id: ID,
    ) -> Result<Feed<Channel>, Fault> {
        let channel = channel(ctx, &channel_id).await?;
        let feed = of_views::feed(ctx, StreamState(channel));
        let shown = feed.map(|item| item.map(|(row, current)| Channel::with_current(row, current)));
        Ok(shown.boxed())
    }
}

struct StreamState(ChannelId);

impl Standing for StreamState {
    type Value = (views::Channel, Option<views::Stream>);

    fn subject(&self) -> Subject {
        Subject::Channel(self.0)
    }

    fn ask(&self, shared: Arc<Shared>) -> BoxFuture<'_, Result<Self::Value, Fault>> {
        async move {
            let channel = shared.views.channel(self.0).await?;
            let channel = channel.ok_or(Fault::NotFound(Sentence::NoSuchChannel))?;
            Ok((channel, shared.views.current_stream(self.0).await?))
        }
        .boxed()
    }
}
