//! How publishers on this node do, for the API.

use crate::parts::Parts;
use std::sync::Arc;
use std::time::Duration;
use tributary_domain::ChannelId;
use tributary_domain::stream::HealthWarning;
use tributary_graphql::vitals::{Health, Vitals};
use tributary_media::health::Warning;
use tributary_media::hub::Hub;

/// Asks the hub.
#[derive(Debug)]
pub struct OfHub(pub Arc<Hub>);

impl Vitals for OfHub {
    fn of(&self, channel: ChannelId) -> Option<Health> {
        let report = self.0.health(&Parts::broadcast(channel))?;
        Some(Health {
            video_kbps: whole(report.video_kbps),
            audio_kbps: whole(report.audio_kbps),
            frame_rate: (report.frame_rate * 10.0).round() / 10.0,
            key_frame_interval_ms: report.key_frame_interval.map(milliseconds),
            sound_ahead_ms: report
                .sound_ahead_ms
                .map(|ms| i32::try_from(ms).unwrap_or(i32::MAX)),
            longest_gap_ms: milliseconds(report.longest_gap),
            pace: report.pace.map(|pace| (pace * 100.0).round() / 100.0),
            warnings: report.warnings.iter().copied().map(warning).collect(),
        })
    }
}

/// A warning as the domain names it.
pub const fn warning(warning: Warning) -> HealthWarning {
    match warning {
        Warning::Gaps => HealthWarning::Gaps,
        Warning::NoPicture => HealthWarning::NoPicture,
        Warning::NoSound => HealthWarning::NoSound,
        Warning::KeyFramesRare => HealthWarning::KeyFramesRare,
        Warning::FramesMissing => HealthWarning::FramesMissing,
        Warning::TooSlow => HealthWarning::TooSlow,
        Warning::SoundApart => HealthWarning::SoundApart,
    }
}

fn milliseconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a conversion of a float keeps to the bounds of the integer"
)]
fn whole(number: f64) -> i32 {
    number.round() as i32
}
