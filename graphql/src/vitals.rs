//! How publishers do. Only the node that takes a publisher's media knows; the API asks for it here.

use std::fmt::Debug;
use tributary_domain::ChannelId;
use tributary_domain::stream::HealthWarning;

/// Knows how publishers on this node do.
pub trait Vitals: Debug + Send + Sync + 'static {
    /// How a channel's publisher does, if it has one here.
    fn of(&self, channel: ChannelId) -> Option<Health>;
}

/// No publisher is ever here: for an API without media.
#[derive(Debug, Clone, Copy)]
pub struct NoVitals;

impl Vitals for NoVitals {
    fn of(&self, _channel: ChannelId) -> Option<Health> {
        None
    }
}

/// How a publisher does, over the last seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// Kilobits of video a second.
    pub video_kbps: i32,
    /// Kilobits of sound a second.
    pub audio_kbps: i32,
    /// Pictures a second.
    pub frame_rate: f64,
    /// From one key frame to the next, in milliseconds.
    pub key_frame_interval_ms: Option<i32>,
    /// How far sound is ahead of the picture, in milliseconds.
    pub sound_ahead_ms: Option<i32>,
    /// The longest time without anything, in milliseconds.
    pub longest_gap_ms: i32,
    /// Seconds of video that come in a second.
    pub pace: Option<f64>,
    /// What to look at, the most serious first.
    pub warnings: Vec<HealthWarning>,
}
