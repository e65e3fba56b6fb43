//! Feeds. Those of the log (`chat`, `tips`) are resumable: every item has a cursor, and each event
//! comes exactly once. Those of the read models show how things stand, at once and on every change.

mod chat;
mod live_streams;
mod of_log;
mod of_views;
mod stream_state;
mod tips;
mod viewer_count;

use crate::Fault;
use crate::messages::Sentence;
use crate::schema::{GlobalId, shared};
use async_graphql::{Context, ID, MergedSubscription};
use futures::stream::BoxStream;
use tributary_domain::ChannelId;

/// What can be followed.
#[derive(Default, MergedSubscription)]
pub(crate) struct Subscription(
    chat::ChatSubscription,
    tips::TipSubscription,
    stream_state::StreamStateSubscription,
    viewer_count::ViewerCountSubscription,
    live_streams::LiveStreamsSubscription,
);

/// Items, until a fault, which is the last.
type Feed<T> = BoxStream<'static, Result<T, Fault>>;

/// A channel that is there.
async fn channel(ctx: &Context<'_>, id: &ID) -> Result<ChannelId, Fault> {
    let channel = GlobalId::channel("channelId", id)?;
    let found = shared(ctx).views.channel(channel).await?;
    found
        .map(|found| found.id)
        .ok_or(Fault::NotFound(Sentence::NoSuchChannel))
}
