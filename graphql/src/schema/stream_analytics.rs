//! A stream's numbers for those who run it: over time, how long viewers stay, and averages.

use super::page::{connection, page_size};
use super::statistics::{count, seconds};
use super::stream_health::StreamHealthConnection;
use super::totals::TipTotal;
use super::{Cursor, DateTime, Money, cost, shared};
use crate::Fault;
use crate::messages::Sentence;
use async_graphql::{Context, Object, SimpleObject};
use tributary_domain::StreamId;
use tributary_projections as views;
use tributary_projections::POINT_MINUTES_MAX;

/// What a stream comes to, in detail.
#[derive(Debug, Clone)]
pub(crate) struct StreamAnalytics {
    stream: StreamId,
    numbers: views::Statistics,
}

impl StreamAnalytics {
    pub(crate) fn new(stream: StreamId, numbers: views::Statistics) -> Self {
        Self { stream, numbers }
    }
}

/// A stretch of a stream's time.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct TimelinePoint {
    /// When it begins.
    at: DateTime,
    /// How many watched on average.
    average_viewers: f64,
    /// The most that watched at once.
    peak_viewers: i32,
    /// Messages sent, deleted ones included.
    message_count: i32,
    /// Who began to follow the channel.
    new_followers: i32,
    /// How many tips were given.
    tip_count: i32,
    /// Their sums, a currency each.
    tips: Vec<Money>,
}

connection!(
    /// A page of a stream's time.
    TimelineConnection,
    /// A stretch of time in a list.
    TimelineEdge,
    TimelinePoint
);

impl From<views::TimelinePoint> for TimelinePoint {
    fn from(point: views::TimelinePoint) -> Self {
        Self {
            at: DateTime(point.at()),
            average_viewers: point.average_viewers(),
            peak_viewers: count(point.peak_viewers),
            message_count: count(point.message_count),
            new_followers: count(point.new_followers),
            tip_count: count(point.tip_count),
            tips: point.tips.iter().map(|sum| Money::from(*sum)).collect(),
        }
    }
}

/// How many stayed so long.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct RetentionPoint {
    /// Whole minutes.
    minutes: i32,
    /// How many watched for so long or longer.
    viewers: i32,
    /// That many of all of whom a visit is over, from 0 to 100.
    percent: f64,
}

connection!(
    /// A page of a retention curve.
    RetentionConnection,
    /// A point of a retention curve in a list.
    RetentionEdge,
    RetentionPoint
);

/// What a stream comes to, in detail.
#[Object]
impl StreamAnalytics {
    /// The rule by which viewers are counted.
    async fn viewer_rule(&self, ctx: &Context<'_>) -> &'static str {
        shared(ctx).views.viewer_rule().name()
    }

    /// How many watched on average while it was on air.
    async fn average_viewers(&self, ctx: &Context<'_>) -> f64 {
        let now = shared(ctx).log.environment().now();
        self.numbers.average_viewers(now)
    }

    /// How long viewers watched in all, in visits that are over.
    async fn watch_seconds(&self) -> f64 {
        seconds(self.numbers.watch_ms)
    }

    /// How long a viewer watched on average, all their visits that are over together.
    async fn average_watch_seconds(&self) -> f64 {
        seconds(self.numbers.average_watch_ms())
    }

    /// How many messages each viewer comes to.
    async fn messages_per_viewer(&self) -> f64 {
        self.numbers.messages_per_viewer()
    }

    /// What was tipped, a currency each.
    async fn tips(&self) -> Vec<TipTotal> {
        self.numbers.tips.iter().map(TipTotal::from).collect()
    }

    /// Who began to follow the channel in the minutes of the timeline.
    async fn new_followers(&self, ctx: &Context<'_>) -> Result<Option<i32>, Fault> {
        let shared = shared(ctx);
        let now = shared.log.environment().now();
        let followers = shared.views.new_followers(self.stream, now).await?;
        Ok(Some(count(followers)))
    }

    /// How often its media stopped before its end.
    async fn interruptions(&self) -> i32 {
        count(self.numbers.interruptions)
    }

    /// Its time, minute by minute or in longer steps, the oldest first. While it is on air the last point is
    /// the one that is not over.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many points, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(
            desc = "The length of a point in minutes, from 1 to 60. Points begin at whole steps of the clock.",
            default = 1
        )]
        minutes_per_point: i32,
    ) -> Result<Option<TimelineConnection>, Fault> {
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::read::<i64>("after", &after))
            .transpose()?;
        let minutes = i64::from(minutes_per_point);
        if !(1..=POINT_MINUTES_MAX).contains(&minutes) {
            return Err(Fault::BadInput(Sentence::PageSize {
                field: "minutesPerPoint".to_owned(),
                most: i32::try_from(POINT_MINUTES_MAX).unwrap_or(i32::MAX),
            }));
        }
        let shared = shared(ctx);
        let asked = views::Timeline {
            minutes,
            first,
            after,
            now: shared.log.environment().now(),
        };
        let page = shared.views.timeline(self.stream, asked).await?;
        let item = |point: views::TimelinePoint| (Cursor::write(point.minute), point.into());
        let items = page.items.into_iter().map(item).collect();
        let connection = TimelineConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }

    /// How its publisher did, note by note, the oldest first: once a minute, and when other warnings hold than
    /// before. `streamHealth` says how it does now.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn health(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many notes, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<StreamHealthConnection>, Fault> {
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::position("after", &after))
            .transpose()?;
        let page = shared(ctx)
            .views
            .stream_health(self.stream, first, after)
            .await?;
        let item = |point: views::HealthPoint| (Cursor::write(point.position), point.into());
        let items = page.items.into_iter().map(item).collect();
        let connection = StreamHealthConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }

    /// How many viewers watched for at least so many minutes, of those of whom a visit is over.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn retention(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many points, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<RetentionConnection>, Fault> {
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::read::<usize>("after", &after))
            .transpose()?;
        let curve = shared(ctx).views.retention(self.stream).await?;
        let all = curve.first().copied().unwrap_or(0);
        let from = after.map_or(0, |after| after.saturating_add(1));
        let points = curve.iter().enumerate().skip(from);
        let items: Vec<_> = points
            .take(first)
            .map(|(minutes, viewers)| {
                let point = RetentionPoint {
                    minutes: i32::try_from(minutes).unwrap_or(i32::MAX),
                    viewers: count(*viewers),
                    percent: views::percent(*viewers, all),
                };
                (Cursor::write(minutes), point)
            })
            .collect();
        let has_more = from.saturating_add(items.len()) < curve.len();
        let connection = RetentionConnection::new(items, after.is_some(), has_more);
        Ok(Some(connection))
    }
}
