//! The rows of a stream's numbers.

use crate::project::plain_row::plain_row;
use tributary_domain::{ChannelId, Currency, StreamId, Timestamp};
use uuid::Uuid;

plain_row! {
    /// A stream's counts.
    StatisticsRow in "stream_statistics" by (stream: StreamId) {
        channel: ChannelId = ChannelId(Uuid::nil()),
        viewer_count: i64 = 0,
        peak_viewers: i64 = 0,
        unique_viewers: i64 = 0,
        /// Sessions that ever began.
        sessions: i64 = 0,
        /// Of the unique viewers, those of whom a visit is over.
        watchers: i64 = 0,
        watch_ms: i64 = 0,
        message_count: i64 = 0,
        tip_count: i64 = 0,
        interruptions: i64 = 0,
        /// When media first came in.
        live_since: Option<Timestamp> = None,
        /// Since when none comes: the stream is interrupted, or over.
        off_since: Option<Timestamp> = None,
        /// Milliseconds on air, up to `measured_at`.
        air_ms: i64 = 0,
        /// The viewer count over that time: viewers times milliseconds.
        viewer_ms: i64 = 0,
        /// Up to when the two are measured; only while the stream is on air.
        measured_at: Option<Timestamp> = None,
    }
}

impl StatisticsRow {
    /// The part of a visit, in milliseconds, that the stream was there for. See the rule of watch time in
    /// [`super::statistics`].
    pub(crate) fn watched_ms(&self, from: Timestamp, to: Timestamp) -> i64 {
        let Some(live_since) = self.live_since else {
            return 0;
        };
        let from_ms = live_since.timestamp_millis().max(from.timestamp_millis());
        let off_ms = self
            .off_since
            .map_or(i64::MAX, |off| off.timestamp_millis());
        (off_ms.min(to.timestamp_millis()) - from_ms).max(0)
    }

    /// Measures the time on air up to `now`, and the viewer count over it; how much came to each since the
    /// last time. Whole milliseconds of both ends, so that nothing is lost however often it is measured.
    pub(crate) fn measure(&mut self, now: Timestamp) -> (i64, i64) {
        let Some(measured_at) = self.measured_at else {
            return (0, 0);
        };
        let air_ms = (now.timestamp_millis() - measured_at.timestamp_millis()).max(0);
        let viewer_ms = self.viewer_count.saturating_mul(air_ms);
        self.air_ms = self.air_ms.saturating_add(air_ms);
        self.viewer_ms = self.viewer_ms.saturating_add(viewer_ms);
        self.measured_at = Some(measured_at.max(now));
        (air_ms, viewer_ms)
    }
}

plain_row! {
    /// What a stream was tipped in one currency, in whole minor units.
    StreamTips in "stream_tips" by (stream: StreamId, currency: Currency) {
        tip_count: i64 = 0,
        amount: i64 = 0,
        fee: i64 = 0,
        net: i64 = 0,
    }
}

plain_row! {
    /// One minute of a stream, counted from 1970.
    StreamMinute in "stream_minutes" by (stream: StreamId, minute: i64) {
        /// The viewer count after its last event.
        viewers: i64 = 0,
        /// The highest that the viewer count was in it.
        peak_viewers: i64 = 0,
        /// The viewer count over the time up to `until_ms`: viewers times milliseconds.
        viewer_ms: i64 = 0,
        /// When in the minute its last event was.
        until_ms: i64 = 0,
        message_count: i64 = 0,
    }
}

/// Milliseconds of a minute.
pub(crate) const MINUTE_MS: i64 = 60_000;

/// The minute that a moment is in.
pub(crate) fn minute_of(at: Timestamp) -> i64 {
    at.timestamp_millis().div_euclid(MINUTE_MS)
}

impl StreamMinute {
    /// Measures the viewer count up to `now`, which is in this minute.
    pub(crate) fn measure(&mut self, now: Timestamp) {
        let now_ms = now.timestamp_millis().rem_euclid(MINUTE_MS);
        let viewed = self.viewers.saturating_mul((now_ms - self.until_ms).max(0));
        self.viewer_ms = self.viewer_ms.saturating_add(viewed);
        self.until_ms = self.until_ms.max(now_ms);
    }

    /// From now on so many watch.
    pub(crate) fn becomes(&mut self, viewers: i64) {
        self.viewers = viewers;
        self.peak_viewers = self.peak_viewers.max(viewers);
    }
}

plain_row! {
    /// What a stream was tipped in one minute and currency, in whole minor units.
    StreamTipMinute in "stream_tip_minutes" by (stream: StreamId, minute: i64, currency: Currency) {
        tip_count: i64 = 0,
        amount: i64 = 0,
    }
}
