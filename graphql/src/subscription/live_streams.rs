//! `liveStreams`: who is live.

use super::Feed;
use super::of_views::{self, Standing};
use crate::Fault;
use crate::api::Shared;
use crate::fanout::Subject;
use crate::schema::{Stream, cost, page_size};
use async_graphql::{Context, SimpleObject, Subscription};
use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::StreamExt as _;
use std::sync::Arc;
use tributary_projections as views;

/// Who is live.
#[derive(SimpleObject)]
pub(crate) struct LiveStreams {
    /// The most watched first.
    streams: Vec<Stream>,
}

#[derive(Default)]
pub(crate) struct LiveStreamsSubscription;

#[Subscription]
impl LiveStreamsSubscription {
    /// The live list, the most watched first: at once, and on every change, at most four times a
    /// second.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn live_streams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.", default = 50)] first: i32,
    ) -> Result<Feed<LiveStreams>, Fault> {
        let first = page_size("first", first)?;
        let feed = of_views::feed(ctx, LiveList(first));
        let shown = |streams: Vec<views::LiveStream>| LiveStreams {
            streams: streams.into_iter().map(Stream::from).collect(),
        };
        Ok(feed.map(move |item| item.map(shown)).boxed())
    }
}

struct LiveList(usize);

impl Standing for LiveList {
    type Value = Vec<views::LiveStream>;

    fn subject(&self) -> Subject {
        Subject::LiveList
    }

    fn ask(&self, shared: Arc<Shared>) -> BoxFuture<'_, Result<Self::Value, Fault>> {
        async move {
            let filter = views::LiveFilter::default();
            let sort = views::LiveSort::Viewers;
            Ok(shared
                .views
                .live_streams(&filter, sort, self.0, None)
                .await?
                .items)
        }
        .boxed()
    }
}
