//! What can happen to a stream.

use super::health::Health;
use super::metadata::{Form, Words};
use super::upcasts::{times_follow, words_are_personal};
use crate::{ChannelId, Personal, RecordingId, StreamId, Timestamp};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a stream.
    {
        /// It was announced.
        ///
        /// Written when a streamer announces a show.
        Scheduled = "stream.scheduled", 2, personal upcast [
            words_are_personal: "category, tags and quality moved into the personal part",
        ];
        /// It waits for media.
        ///
        /// Written when a streamer starts a show, or an encoder connects with a good key.
        Started = "stream.started", 2, personal upcast [
            words_are_personal: "category, tags and quality moved into the personal part",
        ];
        /// Media came in for the first time.
        ///
        /// Written by ingest with the first media of a stream.
        WentLive = "stream.went_live", 1;
        /// The publisher went away; grace is running.
        ///
        /// Written by ingest when the encoder goes, and by another node when the encoder's own is
        /// gone.
        Interrupted = "stream.interrupted", 1;
        /// The publisher came back within the grace period.
        ///
        /// Written by ingest when media comes in again within the grace period.
        Resumed = "stream.resumed", 1;
        /// How its publisher did was noted.
        ///
        /// Written by ingest while media comes in: ten seconds after it began, once a minute, and when other
        /// warnings hold than before, at most every ten seconds.
        HealthNoted = "stream.health_noted", 1;
        /// The streamer changed what it is about.
        ///
        /// Written when the streamer changes title, description or labels, also after the show.
        Updated = "stream.updated", 2, personal upcast [
            words_are_personal: "category, tags and quality moved into the personal part",
        ];
        /// It is over; its recording, if any, is being finished.
        ///
        /// Written when the streamer or staff ends it, or by a policy when its grace is over; right before
        /// `stream.ended`, unless it is still being recorded.
        Ending = "stream.ending", 2 upcast [
            times_follow: "its times stand in it, for `stream.ended` may come later",
        ];
        /// It is over, and these are its times.
        ///
        /// Written right behind `stream.ending`, or when its recording is finished.
        Ended = "stream.ended", 1;
        /// It was called off before it began.
        ///
        /// Written when the streamer or staff calls it off.
        Cancelled = "stream.cancelled", 1;
        /// It is being recorded.
        ///
        /// Written when the streamer or staff asks for it, and with the first media where the server records by
        /// itself.
        RecordingStarted = "stream.recording_started", 1;
        /// It is to be recorded no more.
        ///
        /// Written when the streamer or staff asks for it.
        RecordingStopped = "stream.recording_stopped", 1;
        /// A moment of its recording in the day's time.
        ///
        /// Written by the node that records: at the first media, and when the two times have come apart by
        /// more than half a second; one each ten seconds at most, over time.
        Anchored = "stream.recording_anchored", 1;
        /// A recording is complete.
        ///
        /// Written by the node that recorded, and for a node that is gone by the one that looks after it.
        RecordingFinished = "stream.recording_finished", 1;
        /// A recording was taken away.
        ///
        /// Written when the streamer or staff asks for it, or when it is older than recordings are kept.
        RecordingDeleted = "stream.recording_deleted", 1;
    }
}

/// It was announced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// Its id.
    pub stream: StreamId,
    /// Whose.
    pub channel: ChannelId,
    /// When it is to begin.
    pub scheduled_for: Timestamp,
    /// What kind of show, and for whom.
    #[serde(flatten)]
    pub form: Form,
    /// What the streamer wrote about it.
    pub personal: Personal<Words>,
}

/// It waits for media.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// Its id.
    pub stream: StreamId,
    /// Whose.
    pub channel: ChannelId,
    /// What kind of show, and for whom.
    #[serde(flatten)]
    pub form: Form,
    /// What the streamer wrote about it.
    pub personal: Personal<Words>,
}

/// What a publisher sends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// The node that it comes in on.
    pub node: String,
    /// Such as `h264`.
    pub video_codec: Option<String>,
    /// Such as `aac`.
    pub audio_codec: Option<String>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
}

/// Media came in for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WentLive {
    /// When.
    pub at: Timestamp,
    /// What.
    pub media: Media,
}

/// Why a publisher went away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interruption {
    /// The encoder stopped on purpose.
    Unpublished,
    /// The connection broke.
    Disconnected,
    /// Nothing came for too long.
    TimedOut,
    /// It sent what cannot be understood.
    Malformed,
    /// The platform closed it: another publisher took over, or the key was rotated.
    Closed,
    /// The node that took it in is gone.
    NodeGone,
}

/// The publisher went away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interrupted {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: Interruption,
}

/// The publisher came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// When.
    pub at: Timestamp,
    /// With what.
    pub media: Media,
}

/// How its publisher did was noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthNoted {
    /// Up to when.
    pub at: Timestamp,
    /// What came since the last note, or since media came in.
    #[serde(flatten)]
    pub health: Health,
}

/// The streamer changed what it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Updated {
    /// What kind of show, and for whom, now.
    #[serde(flatten)]
    pub form: Form,
    /// What the streamer writes about it now.
    pub personal: Personal<Words>,
}

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Its streamer, or staff, ended it.
    Asked,
    /// Its publisher did not come back within the grace period.
    Abandoned,
    /// It was started and no media ever came.
    NeverLive,
}

/// It is over; its recording is being finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Why.
    pub reason: EndReason,
    /// Its times; of events that were written before they stood here, `None`.
    pub times: Option<Ended>,
}

/// It is over, and these are its times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// When media first came in; `None` if it never did.
    pub started_at: Option<Timestamp>,
    /// When the show was over: the last interruption, if nobody came back.
    pub ended_at: Timestamp,
    /// Milliseconds from first to last.
    pub duration_ms: i64,
    /// Milliseconds of these on air.
    pub live_ms: i64,
}

/// It was called off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {}

/// It is being recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingStarted {
    /// The recording.
    pub recording: RecordingId,
    /// Since when.
    pub at: Timestamp,
    /// The node that writes it.
    pub node: String,
    /// Nobody asked: the server records every stream.
    pub by_itself: bool,
}

/// It is to be recorded no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingStopped {
    /// The recording.
    pub recording: RecordingId,
    /// Since when.
    pub at: Timestamp,
}

/// A moment of a recording in the day's time. It holds until the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchored {
    /// The recording.
    pub recording: RecordingId,
    /// Milliseconds since the beginning of the recording.
    pub media_ms: i64,
    /// When this came in.
    pub at: Timestamp,
}

/// Why a recording is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingEnd {
    /// The streamer, or staff, stopped it.
    Asked,
    /// The stream ended.
    StreamEnded,
    /// There was no room left for it.
    DiskFull,
    /// It could not be written.
    Failed,
    /// It was as long as a recording may be.
    TooLong,
    /// The node that wrote it is gone; this is what it left.
    NodeGone,
    /// The server was stopped.
    ServerStopped,
    /// The encoder came back to another node.
    Moved,
}

/// A recording is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingFinished {
    /// The recording.
    pub recording: RecordingId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub end: RecordingEnd,
    /// Milliseconds of video.
    pub duration_ms: i64,
    /// Bytes of all its files.
    pub bytes: i64,
}

/// Why a recording was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// The streamer, or staff, asked for it.
    Asked,
    /// It was older than recordings are kept.
    TooOld,
}

/// A recording was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingDeleted {
    /// The recording.
    pub recording: RecordingId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Removal,
}
