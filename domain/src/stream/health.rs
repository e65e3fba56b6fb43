//! How a stream's publisher did: what ingest notes now and then, for the streamer to look back on.

use serde::{Deserialize, Serialize};

/// Nothing is noted within so many seconds of the last note: a history grows no faster, whatever asks.
pub const HEALTH_APART_SECONDS_MIN: i64 = 5;

/// What came from a publisher in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Milliseconds of the stretch, which ends with the note.
    pub span_ms: i64,
    /// Bytes of video that came.
    pub video_bytes: i64,
    /// Bytes of sound that came.
    pub audio_bytes: i64,
    /// Pictures that came.
    pub frames: i64,
    /// Milliseconds that these pictures last by their own clock: less than the stretch where the connection
    /// does not keep up.
    pub media_ms: i64,
    /// The longest time from one key frame to the next, in milliseconds.
    pub key_frame_interval_ms: Option<i64>,
    /// How far the sound was ahead of the picture where they were farthest apart, in milliseconds; below
    /// zero it was behind.
    pub sound_ahead_ms: Option<i64>,
    /// The longest time in which nothing came, in milliseconds.
    pub longest_gap_ms: i64,
    /// What viewers notice at the end of the stretch, the most serious first.
    pub warnings: Vec<HealthWarning>,
}

/// What viewers notice of a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthWarning {
    /// Nothing came for more than a second.
    Gaps,
    /// Only sound comes.
    NoPicture,
    /// Only pictures come.
    NoSound,
    /// Key frames are more than 4 s apart.
    KeyFramesRare,
    /// Fewer pictures come than the encoder announced.
    FramesMissing,
    /// Less than a second of video comes in a second.
    TooSlow,
    /// Sound and picture are more than half a second apart.
    SoundApart,
}
