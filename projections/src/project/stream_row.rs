//! The row of a stream, with all that is known of it but its counts.

use crate::db::Type::{I64, Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, values};
use crate::record::Record;
use crate::word::{Word, words};
use tributary_domain::stream::{EndReason, Kind, Labels, Media, Visibility};
use tributary_domain::{ChannelId, Position, StreamId, Timestamp};

/// Where a stream is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamStatus {
    /// Announced.
    Scheduled,
    /// Waiting for media.
    Starting,
    /// On air.
    Live,
    /// Its publisher is gone; grace is running.
    Interrupted,
    /// Over; its recording is being finished.
    Ending,
    /// Over.
    Ended,
    /// Called off.
    Cancelled,
}

impl StreamStatus {
    /// Whether it stands in the live list: live, or interrupted and expected back.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Live | Self::Interrupted)
    }

    /// Whether it is its channel's current stream: starting, live or interrupted.
    pub fn is_open(self) -> bool {
        self.is_live() || self == Self::Starting
    }
}

words! {
    StreamStatus {
        Scheduled = "scheduled",
        Starting = "starting",
        Live = "live",
        Interrupted = "interrupted",
        Ending = "ending",
        Ended = "ended",
        Cancelled = "cancelled",
    }
}

/// One show of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its id.
    pub id: StreamId,
    /// Whose.
    pub channel: ChannelId,
    /// Its first event: the order of a channel's streams, and the cursor in that list.
    pub created_position: Position,
    /// When that was recorded.
    pub created_at: Timestamp,
    /// Empty once the person was erased.
    pub title: String,
    /// What the streamer wrote about it.
    pub description: Option<String>,
    /// Category, tags, kind, visibility, announced quality.
    pub labels: Labels,
    /// Where it is in its life.
    pub status: StreamStatus,
    /// When `status` last changed, as recorded: from here a grace period runs.
    pub changed_at: Timestamp,
    /// When it is, or was, to begin.
    pub scheduled_for: Option<Timestamp>,
    /// When media first came in.
    pub started_at: Option<Timestamp>,
    /// When it last went on or off air.
    pub air_changed_at: Option<Timestamp>,
    /// When the show was over: the last interruption, if nobody came back.
    pub ended_at: Option<Timestamp>,
    /// Milliseconds from first to last media; `None` until it ended. See also
    /// [`duration_ms_at`](Self::duration_ms_at).
    pub duration_ms: Option<i64>,
    /// Milliseconds on air up to `air_changed_at`, or of the whole show once it ended. See also
    /// [`live_ms_at`](Self::live_ms_at).
    pub live_ms: i64,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// What its publisher sends or sent last, and to which node.
    pub media: Option<Media>,
}

impl Stream {
    pub(crate) fn new(
        id: StreamId,
        channel: ChannelId,
        created_position: Position,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            channel,
            created_position,
            created_at,
            title: String::new(),
            description: None,
            labels: Labels::default(),
            status: StreamStatus::Scheduled,
            changed_at: created_at,
            scheduled_for: None,
            started_at: None,
            air_changed_at: None,
            ended_at: None,
            duration_ms: None,
            live_ms: 0,
            end_reason: None,
            media: None,
        }
    }

    /// How long the show lasted or has lasted until `now`, in milliseconds. While its publisher is
    /// away it stands still. `None` before media came in.
    pub fn duration_ms_at(&self, now: Timestamp) -> Option<i64> {
        let started_at = self.started_at?;
        let until = match self.status {
            StreamStatus::Live => now,
            _ => self.air_changed_at.unwrap_or(started_at),
        };
        Some(
            self.duration_ms
                .unwrap_or((until - started_at).num_milliseconds().max(0)),
        )
    }

    /// How long it was on air until `now`, in milliseconds.
    pub fn live_ms_at(&self, now: Timestamp) -> i64 {
        let running = match (self.status, self.air_changed_at) {
            (StreamStatus::Live, Some(since)) => (now - since).num_milliseconds().max(0),
            _ => 0,
        };
        self.live_ms + running
    }

    /// The part of its duration that it was on air until `now`, from 0 to 100. `None` before media
    /// came in.
    pub fn uptime_percent_at(&self, now: Timestamp) -> Option<f64> {
        let duration_ms = self.duration_ms_at(now)?;
        if duration_ms == 0 {
            return Some(100.0);
        }
        let hundredths = self.live_ms_at(now).saturating_mul(10_000) / duration_ms;
        let hundredths = i32::try_from(hundredths.clamp(0, 10_000)).unwrap_or(10_000);
        Some(f64::from(hundredths) / 100.0)
    }

    /// The columns that hold what the streamer wrote, as they stand once the person was erased.
    pub(crate) fn wordless() -> Vec<(&'static str, Value)> {
        let nothing = Value::Null(Text);
        vec![
            ("title", Value::from("")),
            ("description", nothing.clone()),
            ("category", nothing.clone()),
            ("category_key", nothing.clone()),
            ("tags", Value::from("[]")),
            ("search_text", Value::from("")),
            ("quality", nothing),
        ]
    }

    /// Title and tags, lower-cased, a line each: what a search looks through.
    fn search_text(&self) -> String {
        let lines: Vec<_> = std::iter::once(&self.title)
            .chain(&self.labels.tags)
            .map(|text| text.to_lowercase())
            .collect();
        lines.join("\n")
    }
}

