//! A stream over time: how many watched, what was said and given, minute by minute.

use super::statistics::share;
use super::{Page, QueryError, bounded, read_all};
use crate::Views;
use crate::db::{Db, DbError, Row, values};
use crate::project::statistics_rows::{
    MINUTE_MS, StatisticsRow, StreamMinute, StreamTipMinute, minute_of,
};
use crate::record::Record;
use std::collections::{BTreeMap, HashMap};
use tributary_domain::{ChannelId, Currency, Money, StreamId, Timestamp};

/// The longest stretch of one point, in minutes.
pub const POINT_MINUTES_MAX: i64 = 60;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeline {
    /// The length of a point, in minutes: at least 1, at most [`POINT_MINUTES_MAX`].
    pub minutes: i64,
    /// How many points.
    pub first: usize,
    /// Those after the point that begins with this minute, counted from 1970.
    pub after: Option<i64>,
    /// A stream that is open goes on until now.
    pub now: Timestamp,
}

/// A stretch of a stream's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelinePoint {
    /// The minute that it begins with, counted from 1970.
    pub minute: i64,
    /// Milliseconds of it that are over.
    pub ms: i64,
    /// The viewer count over that time: viewers times milliseconds.
    pub viewer_ms: i64,
    /// The highest viewer count.
    pub peak_viewers: i64,
    /// Messages sent.
    pub message_count: i64,
    /// Who began to follow the channel.
    pub new_followers: i64,
    /// Tips given, of all currencies.
    pub tip_count: i64,
    /// Their sums, by currency.
    pub tips: Vec<Money>,
}

impl TimelinePoint {
    /// When it begins.
    pub fn at(&self) -> Timestamp {
        let ms = self.minute.saturating_mul(MINUTE_MS);
        Timestamp::from_timestamp_millis(ms).unwrap_or_default()
    }

    /// How many watched on average.
    pub fn average_viewers(&self) -> f64 {
        share(self.viewer_ms, self.ms)
    }
}

fn minute(row: &Row) -> Result<StreamMinute, DbError> {
    StreamMinute::read(&mut row.columns())
}

fn tips(row: &Row) -> Result<StreamTipMinute, DbError> {
    StreamTipMinute::read(&mut row.columns())
}

const FOLLOWERS: &str = "SELECT CAST(COALESCE(SUM(new_followers), 0) AS BIGINT) \
     FROM channel_minutes WHERE channel = $1 AND minute >= $2 AND minute <= $3";
const BOUNDS: &str = "SELECT (SELECT MIN(minute) FROM stream_minutes WHERE stream = $1), \
     (SELECT MAX(minute) FROM stream_minutes WHERE stream = $1)";

impl Views {
    /// A stream's time, the oldest first. Empty before anything happened.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn timeline(
        &self,
        stream: StreamId,
        asked: Timeline,
    ) -> Result<Page<TimelinePoint>, QueryError> {
        let step = asked.minutes.clamp(1, POINT_MINUTES_MAX);
        let (limit, _) = bounded(asked.first);
        let serving = self.serving();
        let db = &serving.db;
        let Some((begin, last, row)) = bounds(db, stream).await? else {
            return Ok(Page::default());
        };
        let (channel, is_on) = (row.channel, row.measured_at.is_some());
        let now = minute_of(asked.now);
        let end = if is_on { last.max(now) } else { last };
        // Points begin at whole steps of the clock, whatever page they are on.
        let whole = |minute: i64| minute - minute.rem_euclid(step);
        let from = match asked.after {
            Some(after) => whole(after).saturating_add(step).max(whole(begin)),
            None => whole(begin),
        };
        let points = i64::try_from(limit).unwrap_or(i64::MAX);
        let upto = from
            .saturating_add(step.saturating_mul(points))
            .min(whole(end).saturating_add(step));
        if limit == 0 || from >= upto {
            return Ok(Page::default());
        }
        let mut read = Reading {
            minutes: minutes(db, stream, from, upto).await?,
            tips: tips_of(db, stream, from, upto).await?,
            follows: follows(db, channel, from.max(begin), upto).await?,
            viewers: carried(db, stream, from).await?,
            now: is_on.then_some(asked.now),
            end,
        };
        let mut items = vec![];
        let mut at = from;
        while at < upto {
            items.push(read.point(at, step));
            at += step;
        }
        let has_more = upto <= end;
        Ok(Page { items, has_more })
    }
}

impl Views {
    /// Who began to follow the channel of a stream in the minutes from its first to its last, or to that of
    /// `now` while it is on air.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn new_followers(&self, stream: StreamId, now: Timestamp) -> Result<i64, QueryError> {
        let serving = self.serving();
        let db = &serving.db;
        let Some((begin, last, row)) = bounds(db, stream).await? else {
            return Ok(0);
        };
        let end = if row.measured_at.is_some() {
            last.max(minute_of(now))
        } else {
            last
        };
        let rows = db.all(FOLLOWERS, values![row.channel, begin, end]).await?;
        Ok(rows.first().map_or(Ok(0), |row| row.columns().take())?)
    }
}

