//! How a stream's publisher did, for charts, and what its streamer should look at.

use super::DateTime;
use super::page::connection;
use super::statistics::{count, seconds};
use crate::messages::{Language, Sentence};
use async_graphql::{ComplexObject, Enum, SimpleObject};
use tributary_domain::stream;
use tributary_projections as views;

/// What viewers will notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "stream::HealthWarning")]
pub(crate) enum StreamHealthWarningCode {
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

/// Something that viewers will notice.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
#[graphql(complex)]
pub(crate) struct StreamHealthWarning {
    /// Which; never changes its meaning.
    code: StreamHealthWarningCode,
}

impl From<stream::HealthWarning> for StreamHealthWarning {
    fn from(warning: stream::HealthWarning) -> Self {
        let code = warning.into();
        Self { code }
    }
}

/// A language that messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum MessageLanguage {
    /// English.
    En,
    /// French.
    Fr,
    /// Vietnamese.
    Vi,
}

#[ComplexObject]
impl StreamHealthWarning {
    /// What to do about it, for the streamer. What a feed says is made once for all who follow, so the
    /// language stands in the operation.
    async fn message(
        &self,
        #[graphql(desc = "In this language.", default_with = "MessageLanguage::En")]
        language: MessageLanguage,
    ) -> String {
        let sentence = match self.code {
            StreamHealthWarningCode::Gaps => Sentence::HealthGaps,
            StreamHealthWarningCode::NoPicture => Sentence::HealthNoPicture,
            StreamHealthWarningCode::NoSound => Sentence::HealthNoSound,
            StreamHealthWarningCode::KeyFramesRare => Sentence::HealthKeyFramesRare,
            StreamHealthWarningCode::FramesMissing => Sentence::HealthFramesMissing,
            StreamHealthWarningCode::TooSlow => Sentence::HealthTooSlow,
            StreamHealthWarningCode::SoundApart => Sentence::HealthSoundApart,
        };
        sentence.say(match language {
            MessageLanguage::En => Language::English,
            MessageLanguage::Fr => Language::French,
            MessageLanguage::Vi => Language::Vietnamese,
        })
    }
}

/// What came from a publisher in a stretch of time: ten seconds at least, a minute at most while it sends.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct StreamHealthPoint {
    /// When the stretch ended.
    at: DateTime,
    /// How long it was.
    seconds: f64,
    /// Kilobits of video a second.
    video_kbps: f64,
    /// Kilobits of sound a second.
    audio_kbps: f64,
    /// Pictures a second.
    frame_rate: f64,
    /// The longest time from one key frame to the next, in milliseconds.
    key_frame_interval_ms: Option<i32>,
    /// How many milliseconds the sound was ahead of the picture where they were farthest apart; below zero
    /// it was behind.
    sound_ahead_ms: Option<i32>,
    /// The longest time in which nothing came, in milliseconds.
    longest_gap_ms: i32,
    /// Seconds of video that came in a second: 1 where the connection kept up.
    pace: Option<f64>,
    /// What viewers noticed at its end, the most serious first. Where that changes, a stretch ends.
    warnings: Vec<StreamHealthWarning>,
}

connection!(
    /// A page of how a publisher did.
    StreamHealthConnection,
    /// A stretch of time in a list.
    StreamHealthEdge,
    StreamHealthPoint
);

impl From<views::HealthPoint> for StreamHealthPoint {
    fn from(point: views::HealthPoint) -> Self {
        let health = &point.health;
        Self {
            at: DateTime(point.at),
            seconds: seconds(health.span_ms),
            video_kbps: point.video_kbps(),
            audio_kbps: point.audio_kbps(),
            frame_rate: point.frame_rate(),
            key_frame_interval_ms: health.key_frame_interval_ms.map(count),
            sound_ahead_ms: health.sound_ahead_ms.map(count),
            longest_gap_ms: count(health.longest_gap_ms),
            pace: point.pace(),
            warnings: health.warnings.iter().copied().map(Into::into).collect(),
        }
    }
}
