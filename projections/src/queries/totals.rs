//! What a channel or the whole platform comes to: in all, and by day, week and month.

use super::statistics::{TipTotal, percent, share};
use super::{Page, QueryError, bounded, read_all};
use crate::Views;
use crate::db::{Db, DbError, Row, values};
use crate::project::day_rows::{ChannelDay, ChannelTipDay, PLATFORM, day_of};
use crate::record::Record;
use std::collections::BTreeMap;
use tributary_domain::{ChannelId, Currency, Money, StreamId, Timestamp};

/// Numbers of a stretch of time. None is ever negative.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Streams that went live.
    pub streams: i64,
    /// Milliseconds on air, up to the last event of each stream.
    pub air_ms: i64,
    /// The viewer count over that time: viewers times milliseconds.
    pub viewer_ms: i64,
    /// Watch time of visits that were over, in milliseconds.
    pub watch_ms: i64,
    /// Who counted as a viewer for the first time: over all time, the unique viewers.
    pub new_viewers: i64,
    /// Messages, deleted ones included, also those while no stream was open.
    pub message_count: i64,
    /// Who began to follow.
    pub new_followers: i64,
    /// Who stopped.
    pub lost_followers: i64,
    /// Accounts that were made. Only of the platform.
    pub new_accounts: i64,
    /// Channels that were opened. Only of the platform.
    pub new_channels: i64,
    /// Tips, also those while no stream was open, a currency each, ordered by currency.
    pub tips: Vec<TipTotal>,
}

impl Totals {
    /// How many watched on average while a stream was on air.
    pub fn average_viewers(&self) -> f64 {
        share(self.viewer_ms, self.air_ms)
    }

    /// How many messages each stream comes to.
    pub fn messages_per_stream(&self) -> f64 {
        share(self.message_count, self.streams)
    }

    fn add(&mut self, day: &ChannelDay) {
        let sums = [
            (&mut self.streams, day.streams),
            (&mut self.air_ms, day.air_ms),
            (&mut self.viewer_ms, day.viewer_ms),
            (&mut self.watch_ms, day.watch_ms),
            (&mut self.new_viewers, day.new_viewers),
            (&mut self.message_count, day.message_count),
            (&mut self.new_followers, day.new_followers),
            (&mut self.lost_followers, day.lost_followers),
            (&mut self.new_accounts, day.new_accounts),
            (&mut self.new_channels, day.new_channels),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
    }
}

/// What the platform is doing now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Now {
    /// Streams that are live, or interrupted and expected back.
    pub live_streams: i64,
    /// Their viewer counts together.
    pub viewers: i64,
}

/// A stretch of the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From Monday on.
    Week,
    /// From the first on.
    Month,
}

/// The numbers of one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodTotals {
    /// Its first day, counted from 1970.
    pub day: i64,
    /// Its numbers.
    pub totals: Totals,
    /// The new viewers of the period before.
    pub new_viewers_before: i64,
}

impl PeriodTotals {
    /// How many more new viewers than in the period before, in percent of those; `None` where it had none.
    pub fn growth_percent(&self) -> Option<f64> {
        let before = self.new_viewers_before;
        let more = self.totals.new_viewers - before;
        (before > 0).then(|| percent(more, before))
    }

    /// When it begins.
    pub fn from(&self) -> Timestamp {
        start_of(self.day)
    }
}

fn start_of(day: i64) -> Timestamp {
    let seconds = day.saturating_mul(24 * 60 * 60);
    Timestamp::from_timestamp(seconds, 0).unwrap_or_default()
}

impl Period {
    /// The first day of the period that a day is in.
    fn begin(self, day: i64) -> i64 {
        match self {
            Self::Day => day,
            // 1970 began on a Thursday.
            Self::Week => day - (day + 3).rem_euclid(7),
            Self::Month => {
                let of_month = chrono::Datelike::day0(&start_of(day));
                day - i64::from(of_month)
            }
        }
    }

    /// The first day of the period before that of a day.
    fn before(self, day: i64) -> i64 {
        self.begin(self.begin(day) - 1)
    }
}

fn day(row: &Row) -> Result<ChannelDay, DbError> {
    ChannelDay::read(&mut row.columns())
}

fn tip_day(row: &Row) -> Result<ChannelTipDay, DbError> {
    ChannelTipDay::read(&mut row.columns())
}

const NOW: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(v.viewer_count), 0) AS BIGINT) FROM streams s \
     LEFT JOIN stream_statistics v ON v.stream = s.id WHERE s.status IN ('live', 'interrupted')";
const BEST: &str = "SELECT stream FROM stream_statistics WHERE channel = $1 AND unique_viewers > 0 \
     ORDER BY unique_viewers DESC, stream LIMIT 1";

