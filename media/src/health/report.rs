//! What is said of a publisher.

use std::time::Duration;

/// How a publisher does, over the last seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Kilobits of video a second.
    pub video_kbps: f64,
    /// Kilobits of sound a second.
    pub audio_kbps: f64,
    /// Pictures that come a second.
    pub frame_rate: f64,
    /// How many the encoder says it sends.
    pub announced_frame_rate: Option<f64>,
    /// From one key frame to the next; the time since the last one, where that is overdue.
    pub key_frame_interval: Option<Duration>,
    /// How far the newest sound is ahead of the newest picture, by their own times, in milliseconds;
    /// below zero it is behind.
    pub sound_ahead_ms: Option<i64>,
    /// The longest time in which nothing came.
    pub longest_gap: Duration,
    /// Seconds of video that come in a second: 1 where the connection keeps up.
    pub pace: Option<f64>,
    /// What the streamer should look at, the most serious first.
    pub warnings: Vec<Warning>,
}

/// What viewers will notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// Nothing came for a while.
    Gaps,
    /// Only sound comes.
    NoPicture,
    /// Only pictures come.
    NoSound,
    /// Key frames are too far apart, or none comes.
    KeyFramesRare,
    /// Fewer pictures come than the encoder announced.
    FramesMissing,
    /// Less than a second of video comes in a second.
    TooSlow,
    /// Sound and picture are not of the same moment.
    SoundApart,
}
