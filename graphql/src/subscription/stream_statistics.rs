//! `streamStatistics`: a stream's numbers while it runs.

use super::Feed;
use super::of_views::{self, Standing};
use crate::Fault;
use crate::api::Shared;
use crate::fanout::Subject;
use crate::messages::Sentence;
use crate::schema::{GlobalId, StreamStatistics, shared};
use async_graphql::{Context, ID, Subscription};
use futures::future::{BoxFuture, FutureExt as _};
use std::sync::Arc;
use tributary_domain::StreamId;

#[derive(Default)]
pub(crate) struct StreamStatisticsSubscription;

#[Subscription]
impl StreamStatisticsSubscription {
    /// A stream's numbers: at once, and whenever one changes, at most four times a second.
    async fn stream_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stream's global id.")] stream_id: ID,
    ) -> Result<Feed<StreamStatistics>, Fault> {
        let stream = GlobalId::stream("streamId", &stream_id)?;
        let found = shared(ctx).views.stream(stream).await?;
        found.ok_or(Fault::NotFound(Sentence::NoSuchStream))?;
        Ok(of_views::feed(ctx, Numbers(stream)))
    }
}

struct Numbers(StreamId);

impl Standing for Numbers {
    type Value = StreamStatistics;

    fn subject(&self) -> Subject {
        Subject::Numbers(self.0)
    }

    fn ask(&self, shared: Arc<Shared>) -> BoxFuture<'_, Result<StreamStatistics, Fault>> {
        async move {
            let statistics = shared.views.statistics(self.0).await?;
            let stream = shared.views.stream(self.0).await?;
            let stream = stream.ok_or(Fault::NotFound(Sentence::NoSuchStream))?;
            let now = shared.log.environment().now();
            Ok(StreamStatistics::new(&stream, &statistics, now))
        }
        .boxed()
    }
}
