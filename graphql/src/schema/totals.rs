//! What a channel or the platform comes to, in all and by period.

use super::page::connection;
use super::statistics::{count, seconds};
use super::{Cursor, DateTime, Money, page_size, shared};
use crate::Fault;
use async_graphql::{Context, Enum, SimpleObject};
use tributary_domain::ChannelId;
use tributary_projections as views;

/// A stretch of the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "views::Period")]
pub(crate) enum Period {
    /// From midnight to midnight.
    Day,
    /// From Monday on.
    Week,
    /// From the first on.
    Month,
}

/// Tips in one currency.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct TipTotal {
    /// How many.
    count: i32,
    /// What viewers gave.
    amount: Money,
    /// What the platform kept.
    fee: Money,
    /// What the streamer got.
    net: Money,
    /// What one tip was on average.
    average: Money,
}

impl From<&views::TipTotal> for TipTotal {
    fn from(total: &views::TipTotal) -> Self {
        Self {
            count: count(total.count),
            amount: total.amount.into(),
            fee: total.fee.into(),
            net: total.net.into(),
            average: total.average().into(),
        }
    }
}

/// Numbers of a stretch of time.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ActivityTotals {
    /// Streams that went live.
    streams: i32,
    /// How long streams were on air.
    on_air_seconds: f64,
    /// How many watched on average while a stream was on air.
    average_viewers: f64,
    /// Who counted as a viewer for the first time; over all time, the unique viewers.
    new_viewers: i32,
    /// How long visits were that are over.
    watch_seconds: f64,
    /// Messages sent, deleted ones included.
    message_count: i32,
    /// How many messages each stream comes to.
    messages_per_stream: f64,
    /// Who began to follow.
    new_followers: i32,
    /// Who stopped.
    lost_followers: i32,
    /// What was tipped, a currency each.
    tips: Vec<TipTotal>,
}

impl From<&views::Totals> for ActivityTotals {
    fn from(totals: &views::Totals) -> Self {
        Self {
            streams: count(totals.streams),
            on_air_seconds: seconds(totals.air_ms),
            average_viewers: totals.average_viewers(),
            new_viewers: count(totals.new_viewers),
            watch_seconds: seconds(totals.watch_ms),
            message_count: count(totals.message_count),
            messages_per_stream: totals.messages_per_stream(),
            new_followers: count(totals.new_followers),
            lost_followers: count(totals.lost_followers),
            tips: totals.tips.iter().map(TipTotal::from).collect(),
        }
    }
}

/// The numbers of one day, week or month.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ActivityPeriod {
    /// When it begins.
    from: DateTime,
    /// Its numbers.
    totals: ActivityTotals,
    /// How many more new viewers than in the period before, in percent of those; null where it had none.
    growth_percent: Option<f64>,
}

connection!(
    /// A page of periods.
    ActivityPeriodConnection,
    /// A period in a list.
    ActivityPeriodEdge,
    ActivityPeriod
);

impl From<views::PeriodTotals> for ActivityPeriod {
    fn from(period: views::PeriodTotals) -> Self {
        Self {
            from: DateTime(period.from()),
            totals: (&period.totals).into(),
            growth_percent: period.growth_percent(),
        }
    }
}

/// The newest periods of a channel; with none, of the platform.
pub(super) async fn periods(
    ctx: &Context<'_>,
    channel: Option<ChannelId>,
    unit: Period,
    last: i32,
    before: Option<String>,
) -> Result<Option<ActivityPeriodConnection>, Fault> {
    let last = page_size("last", last)?;
    let before = before
        .map(|before| Cursor::read::<i64>("before", &before))
        .transpose()?;
    let shared = shared(ctx);
    let now = shared.log.environment().now();
    let page = shared
        .views
        .periods(channel, unit.into(), last, before, now)
        .await?;
    let item = |period: views::PeriodTotals| (Cursor::write(period.day), period.into());
    let items = page.items.into_iter().map(item).collect();
    let connection = ActivityPeriodConnection::new(items, page.has_more, before.is_some());
    Ok(Some(connection))
}
