//! Streams.

use super::channel::is_moderated_by;
use super::chat_statistics::ChatStatistics;
use super::ledger;
use super::page::connection;
use super::reaction::{ReactionCounts, reactions_to};
use super::recording::{self, RecordingPlayback};
use super::statistics::seconds;
use super::tipper::{TopTipperConnection, top_tippers};
use super::{
    Channel, ChatMessage, ChatMessageConnection, Cursor, DateTime, GlobalId, RecordingConnection,
    RecordingOf, StatisticsOf, StreamAnalytics, StreamStatistics, channel_analytics, cost, count,
    lookups, page_size, shared, surely,
};
use crate::Fault;
use crate::messages::Sentence;
use crate::past::Then;
use async_graphql::{Context, Enum, ID, Object};
use tributary_domain::channel::ReactedTo;
use tributary_domain::stream;
use tributary_projections as views;

/// Where a stream is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "views::StreamStatus")]
pub(crate) enum StreamStatus {
    /// Announced.
    Scheduled,
    /// Waiting for media.
    Starting,
    /// On air.
    Live,
    /// Its publisher is gone and may come back.
    Interrupted,
    /// Over; its recording is being finished.
    Ending,
    /// Over.
    Ended,
    /// Called off before it began.
    Cancelled,
}

/// What kind of show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "stream::Kind")]
pub(crate) enum StreamKind {
    /// Picture and sound.
    Video,
    /// Sound alone.
    Audio,
    /// A shared screen.
    Screen,
}

/// Who can find a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "stream::Visibility")]
pub(crate) enum Visibility {
    /// Everyone.
    Public,
    /// It is in no list; whoever has its address can watch.
    Private,
}

/// The order of the live list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "views::LiveSort")]
pub(crate) enum LiveSort {
    /// The most watched first.
    Viewers,
    /// The one that went live last first.
    Newest,
}

connection!(
    /// A page of streams.
    StreamConnection,
    /// A stream in a list.
    StreamEdge,
    Stream
);

/// One show of a channel.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    row: views::Stream,
    /// What a list has read already.
    viewer_count: Option<i64>,
    /// As of when, where that is not now.
    then: Option<Then>,
}

impl From<views::Stream> for Stream {
    fn from(row: views::Stream) -> Self {
        Self::read(row, None)
    }
}

impl From<views::LiveStream> for Stream {
    fn from(live: views::LiveStream) -> Self {
        Self {
            row: live.stream,
            viewer_count: Some(live.viewer_count),
            then: None,
        }
    }
}

impl Stream {
    /// As it is, or as it was.
    pub(crate) fn read(row: views::Stream, then: Option<Then>) -> Self {
        let viewer_count = None;
        Self {
            row,
            viewer_count,
            then,
        }
    }

    /// Its newest recording, as it is now.
    async fn recording(
        &self,
        ctx: &Context<'_>,
        field: &'static str,
    ) -> Result<Option<views::Recording>, Fault> {
        if self.then.is_some() {
            return Err(Fault::BadInput(Sentence::NotAsOf { field }));
        }
        lookups(ctx).load_one(RecordingOf(self.row.id)).await
    }

    async fn numbers(
        &self,
        ctx: &Context<'_>,
        field: &'static str,
    ) -> Result<views::Statistics, Fault> {
        if self.then.is_some() {
            return Err(Fault::BadInput(Sentence::NotAsOf { field }));
        }
        let statistics = lookups(ctx).load_one(StatisticsOf(self.row.id)).await?;
        Ok(statistics.unwrap_or_default())
    }
}

