//! The rows of a stream's numbers.

use crate::db::Type::{Bool, I64, Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, values};
use crate::project::viewer_sessions::{read_viewer, viewer_columns};
use crate::project::wallet_rows::currency;
use crate::record::Record;
use tributary_domain::viewer_session::Left;
use tributary_domain::{Currency, StreamId, Timestamp, ViewerId};

/// A stream's counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatisticsRow {
    pub(crate) stream: StreamId,
    pub(crate) viewer_count: i64,
    pub(crate) peak_viewers: i64,
    pub(crate) unique_viewers: i64,
    pub(crate) sessions: i64,
    pub(crate) ended_sessions: i64,
    pub(crate) watch_ms: i64,
    pub(crate) message_count: i64,
    pub(crate) tip_count: i64,
    /// When media first came in.
    pub(crate) live_since: Option<Timestamp>,
    /// Since when none comes: the stream is interrupted, or over.
    pub(crate) off_since: Option<Timestamp>,
}

impl StatisticsRow {
    pub(crate) fn nothing(stream: StreamId) -> Self {
        Self {
            stream,
            viewer_count: 0,
            peak_viewers: 0,
            unique_viewers: 0,
            sessions: 0,
            ended_sessions: 0,
            watch_ms: 0,
            message_count: 0,
            tip_count: 0,
            live_since: None,
            off_since: None,
        }
    }
}

impl Record for StatisticsRow {
    type Key = StreamId;
    const TABLE: Table = Table {
        name: "stream_statistics",
        columns: &[
            ("stream", Uuid),
            ("viewer_count", I64),
            ("peak_viewers", I64),
            ("unique_viewers", I64),
            ("sessions", I64),
            ("ended_sessions", I64),
            ("watch_ms", I64),
            ("message_count", I64),
            ("tip_count", I64),
            ("live_since", Time),
            ("off_since", Time),
        ],
        key: 1,
    };

    fn key(&self) -> StreamId {
        self.stream
    }
    fn key_values(key: &StreamId) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.stream,
            self.viewer_count,
            self.peak_viewers,
            self.unique_viewers,
            self.sessions,
            self.ended_sessions,
            self.watch_ms,
            self.message_count,
            self.tip_count,
            self.live_since,
            self.off_since,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            stream: columns.id(StreamId)?,
            viewer_count: columns.take()?,
            peak_viewers: columns.take()?,
            unique_viewers: columns.take()?,
            sessions: columns.take()?,
            ended_sessions: columns.take()?,
            watch_ms: columns.take()?,
            message_count: columns.take()?,
            tip_count: columns.take()?,
            live_since: columns.take()?,
            off_since: columns.take()?,
        })
    }
}

impl StatisticsRow {
    /// How much of a session, in milliseconds, the stream was there for. See the rule of watch time
    /// in [`super::statistics`].
    pub(crate) fn watched_ms(&self, left: &Left) -> i64 {
        let Some(live_since) = self.live_since else {
            return 0;
        };
        let left_ms = left.at.timestamp_millis();
        let from_ms = live_since.timestamp_millis().max(left_ms - left.watched_ms);
        let off_ms = self
            .off_since
            .map_or(i64::MAX, |off| off.timestamp_millis());
        (off_ms.min(left_ms) - from_ms).max(0)
    }
}

/// One viewer at one stream, over all sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamViewer {
    pub(crate) stream: StreamId,
    pub(crate) viewer: ViewerId,
    pub(crate) open_sessions: i64,
    pub(crate) first_joined_at: Timestamp,
    pub(crate) watch_ms: i64,
}

impl Record for StreamViewer {
    type Key = (StreamId, ViewerId);
    const TABLE: Table = Table {
        name: "stream_viewers",
        columns: &[
            ("stream", Uuid),
            ("viewer", Uuid),
            ("anonymous", Bool),
            ("open_sessions", I64),
            ("first_joined_at", Time),
            ("watch_ms", I64),
        ],
        key: 3,
    };

    fn key(&self) -> Self::Key {
        (self.stream, self.viewer)
    }
    fn key_values((stream, viewer): &Self::Key) -> Vec<Value> {
        let (viewer, anonymous) = viewer_columns(*viewer);
        values![*stream, viewer, anonymous]
    }
    fn values(&self) -> Vec<Value> {
        let (viewer, anonymous) = viewer_columns(self.viewer);
        values![
            self.stream,
            viewer,
            anonymous,
            self.open_sessions,
            self.first_joined_at,
            self.watch_ms,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            stream: columns.id(StreamId)?,
            viewer: read_viewer(columns)?,
            open_sessions: columns.take()?,
            first_joined_at: columns.take()?,
            watch_ms: columns.take()?,
        })
    }
}

/// What a stream was tipped in one currency, in whole minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamTips {
    pub(crate) stream: StreamId,
    pub(crate) currency: Currency,
    pub(crate) tip_count: i64,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) net: i64,
}

impl StreamTips {
    pub(crate) fn nothing(stream: StreamId, currency: Currency) -> Self {
        Self {
            stream,
            currency,
            tip_count: 0,
            amount: 0,
            fee: 0,
            net: 0,
        }
    }
}

impl Record for StreamTips {
    type Key = (StreamId, Currency);
    const TABLE: Table = Table {
        name: "stream_tips",
        columns: &[
            ("stream", Uuid),
            ("currency", Text),
            ("tip_count", I64),
            ("amount", I64),
            ("fee", I64),
            ("net", I64),
        ],
        key: 2,
    };

    fn key(&self) -> Self::Key {
        (self.stream, self.currency)
    }
    fn key_values((stream, currency): &Self::Key) -> Vec<Value> {
        values![*stream, *currency]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.stream,
            self.currency,
            self.tip_count,
            self.amount,
            self.fee,
            self.net
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            stream: columns.id(StreamId)?,
            currency: columns.parsed(currency)?,
            tip_count: columns.take()?,
            amount: columns.take()?,
            fee: columns.take()?,
            net: columns.take()?,
        })
    }
}