impl Record for Stream {
    type Key = StreamId;
    const TABLE: Table = Table {
        name: "streams",
        columns: &[
            ("id", Uuid),
            ("channel", Uuid),
            ("created_position", I64),
            ("created_at", Time),
            ("title", Text),
            ("description", Text),
            ("category", Text),
            ("category_key", Text),
            ("tags", Text),
            ("search_text", Text),
            ("kind", Text),
            ("visibility", Text),
            ("quality", Text),
            ("status", Text),
            ("changed_at", Time),
            ("scheduled_for", Time),
            ("started_at", Time),
            ("air_changed_at", Time),
            ("ended_at", Time),
            ("duration_ms", I64),
            ("live_ms", I64),
            ("end_reason", Text),
            ("node", Text),
            ("video_codec", Text),
            ("audio_codec", Text),
            ("width", I64),
            ("height", I64),
        ],
        key: 1,
    };
    /// A description may have 20 kB.
    const CACHED_MAX: usize = 1_000;

    fn key(&self) -> StreamId {
        self.id
    }
    fn key_values(key: &StreamId) -> Vec<Value> {
        values![*key]
    }

    fn values(&self) -> Vec<Value> {
        let labels = &self.labels;
        let media = self.media.as_ref();
        let codec = |of: fn(&Media) -> &Option<String>| media.and_then(|media| of(media).clone());
        let pixels = |of: fn(&Media) -> Option<u32>| media.and_then(of).map(i64::from);
        values![
            self.id,
            self.channel,
            self.created_position,
            self.created_at,
            self.title.clone(),
            self.description.clone(),
            labels.category.clone(),
            labels.category.as_deref().map(str::to_lowercase),
            serde_json::Value::from(labels.tags.clone()).to_string(),
            self.search_text(),
            labels.kind.word(),
            labels.visibility.word(),
            labels.quality.clone(),
            self.status.word(),
            self.changed_at,
            self.scheduled_for,
            self.started_at,
            self.air_changed_at,
            self.ended_at,
            self.duration_ms,
            self.live_ms,
            self.end_reason.map(Word::word),
            media.map(|media| media.node.clone()),
            codec(|media| &media.video_codec),
            codec(|media| &media.audio_codec),
            pixels(|media| media.width),
            pixels(|media| media.height),
        ]
    }

    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        let id = columns.id(StreamId)?;
        let channel = columns.id(ChannelId)?;
        let created_position = columns.position()?;
        let created_at = columns.take()?;
        let (title, description) = (columns.take()?, columns.take()?);
        let category = columns.take()?;
        let _category_key: Option<String> = columns.take()?;
        let tags = columns.parsed(|text| serde_json::from_str(text).ok())?;
        let _search_text: String = columns.take()?;
        let labels = Labels {
            category,
            tags,
            kind: columns.parsed(Kind::from_word)?,
            visibility: columns.parsed(Visibility::from_word)?,
            quality: columns.take()?,
        };
        Ok(Self {
            id,
            channel,
            created_position,
            created_at,
            title,
            description,
            labels,
            status: columns.parsed(StreamStatus::from_word)?,
            changed_at: columns.take()?,
            scheduled_for: columns.take()?,
            started_at: columns.take()?,
            air_changed_at: columns.take()?,
            ended_at: columns.take()?,
            duration_ms: columns.take()?,
            live_ms: columns.take()?,
            end_reason: columns.optional_parsed(EndReason::from_word)?,
            media: read_media(columns)?,
        })
    }
}

fn read_media(columns: &mut Columns<'_>) -> Result<Option<Media>, DbError> {
    let node: Option<String> = columns.take()?;
    let (video_codec, audio_codec) = (columns.take()?, columns.take()?);
    let mut pixels = || {
        let pixels = columns.take::<Option<i64>>()?;
        Ok::<_, DbError>(pixels.and_then(|pixels| u32::try_from(pixels).ok()))
    };
    let (width, height) = (pixels()?, pixels()?);
    Ok(node.map(|node| Media {
        node,
        video_codec,
        audio_codec,
        width,
        height,
    }))
}
