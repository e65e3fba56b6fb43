//! Streams' numbers. The rules behind them stand in the projection `statistics`.

use super::{QueryError, by_keys};
use crate::Views;
use crate::db::{DbError, Row};
use crate::project::statistics_rows::{StatisticsRow, StreamTips};
use crate::record::Record;
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::HashMap;
use tributary_domain::{Money, StreamId, Timestamp};

/// What a stream comes to in numbers. No count is ever negative.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Viewers with at least one open session.
    pub viewer_count: i64,
    /// The highest that `viewer_count` ever was.
    pub peak_viewers: i64,
    /// Viewers who count by the rule.
    pub unique_viewers: i64,
    /// Sessions that ever began.
    pub sessions: i64,
    /// Of the unique viewers, those of whom a visit is over.
    pub watchers: i64,
    /// Milliseconds of their visits that are over in which there was a stream to watch.
    pub watch_ms: i64,
    /// Messages sent while the stream was open, deleted ones included.
    pub message_count: i64,
    /// Tips given while the stream was open.
    pub tip_count: i64,
    /// How often its media stopped before its end.
    pub interruptions: i64,
    /// Milliseconds on air, up to `measured_at` or to the end.
    pub air_ms: i64,
    /// The viewer count over that time: viewers times milliseconds.
    pub viewer_ms: i64,
    /// Up to when the two are measured, while the stream is on air.
    pub measured_at: Option<Timestamp>,
    /// Their sums, a currency each, ordered by currency.
    pub tips: Vec<TipTotal>,
}

/// A stream's tips in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipTotal {
    /// How many.
    pub count: i64,
    /// What viewers gave.
    pub amount: Money,
    /// What the platform kept.
    pub fee: Money,
    /// What the streamer got.
    pub net: Money,
}

impl Statistics {
    /// How long a viewer watched on average, in milliseconds, all their visits that are over together; 0 when
    /// none is.
    pub fn average_watch_ms(&self) -> i64 {
        self.watch_ms.checked_div(self.watchers).unwrap_or(0)
    }

    /// How many watched on average while it was on air, up to `now`; 0 before that.
    pub fn average_viewers(&self, now: Timestamp) -> f64 {
        let more_ms = self.air_ms_at(now).saturating_sub(self.air_ms);
        let viewed = self.viewer_count.saturating_mul(more_ms);
        share(
            self.viewer_ms.saturating_add(viewed),
            self.air_ms.saturating_add(more_ms),
        )
    }

    /// Milliseconds on air, up to `now`.
    pub fn air_ms_at(&self, now: Timestamp) -> i64 {
        let since = self
            .measured_at
            .map_or(0, |at| now.timestamp_millis() - at.timestamp_millis());
        self.air_ms.saturating_add(since.max(0))
    }

    /// How many messages each viewer comes to; 0 without viewers.
    pub fn messages_per_viewer(&self) -> f64 {
        share(self.message_count, self.unique_viewers)
    }
}

impl TipTotal {
    /// What one tip was on average, to the currency's digits; nothing without tips.
    pub fn average(&self) -> Money {
        let count = Decimal::from(self.count.max(1));
        let mut average = self.amount;
        let digits = average.currency.digits();
        let exact = average.amount / count;
        average.amount =
            exact.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        average.amount.rescale(digits);
        average
    }
}

/// A part of a whole in percent, to three digits; 0 of nothing.
pub fn percent(part: i64, whole: i64) -> f64 {
    share(part.saturating_mul(100), whole)
}

/// A part of a whole, to three digits; 0 of nothing.
pub(super) fn share(part: i64, whole: i64) -> f64 {
    let share = Decimal::from(part).checked_div(Decimal::from(whole));
    let share = share.map(|share| share.round_dp(3).to_f64().unwrap_or(0.0));
    share.unwrap_or(0.0)
}

fn counts(row: &Row) -> Result<StatisticsRow, DbError> {
    StatisticsRow::read(&mut row.columns())
}

fn tips(row: &Row) -> Result<StreamTips, DbError> {
    StreamTips::read(&mut row.columns())
}

const TIPS: &str = "SELECT stream, currency, tip_count, amount, fee, net FROM stream_tips WHERE";

impl Views {
    /// A stream's numbers; all zero before anything happened.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn statistics(&self, stream: StreamId) -> Result<Statistics, QueryError> {
        let found = self.statistics_of(&[stream]).await?.remove(&stream);
        Ok(found.unwrap_or_default())
    }

    /// The numbers of these streams. A stream that nothing happened to is not in the map: its
    /// numbers are [`Statistics::default`].
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn statistics_of(
        &self,
        streams: &[StreamId],
    ) -> Result<HashMap<StreamId, Statistics>, QueryError> {
        let serving = self.serving();
        let ids = || streams.iter().copied();
        let columns = StatisticsRow::TABLE.names();
        let sql =
            |ids: &str| format!("SELECT {columns} FROM stream_statistics WHERE stream IN ({ids})");
        let mut found: HashMap<_, _> = by_keys(&serving.db, sql, ids(), counts)
            .await?
            .into_iter()
            .map(|row| (row.stream, Statistics::from(row)))
            .collect();
        let sql = |ids: &str| format!("{TIPS} stream IN ({ids}) ORDER BY stream, currency");
        for row in by_keys(&serving.db, sql, ids(), tips).await? {
            let money = |minor| Money::from_minor(minor, row.currency);
            found.entry(row.stream).or_default().tips.push(TipTotal {
                count: row.tip_count,
                amount: money(row.amount),
                fee: money(row.fee),
                net: money(row.net),
            });
        }
        Ok(found)
    }
}

impl From<StatisticsRow> for Statistics {
    fn from(row: StatisticsRow) -> Self {
        Self {
            viewer_count: row.viewer_count,
            peak_viewers: row.peak_viewers,
            unique_viewers: row.unique_viewers,
            sessions: row.sessions,
            watchers: row.watchers,
            watch_ms: row.watch_ms,
            message_count: row.message_count,
            tip_count: row.tip_count,
            interruptions: row.interruptions,
            air_ms: row.air_ms,
            viewer_ms: row.viewer_ms,
            measured_at: row.measured_at,
            tips: vec![],
        }
    }
}