/// The first minute, the last one with something in it, and the stream's counts.
async fn bounds(
    db: &Db,
    stream: StreamId,
) -> Result<Option<(i64, i64, StatisticsRow)>, QueryError> {
    let rows = db.all(BOUNDS, values![stream]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let mut columns = row.columns();
    let (first, last): (Option<i64>, Option<i64>) = (columns.take()?, columns.take()?);
    let sql = format!(
        "SELECT {} FROM stream_statistics WHERE stream = $1",
        StatisticsRow::TABLE.names()
    );
    let rows = db.all(&sql, values![stream]).await?;
    let row = rows
        .first()
        .map(|row| StatisticsRow::read(&mut row.columns()))
        .transpose()?;
    Ok(match (first, last, row) {
        (Some(first), Some(last), Some(row)) => Some((first, last, row)),
        _ => None,
    })
}

async fn follows(
    db: &Db,
    channel: ChannelId,
    from: i64,
    upto: i64,
) -> Result<HashMap<i64, i64>, QueryError> {
    let sql = "SELECT minute, new_followers FROM channel_minutes \
               WHERE channel = $1 AND minute >= $2 AND minute < $3";
    let rows = db.all(sql, values![channel, from, upto]).await?;
    let pair = |row: &Row| {
        let mut columns = row.columns();
        Ok((columns.take()?, columns.take()?))
    };
    Ok(read_all(&rows, pair)?.into_iter().collect())
}

async fn minutes(
    db: &Db,
    stream: StreamId,
    from: i64,
    upto: i64,
) -> Result<HashMap<i64, StreamMinute>, QueryError> {
    let sql = format!(
        "SELECT {} FROM stream_minutes WHERE stream = $1 AND minute >= $2 AND minute < $3",
        StreamMinute::TABLE.names()
    );
    let rows = db.all(&sql, values![stream, from, upto]).await?;
    let rows = read_all(&rows, minute)?;
    Ok(rows.into_iter().map(|row| (row.minute, row)).collect())
}

async fn tips_of(
    db: &Db,
    stream: StreamId,
    from: i64,
    upto: i64,
) -> Result<HashMap<i64, Vec<StreamTipMinute>>, QueryError> {
    let sql = format!(
        "SELECT {} FROM stream_tip_minutes WHERE stream = $1 AND minute >= $2 AND minute < $3",
        StreamTipMinute::TABLE.names()
    );
    let rows = db.all(&sql, values![stream, from, upto]).await?;
    let mut found: HashMap<i64, Vec<_>> = HashMap::new();
    for row in read_all(&rows, tips)? {
        found.entry(row.minute).or_default().push(row);
    }
    Ok(found)
}

/// How many watched when this minute began.
async fn carried(db: &Db, stream: StreamId, from: i64) -> Result<i64, QueryError> {
    let sql = "SELECT viewers FROM stream_minutes WHERE stream = $1 AND minute < $2 \
               ORDER BY minute DESC LIMIT 1";
    let rows = db.all(sql, values![stream, from]).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.columns().take())?)
}

/// Rows on their way to points. Minutes in which nothing happened have no row: the viewer count is as it was.
struct Reading {
    minutes: HashMap<i64, StreamMinute>,
    tips: HashMap<i64, Vec<StreamTipMinute>>,
    follows: HashMap<i64, i64>,
    /// The viewer count at the end of the minute before.
    viewers: i64,
    /// For a stream that is on.
    now: Option<Timestamp>,
    /// The last minute that there is.
    end: i64,
}

impl Reading {
    /// How much of a minute is over.
    fn length_ms(&self, minute: i64) -> i64 {
        match self.now {
            Some(now) if minute >= minute_of(now) => now.timestamp_millis().rem_euclid(MINUTE_MS),
            _ => MINUTE_MS,
        }
    }

    fn point(&mut self, from: i64, step: i64) -> TimelinePoint {
        let mut point = TimelinePoint {
            minute: from,
            ms: 0,
            viewer_ms: 0,
            peak_viewers: self.viewers,
            message_count: 0,
            new_followers: 0,
            tip_count: 0,
            tips: vec![],
        };
        let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
        for minute in from..(from + step).min(self.end + 1) {
            let length_ms = self.length_ms(minute);
            let row = self.minutes.get(&minute);
            let (viewed, until_ms) = row.map_or((0, 0), |row| (row.viewer_ms, row.until_ms));
            if let Some(row) = row {
                self.viewers = row.viewers;
                point.peak_viewers = point.peak_viewers.max(row.peak_viewers);
                point.message_count += row.message_count;
            }
            let rest_ms = (length_ms - until_ms).max(0);
            point.viewer_ms += viewed.saturating_add(self.viewers.saturating_mul(rest_ms));
            point.ms += length_ms.max(until_ms);
            point.new_followers += self.follows.get(&minute).copied().unwrap_or(0);
            for tips in self.tips.get(&minute).into_iter().flatten() {
                point.tip_count += tips.tip_count;
                let sum = sums.entry(tips.currency).or_default();
                *sum = sum.saturating_add(tips.amount);
            }
        }
        point.tips = sums
            .into_iter()
            .map(|(currency, sum)| Money::from_minor(sum, currency))
            .collect();
        point
    }
}
