//! Streams' numbers. The rules behind them stand in the projection `statistics`.

use super::{QueryError, by_keys};
use crate::Views;
use crate::db::{DbError, Row};
use crate::project::statistics_rows::{StatisticsRow, StreamTips};
use crate::record::Record;
use std::collections::HashMap;
use tributary_domain::{Money, StreamId};

/// What a stream comes to in numbers. No count is ever negative.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Viewers with at least one open session.
    pub viewer_count: i64,
    /// The highest that `viewer_count` ever was.
    pub peak_viewers: i64,
    /// Viewers that ever joined.
    pub unique_viewers: i64,
    /// Sessions that ever began.
    pub sessions: i64,
    /// Sessions that are over.
    pub ended_sessions: i64,
    /// Milliseconds of the ended sessions in which there was a stream to watch.
    pub watch_ms: i64,
    /// Messages sent while the stream was open, deleted ones included.
    pub message_count: i64,
    /// Tips given while the stream was open.
    pub tip_count: i64,
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
    /// How long a session watched on average, in milliseconds; 0 when none is over.
    pub fn average_watch_ms(&self) -> i64 {
        self.watch_ms.checked_div(self.ended_sessions).unwrap_or(0)
    }
}

fn counts(row: &Row) -> Result<StatisticsRow, DbError> {
    StatisticsRow::read(&mut row.columns())
}

fn tips(row: &Row) -> Result<StreamTips, DbError> {
    StreamTips::read(&mut row.columns())
}

const COUNTS: &str = "SELECT stream, viewer_count, peak_viewers, unique_viewers, sessions, \
     ended_sessions, watch_ms, message_count, tip_count, live_since, off_since \
     FROM stream_statistics WHERE";
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
        let sql = |ids: &str| format!("{COUNTS} stream IN ({ids})");
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
            ended_sessions: row.ended_sessions,
            watch_ms: row.watch_ms,
            message_count: row.message_count,
            tip_count: row.tip_count,
            tips: vec![],
        }
    }
}
