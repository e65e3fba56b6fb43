//! The rows of who watched, and how long.

use crate::db::Type::{Bool, I64, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, values};
use crate::project::plain_row::plain_row;
use crate::project::statistics_rows::MINUTE_MS;
use crate::project::viewer_sessions::{read_viewer, viewer_columns};
use crate::record::Record;
use tributary_domain::{ChannelId, StreamId, Timestamp, ViewerId};

/// One viewer at one stream. A visit is the time from their first open session to the last one that is
/// open: two at once are one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamViewer {
    pub(crate) stream: StreamId,
    pub(crate) viewer: ViewerId,
    pub(crate) open_sessions: i64,
    /// Visits that are over.
    pub(crate) visits: i64,
    /// Whether they count as a viewer, by the rule.
    pub(crate) counted: bool,
    pub(crate) first_joined_at: Timestamp,
    /// When the visit began that is not over.
    pub(crate) here_since: Option<Timestamp>,
    /// When they were last seen to go.
    pub(crate) left_at: Option<Timestamp>,
    /// Of the visits that are over.
    pub(crate) watch_ms: i64,
}

impl StreamViewer {
    pub(crate) fn new(stream: StreamId, viewer: ViewerId, at: Timestamp) -> Self {
        Self {
            stream,
            viewer,
            open_sessions: 0,
            visits: 0,
            counted: false,
            first_joined_at: at,
            here_since: None,
            left_at: None,
            watch_ms: 0,
        }
    }
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
            ("visits", I64),
            ("counted", Bool),
            ("first_joined_at", Time),
            ("here_since", Time),
            ("left_at", Time),
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
            self.visits,
            self.counted,
            self.first_joined_at,
            self.here_since,
            self.left_at,
            self.watch_ms,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            stream: columns.id(StreamId)?,
            viewer: read_viewer(columns)?,
            open_sessions: columns.take()?,
            visits: columns.take()?,
            counted: columns.take()?,
            first_joined_at: columns.take()?,
            here_since: columns.take()?,
            left_at: columns.take()?,
            watch_ms: columns.take()?,
        })
    }
}

/// That somebody counted as a viewer of a channel, or of the whole platform, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChannelViewer {
    pub(crate) channel: ChannelId,
    pub(crate) viewer: ViewerId,
    pub(crate) counted_at: Timestamp,
}

impl Record for ChannelViewer {
    type Key = (ChannelId, ViewerId);
    const TABLE: Table = Table {
        name: "channel_viewers",
        columns: &[
            ("channel", Uuid),
            ("viewer", Uuid),
            ("anonymous", Bool),
            ("counted_at", Time),
        ],
        key: 3,
    };

    fn key(&self) -> Self::Key {
        (self.channel, self.viewer)
    }
    fn key_values((channel, viewer): &Self::Key) -> Vec<Value> {
        let (viewer, anonymous) = viewer_columns(*viewer);
        values![*channel, viewer, anonymous]
    }
    fn values(&self) -> Vec<Value> {
        let (viewer, anonymous) = viewer_columns(self.viewer);
        values![self.channel, viewer, anonymous, self.counted_at]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            channel: columns.id(ChannelId)?,
            viewer: read_viewer(columns)?,
            counted_at: columns.take()?,
        })
    }
}

plain_row! {
    /// How many viewers watched a stream for how many whole minutes: a JSON array, by minute. One row, because
    /// which minutes change shows only once the rows of the viewers are read.
    Retention in "stream_retention" by (stream: StreamId) {
        viewers: String = "[]".to_owned(),
    }
}

/// The longest that is told apart, in minutes: a day. Whoever watched longer is counted there.
pub(crate) const RETENTION_MINUTES_MAX: usize = 1_440;

impl Retention {
    /// How many watched for how many minutes, from 0 on.
    pub(crate) fn counts(&self) -> Option<Vec<i64>> {
        serde_json::from_str(&self.viewers).ok()
    }

    /// Somebody's watch time became `to` milliseconds; before it was `from`, if they were counted then. False
    /// if the row cannot be read.
    #[must_use]
    pub(crate) fn moves(&mut self, from: Option<i64>, to: i64) -> bool {
        let Some(mut counts) = self.counts() else {
            return false;
        };
        let place = |ms: i64| {
            usize::try_from(ms / MINUTE_MS)
                .unwrap_or(0)
                .min(RETENTION_MINUTES_MAX)
        };
        let to = place(to);
        if counts.len() <= to {
            counts.resize(to + 1, 0);
        }
        counts[to] += 1;
        if let Some(before) = from.and_then(|from| counts.get_mut(place(from))) {
            *before -= 1;
        }
        self.viewers = format!("{counts:?}");
        true
    }
}
