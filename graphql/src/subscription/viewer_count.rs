//! `viewerCount`: how many watch a stream.

use super::Feed;
use super::of_views::{self, Standing};
use crate::Fault;
use crate::api::Shared;
use crate::fanout::Subject;
use crate::messages::Sentence;
use crate::schema::{GlobalId, count, shared};
use async_graphql::{Context, ID, SimpleObject, Subscription};
use futures::future::{BoxFuture, FutureExt as _};
use std::sync::Arc;
use tributary_domain::StreamId;

/// How many watch a stream.
#[derive(Clone, PartialEq, SimpleObject)]
pub(crate) struct ViewerCount {
    /// The stream's global id.
    stream_id: ID,
    /// How many watch now.
    viewer_count: i32,
    /// The most that ever watched at once.
    peak_viewers: i32,
}

#[derive(Default)]
pub(crate) struct ViewerCountSubscription;

#[Subscription]
impl ViewerCountSubscription {
    /// How many watch a stream: at once, and whenever it changes, at most four times a second.
    async fn viewer_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stream's global id.")] stream_id: ID,
    ) -> Result<Feed<ViewerCount>, Fault> {
        let stream = GlobalId::stream("streamId", &stream_id)?;
        let shared = shared(ctx);
        let found = shared.views.stream(stream).await?;
        found.ok_or(Fault::NotFound(Sentence::NoSuchStream))?;
        Ok(of_views::feed(ctx, Viewers(stream)))
    }
}

struct Viewers(StreamId);

impl Standing for Viewers {
    type Value = ViewerCount;

    fn subject(&self) -> Subject {
        Subject::Viewers(self.0)
    }

    fn ask(&self, shared: Arc<Shared>) -> BoxFuture<'_, Result<ViewerCount, Fault>> {
        async move {
            let statistics = shared.views.statistics(self.0).await?;
            Ok(ViewerCount {
                stream_id: GlobalId::Stream(self.0).into(),
                viewer_count: count(statistics.viewer_count),
                peak_viewers: count(statistics.peak_viewers),
            })
        }
        .boxed()
    }
}
