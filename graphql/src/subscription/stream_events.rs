//! `streamEvents`: what happens to a channel's streams.

use super::of_log::{self, Items, Placed};
use super::{Feed, channel};
use crate::Fault;
use crate::api::Shared;
use crate::fanout::Topic;
use crate::schema::{DateTime, GlobalId, shared};
use async_graphql::{Context, Enum, ID, SimpleObject, Subscription};
use std::sync::Arc;
use tributary_domain::stream::{Event as StreamEventOf, Visibility};
use tributary_domain::{Event, HistoryId, StreamId};
use tributary_store::Page;

/// What happened to a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum StreamEventKind {
    /// It was announced.
    Scheduled,
    /// It waits for media.
    Started,
    /// Media came in for the first time.
    WentLive,
    /// Its publisher went away and may come back.
    Interrupted,
    /// Its publisher came back.
    Resumed,
    /// It was described anew.
    Updated,
    /// It is over; its recording is being finished.
    Ending,
    /// It is over.
    Ended,
    /// It was called off before it began.
    Cancelled,
    /// It is being recorded.
    RecordingStarted,
    /// It is recorded no more.
    RecordingStopped,
    /// When what is in its recording was on air is known anew.
    RecordingAnchored,
    /// Its recording is complete.
    RecordingFinished,
    /// A recording of it was taken away.
    RecordingDeleted,
}

impl StreamEventKind {
    /// What viewers are told of; `None` for what is its streamer's business.
    const fn of(event: &StreamEventOf) -> Option<Self> {
        Some(match event {
            StreamEventOf::Scheduled(_) => Self::Scheduled,
            StreamEventOf::Started(_) => Self::Started,
            StreamEventOf::WentLive(_) => Self::WentLive,
            StreamEventOf::Interrupted(_) => Self::Interrupted,
            StreamEventOf::Resumed(_) => Self::Resumed,
            StreamEventOf::Updated(_) => Self::Updated,
            StreamEventOf::Ending(_) => Self::Ending,
            StreamEventOf::Ended(_) => Self::Ended,
            StreamEventOf::Cancelled(_) => Self::Cancelled,
            StreamEventOf::RecordingStarted(_) => Self::RecordingStarted,
            StreamEventOf::RecordingStopped(_) => Self::RecordingStopped,
            StreamEventOf::Anchored(_) => Self::RecordingAnchored,
            StreamEventOf::RecordingFinished(_) => Self::RecordingFinished,
            StreamEventOf::RecordingDeleted(_) => Self::RecordingDeleted,
            StreamEventOf::HealthNoted(_) => return None,
        })
    }
}

/// Something happened to a stream.
#[derive(SimpleObject)]
pub(crate) struct StreamEvent {
    /// Give it as `after` to resume behind this event.
    cursor: String,
    /// What.
    kind: StreamEventKind,
    /// The stream's global id; `stream` and `node` show how it stands now.
    stream_id: ID,
    /// When.
    at: DateTime,
}

#[derive(Default)]
pub(crate) struct StreamEventSubscription;

#[Subscription]
impl StreamEventSubscription {
    /// What happens to a channel's public streams, from their announcement to their end. With `after`,
    /// first everything since then; nothing is left out and nothing comes twice.
    async fn stream_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel's global id.")] channel_id: ID,
        #[graphql(
            desc = "Resume behind this cursor, or behind a position such as `headPosition`. Left out: from now on."
        )]
        after: Option<String>,
    ) -> Result<Feed<StreamEvent>, Fault> {
        let channel = channel(ctx, &channel_id).await?;
        let streams = Streams(Arc::clone(shared(ctx)));
        of_log::feed(ctx, Topic::Channel(channel), after.as_deref(), streams)
    }
}

struct Streams(Arc<Shared>);

impl Items for Streams {
    type Item = StreamEvent;

    async fn of(&self, page: &Page) -> Result<Vec<Placed<StreamEvent>>, Fault> {
        let events: Vec<_> = page
            .events
            .iter()
            .filter_map(|recorded| match (&recorded.history, &recorded.event) {
                (HistoryId::Stream(stream), Event::Stream(event)) => {
                    StreamEventKind::of(event).map(|kind| (recorded, *stream, kind))
                }
                _ => None,
            })
            .collect();
        let mut ids: Vec<StreamId> = events.iter().map(|(_, stream, _)| *stream).collect();
        ids.dedup();
        if ids.is_empty() {
            return Ok(vec![]);
        }
        // Who may find a stream does not stand in each of its events: the read models know.
        let Shared {
            views, settings, ..
        } = &*self.0;
        views.wait_for(page.upto, settings.at_least_timeout).await?;
        let rows = views.streams(&ids).await?;
        let is_public = |stream: &StreamId| {
            let row = rows.get(stream);
            row.is_some_and(|row| row.labels.visibility == Visibility::Public)
        };
        let shown = events
            .into_iter()
            .filter(|(_, stream, _)| is_public(stream));
        Ok(shown
            .map(|(recorded, stream, kind)| {
                let item = StreamEvent {
                    cursor: of_log::cursor(recorded),
                    kind,
                    stream_id: GlobalId::Stream(stream).into(),
                    at: DateTime(recorded.recorded_at),
                };
                Placed::new(recorded, item)
            })
            .collect())
    }
}
