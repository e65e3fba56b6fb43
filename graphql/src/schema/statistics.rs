//! A stream's numbers.

use super::Money;
use async_graphql::SimpleObject;
use tributary_domain::Timestamp;
use tributary_projections as views;

/// What a stream comes to in numbers.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct StreamStatistics {
    /// How many watch now.
    viewer_count: i32,
    /// The most that ever watched at once.
    peak_viewers: i32,
    /// How many ever watched.
    unique_viewers: i32,
    /// Messages sent while it was open, deleted ones included.
    message_count: i32,
    /// What viewers gave while it was open, before fees, a sum for each currency.
    tips: Vec<Money>,
    /// How many tips that was.
    tip_count: i32,
    /// How long a viewer watched on average, all their visits that are over together.
    average_watch_seconds: f64,
    /// The part of its duration that it was on air, from 0 to 100; null before media came in.
    uptime_percent: Option<f64>,
}

impl StreamStatistics {
    pub(crate) fn new(
        stream: &views::Stream,
        statistics: &views::Statistics,
        now: Timestamp,
    ) -> Self {
        Self {
            viewer_count: count(statistics.viewer_count),
            peak_viewers: count(statistics.peak_viewers),
            unique_viewers: count(statistics.unique_viewers),
            message_count: count(statistics.message_count),
            tips: statistics
                .tips
                .iter()
                .map(|tips| tips.amount.into())
                .collect(),
            tip_count: count(statistics.tip_count),
            average_watch_seconds: seconds(statistics.average_watch_ms()),
            uptime_percent: stream.uptime_percent_at(now),
        }
    }
}

/// A count as GraphQL's 32-bit integer: beyond that it stays at the largest.
pub(crate) fn count(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(if count < 0 { 0 } else { i32::MAX })
}

/// Milliseconds as seconds.
pub(crate) fn seconds(milliseconds: i64) -> f64 {
    let whole = i32::try_from(milliseconds / 1_000).unwrap_or(i32::MAX);
    let rest = i32::try_from(milliseconds % 1_000).unwrap_or(0);
    f64::from(whole) + f64::from(rest) / 1_000.0
}