/// One show of a channel.
#[Object]
impl Stream {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Stream(self.row.id).into()
    }

    /// Whose it is.
    async fn channel(&self, ctx: &Context<'_>) -> Result<Option<Channel>, Fault> {
        match self.then {
            Some(then) => {
                let channel = shared(ctx).past.channel(self.row.channel, then).await?;
                Ok(channel.map(|channel| Channel::as_of(channel, then)))
            }
            None => Ok(Some(surely(ctx, self.row.channel).await?.into())),
        }
    }

    /// What was said in its channel's chat while it was open, the oldest first: from so many seconds after
    /// it went live on, and before so many, for a replay beside its recording. Seconds are those of the clock:
    /// an interruption counts as long as it lasted.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "From so many seconds after it went live on.", default)] from_second: i32,
        #[graphql(desc = "Before so many seconds after it went live. Left out: to the end.")]
        to_second: Option<i32>,
    ) -> Result<Option<ChatMessageConnection>, Fault> {
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::position("after", &after))
            .transpose()?;
        let offset = chrono::TimeDelta::seconds(from_second.max(0).into());
        let began = match (self.row.started_at, from_second > 0) {
            // What was said before it went live was said while it was open, too.
            (Some(began), true) => began.checked_add_signed(offset),
            (Some(_) | None, _) => None,
        };
        let since = began.unwrap_or(tributary_domain::Timestamp::UNIX_EPOCH);
        let until = to_second.zip(self.row.started_at).and_then(|(to, began)| {
            began.checked_add_signed(chrono::TimeDelta::seconds(to.into()))
        });
        let views = &shared(ctx).views;
        let page = views
            .messages_between(self.row.id, (since, until), first, after)
            .await?;
        let item = |row: views::ChatMessage| (Cursor::write(row.position), ChatMessage::from(row));
        let items = page.items.into_iter().map(item).collect();
        let connection = ChatMessageConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }

    /// At most 140 characters.
    async fn title(&self) -> &str {
        &self.row.title
    }

    /// At most 5,000 characters; empty when there is none.
    async fn description(&self) -> &str {
        self.row.description.as_deref().unwrap_or_default()
    }

    /// What it is filed under, at most 50 characters; empty when it is not.
    async fn category(&self) -> &str {
        self.row.labels.category.as_deref().unwrap_or_default()
    }

    /// At most 10 of at most 50 characters.
    async fn tags(&self) -> &[String] {
        &self.row.labels.tags
    }

    /// What kind of show.
    async fn kind(&self) -> StreamKind {
        self.row.labels.kind.into()
    }

    /// Who can find it.
    async fn visibility(&self) -> Visibility {
        self.row.labels.visibility.into()
    }

    /// The quality that its streamer announces, such as `1080p60`.
    async fn quality(&self) -> Option<&str> {
        self.row.labels.quality.as_deref()
    }

    /// A picture of it. There are none yet.
    async fn thumbnail_url(&self) -> Option<&str> {
        None
    }

    /// Where it is in its life.
    async fn status(&self) -> StreamStatus {
        self.row.status.into()
    }

    /// When it is, or was, to begin.
    async fn scheduled_for(&self) -> Option<DateTime> {
        self.row.scheduled_for.map(DateTime)
    }

    /// When media first came in.
    async fn started_at(&self) -> Option<DateTime> {
        self.row.started_at.map(DateTime)
    }

    /// When it was over.
    async fn ended_at(&self) -> Option<DateTime> {
        self.row.ended_at.map(DateTime)
    }

    /// How long it lasted, or has lasted until now; null before media came in.
    async fn duration_seconds(&self, ctx: &Context<'_>) -> Option<f64> {
        let now = self.then.map(|then| then.time);
        let now = now.unwrap_or_else(|| shared(ctx).log.environment().now());
        self.row.duration_ms_at(now).map(seconds)
    }

    /// How many watch now.
    async fn viewer_count(&self, ctx: &Context<'_>) -> Result<Option<i32>, Fault> {
        let viewers = match self.viewer_count {
            Some(viewers) => viewers,
            None => self.numbers(ctx, "viewerCount").await?.viewer_count,
        };
        Ok(Some(count(viewers)))
    }

    /// What it comes to in numbers.
    async fn statistics(&self, ctx: &Context<'_>) -> Result<Option<StreamStatistics>, Fault> {
        let now = shared(ctx).log.environment().now();
        let numbers = self.numbers(ctx, "statistics").await?;
        Ok(Some(StreamStatistics::new(&self.row, &numbers, now)))
    }

    /// How often people reacted to it, and with what.
    async fn reactions(&self, ctx: &Context<'_>) -> Result<Option<ReactionCounts>, Fault> {
        if self.then.is_some() {
            let field = "reactions";
            return Err(Fault::BadInput(Sentence::NotAsOf { field }));
        }
        reactions_to(ctx, ReactedTo::Stream(self.row.id)).await
    }

    /// What its chat comes to in numbers. The channel's owner, moderators, admins and analysts see it; for
    /// others it is null.
    async fn chat_statistics(&self, ctx: &Context<'_>) -> Result<Option<ChatStatistics>, Fault> {
        let statistics = self.numbers(ctx, "chatStatistics").await?;
        let channel = self.row.channel;
        if !channel_analytics::is_shown(ctx, channel).await?
            && !is_moderated_by(ctx, channel).await?
        {
            return Ok(None);
        }
        let shared = shared(ctx);
        let numbers = shared.views.chat_statistics(self.row.id).await?;
        let air_ms = statistics.air_ms_at(shared.log.environment().now());
        Ok(Some(ChatStatistics::new(self.row.id, numbers, air_ms)))
    }

    /// What it comes to in detail. The channel's owner, admins and analysts see it; for others it is null.
    async fn analytics(&self, ctx: &Context<'_>) -> Result<Option<StreamAnalytics>, Fault> {
        let numbers = self.numbers(ctx, "analytics").await?;
        if !channel_analytics::is_shown(ctx, self.row.channel).await? {
            return Ok(None);
        }
        Ok(Some(StreamAnalytics::new(self.row.id, numbers)))
    }

    /// Who gave most while it was open, in one currency, refunds taken off.
    #[graphql(complexity = "10 + cost(first, child_complexity)")]
    async fn top_tippers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An ISO 4217 code such as `USD`.")] currency: String,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<TopTipperConnection>, Fault> {
        let of = views::TippersOf {
            channel: self.row.channel,
            currency: ledger::currency(&currency)?,
            stream: Some(self.row.id),
            since: None,
            until: None,
        };
        top_tippers(ctx, of, first, after).await
    }

    /// Whether it is being recorded.
    async fn is_recording(&self, ctx: &Context<'_>) -> Result<bool, Fault> {
        let newest = self.recording(ctx, "isRecording").await?;
        Ok(newest.is_some_and(|newest| newest.finished_at.is_none()))
    }

    /// The path of its newest recording as HLS, if there is one that the caller may watch.
    async fn recording_url(&self, ctx: &Context<'_>) -> Result<Option<String>, Fault> {
        let Some(newest) = self.recording(ctx, "recordingUrl").await? else {
            return Ok(None);
        };
        let playback = recording::playback(ctx, &newest, false).await?;
        Ok(playback.map(RecordingPlayback::into_hls_path))
    }

    /// Its recordings, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn recordings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<RecordingConnection>, Fault> {
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::position("after", &after))
            .transpose()?;
        let views = &shared(ctx).views;
        let found = views
            .recordings_of_stream(self.row.id, first, after)
            .await?;
        Ok(Some(recording::page(found, after.is_some())))
    }
}
