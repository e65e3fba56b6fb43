//! Recordings, and when what is in them was on air.

use crate::changed::Changed;
use crate::db::Type::{Bool, I64, Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, micros, values};
use crate::fold::{FoldError, Projection, account_of, is_erasure, stream_of};
use crate::record::Record;
use crate::word::Word as _;
use crate::working::{Rows, Working};
use tributary_domain::stream::{Event as Happened, RecordingEnd};
use tributary_domain::{ChannelId, Event, Position, Recorded, RecordingId, StreamId, Timestamp};

/// A recording of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Its id.
    pub id: RecordingId,
    /// Of which stream.
    pub stream: StreamId,
    /// Of which channel.
    pub channel: ChannelId,
    /// Where in the log it began: orders recordings.
    pub position: Position,
    /// The node that writes it, or wrote it.
    pub node: String,
    /// Nobody asked for it.
    pub by_itself: bool,
    /// Since when.
    pub started_at: Timestamp,
    /// When it was complete; `None` while it is being written.
    pub finished_at: Option<Timestamp>,
    /// Why it was complete.
    pub end: Option<RecordingEnd>,
    /// Milliseconds of video, once it is complete.
    pub duration_ms: Option<i64>,
    /// Bytes of its files, once it is complete.
    pub bytes: Option<i64>,
    /// It was taken away, or its streamer was forgotten.
    pub is_gone: bool,
}

/// A moment of a recording in the day's time. It holds until the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingAnchor {
    /// Of which recording.
    pub recording: RecordingId,
    /// Where in the log: orders anchors.
    pub position: Position,
    /// Milliseconds since the beginning of the recording.
    pub media_ms: i64,
    /// When that was on air.
    pub at: Timestamp,
}

impl Record for Recording {
    type Key = RecordingId;
    const TABLE: Table = Table {
        name: "recordings",
        columns: &[
            ("id", Uuid),
            ("stream", Uuid),
            ("channel", Uuid),
            ("position", I64),
            ("node", Text),
            ("by_itself", Bool),
            ("started_at", Time),
            ("finished_at", Time),
            ("end_reason", Text),
            ("duration_ms", I64),
            ("bytes", I64),
            ("is_gone", Bool),
        ],
        key: 1,
    };

    fn key(&self) -> RecordingId {
        self.id
    }
    fn key_values(key: &RecordingId) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.id,
            self.stream,
            self.channel,
            self.position,
            self.node.clone(),
            self.by_itself,
            self.started_at,
            self.finished_at,
            self.end.map(RecordingEnd::word),
            self.duration_ms,
            self.bytes,
            self.is_gone,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: columns.id(RecordingId)?,
            stream: columns.id(StreamId)?,
            channel: columns.id(ChannelId)?,
            position: columns.position()?,
            node: columns.take()?,
            by_itself: columns.take()?,
            started_at: columns.take()?,
            finished_at: columns.take()?,
            end: columns.optional_parsed(RecordingEnd::from_word)?,
            duration_ms: columns.take()?,
            bytes: columns.take()?,
            is_gone: columns.take()?,
        })
    }
}

impl Record for RecordingAnchor {
    type Key = (RecordingId, Position);
    const TABLE: Table = Table {
        name: "recording_anchors",
        columns: &[
            ("recording", Uuid),
            ("position", I64),
            ("media_ms", I64),
            ("at", Time),
        ],
        key: 2,
    };

    fn key(&self) -> Self::Key {
        (self.recording, self.position)
    }
    fn key_values((recording, position): &Self::Key) -> Vec<Value> {
        values![*recording, *position]
    }
    fn values(&self) -> Vec<Value> {
        values![self.recording, self.position, self.media_ms, self.at]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            recording: columns.id(RecordingId)?,
            position: columns.position()?,
            media_ms: columns.take()?,
            at: columns.take()?,
        })
    }
}

/// Folds recordings.
#[derive(Default)]
pub(crate) struct Recordings {
    recordings: Working<Recording>,
    anchors: Working<RecordingAnchor>,
}

impl Projection for Recordings {
    fn name(&self) -> &'static str {
        "recordings"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        let recording = match &recorded.event {
            Event::Stream(Happened::RecordingStarted(event)) => event.recording,
            Event::Stream(Happened::RecordingFinished(event)) => event.recording,
            Event::Stream(Happened::RecordingDeleted(event)) => event.recording,
            Event::Stream(Happened::Anchored(_)) => return true,
            _ => return is_erasure(recorded),
        };
        self.recordings.want(recording);
        true
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        if is_erasure(recorded) {
            let channel: ChannelId = account_of(recorded)?.into();
            let gone = [("is_gone", Value::from(true))];
            self.recordings.sweep("channel", channel, gone);
        }
        match &recorded.event {
            Event::Stream(Happened::RecordingStarted(event)) => self.recordings.put(Recording {
                id: event.recording,
                stream: stream_of(recorded)?,
                channel: recorded.channel.ok_or(FoldError::WrongHistory)?,
                position: recorded.position,
                node: event.node.clone(),
                by_itself: event.by_itself,
                started_at: micros(event.at),
                finished_at: None,
                end: None,
                duration_ms: None,
                bytes: None,
                is_gone: false,
            }),
            Event::Stream(Happened::Anchored(event)) => self.anchors.put(RecordingAnchor {
                recording: event.recording,
                position: recorded.position,
                media_ms: event.media_ms,
                at: micros(event.at),
            }),
            Event::Stream(Happened::RecordingFinished(event)) => {
                let recording = self.recordings.edit(&event.recording)?;
                recording.finished_at = Some(micros(event.at));
                recording.end = Some(event.end);
                recording.duration_ms = Some(event.duration_ms);
                recording.bytes = Some(event.bytes);
            }
            Event::Stream(Happened::RecordingDeleted(event)) => {
                self.recordings.edit(&event.recording)?.is_gone = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn announce(&self, recorded: &Recorded, changed: &mut Changed) {
        if let (Event::Stream(_), Ok(stream)) = (&recorded.event, stream_of(recorded)) {
            changed.streams.push(stream);
        }
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.recordings, &mut self.anchors]
    }
}