impl Views {
    /// What a channel comes to in all; with none, the platform.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn totals(&self, channel: Option<ChannelId>) -> Result<Totals, QueryError> {
        let place = channel.unwrap_or(PLATFORM);
        let mut found = by_period(&self.serving().db, place, i64::MIN, i64::MAX, |_| 0).await?;
        Ok(found.remove(&0).unwrap_or_default())
    }

    /// What the month of `now` comes to so far.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn this_month(
        &self,
        channel: Option<ChannelId>,
        now: Timestamp,
    ) -> Result<Totals, QueryError> {
        let page = self.periods(channel, Period::Month, 1, None, now).await?;
        let month = page.items.into_iter().next();
        Ok(month.map(|month| month.totals).unwrap_or_default())
    }

    /// The newest periods, the oldest first; the last one is that of `now`. Those without events are there
    /// with zeros, back to the first that has any. `before` is the first day of a period.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn periods(
        &self,
        channel: Option<ChannelId>,
        period: Period,
        last: usize,
        before: Option<i64>,
        now: Timestamp,
    ) -> Result<Page<PeriodTotals>, QueryError> {
        let place = channel.unwrap_or(PLATFORM);
        let (limit, _) = bounded(last);
        let serving = self.serving();
        let sql = "SELECT MIN(day) FROM channel_days WHERE channel = $1";
        let rows = serving.db.all(sql, values![place]).await?;
        let first = rows.first().map(|row| row.columns().take::<Option<i64>>());
        let Some(first) = first.transpose()?.flatten() else {
            return Ok(Page::default());
        };
        let today = day_of(now);
        let upto = before.map_or(today, |before| (before - 1).min(today));
        let mut begins = vec![];
        let mut at = period.begin(upto);
        while begins.len() < limit && at >= period.begin(first) {
            begins.push(at);
            at = period.before(at);
        }
        // One more, to compare the oldest with.
        let mut found = by_period(&serving.db, place, at, upto, |day| period.begin(day)).await?;
        let new_viewers = |day: i64, found: &BTreeMap<i64, Totals>| {
            found.get(&day).map_or(0, |totals| totals.new_viewers)
        };
        let mut items = vec![];
        for day in begins {
            let new_viewers_before = new_viewers(period.before(day), &found);
            items.push(PeriodTotals {
                day,
                totals: found.remove(&day).unwrap_or_default(),
                new_viewers_before,
            });
        }
        items.reverse();
        let has_more = at >= period.begin(first);
        Ok(Page { items, has_more })
    }

    /// The stream of a channel with the most unique viewers, if it had any.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn best_stream(&self, channel: ChannelId) -> Result<Option<StreamId>, QueryError> {
        let rows = self.serving().db.all(BEST, values![channel]).await?;
        Ok(rows
            .first()
            .map(|row| row.columns().id(StreamId))
            .transpose()?)
    }

    /// What the platform is doing now.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn now(&self) -> Result<Now, QueryError> {
        let rows = self.serving().db.all(NOW, vec![]).await?;
        let Some(row) = rows.first() else {
            return Ok(Now::default());
        };
        let mut columns = row.columns();
        Ok(Now {
            live_streams: columns.take()?,
            viewers: columns.take()?,
        })
    }
}

/// The days from one to another, both included, put together by what `period` makes of them.
async fn by_period(
    db: &Db,
    place: ChannelId,
    from: i64,
    upto: i64,
    period: impl Fn(i64) -> i64,
) -> Result<BTreeMap<i64, Totals>, QueryError> {
    let sql = |table: &str, columns: &str| {
        format!("SELECT {columns} FROM {table} WHERE channel = $1 AND day >= $2 AND day <= $3")
    };
    let days = sql("channel_days", &ChannelDay::TABLE.names());
    let rows = db.all(&days, values![place, from, upto]).await?;
    let mut found: BTreeMap<i64, Totals> = BTreeMap::new();
    for row in read_all(&rows, day)? {
        found.entry(period(row.day)).or_default().add(&row);
    }
    let tips = sql("channel_tip_days", &ChannelTipDay::TABLE.names());
    let rows = db.all(&tips, values![place, from, upto]).await?;
    let mut sums: BTreeMap<(i64, Currency), [i64; 4]> = BTreeMap::new();
    for row in read_all(&rows, tip_day)? {
        let sum = sums.entry((period(row.day), row.currency)).or_default();
        let more = [row.tip_count, row.amount, row.fee, row.net];
        for (sum, more) in sum.iter_mut().zip(more) {
            *sum = sum.saturating_add(more);
        }
    }
    for ((period, currency), [count, amount, fee, net]) in sums {
        let money = |minor| Money::from_minor(minor, currency);
        found.entry(period).or_default().tips.push(TipTotal {
            count,
            amount: money(amount),
            fee: money(fee),
            net: money(net),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i64 {
        day_of(format!("{text}T12:00:00Z").parse().unwrap())
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        for (period, of, begin, before) in [
            (Period::Day, "2026-03-01", "2026-03-01", "2026-02-28"),
            (Period::Week, "2026-11-20", "2026-11-16", "2026-11-09"),
            (Period::Week, "2026-11-16", "2026-11-16", "2026-11-09"),
            (Period::Week, "2026-11-22", "2026-11-16", "2026-11-09"),
            (Period::Month, "2024-03-31", "2024-03-01", "2024-02-01"),
            (Period::Month, "2026-01-01", "2026-01-01", "2025-12-01"),
        ] {
            assert_eq!(period.begin(day(of)), day(begin), "{of}");
            assert_eq!(period.before(day(of)), day(before), "{of}");
        }
    }
}
