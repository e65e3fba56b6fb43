//! How well a publisher is doing, from its tags and when they came. No clock: time comes in.
//!
//! What is said is about the last [`WINDOW`]: a streamer who mends something sees it within that.

mod diary;
mod report;
#[cfg(test)]
mod tests;
mod window;

use std::time::Duration;

use self::diary::Diary;
pub use self::diary::{NOTE_EVERY, NOTES_APART_MIN, Stretch};
pub use self::report::{Report, Warning};
use self::window::Window;
use crate::flv::{self, Class, Kind, Tag};

/// What is looked at.
pub const WINDOW: Duration = Duration::from_secs(10);

/// Nothing is said of a publisher before so much of it has come.
const PATIENCE: Duration = Duration::from_secs(5);

/// A key frame must come so often: every new viewer waits for one, and segments are cut at them.
const KEY_FRAMES_APART_MAX: Duration = Duration::from_secs(4);

/// Sound and picture that arrive at one moment may be so far apart on their own clocks.
const APART_MS_MAX: i64 = 500;

/// Time without anything is a gap that viewers see.
const GAP_MIN: Duration = Duration::from_millis(1_500);

/// The least share of the announced frame rate that is no cause for a warning.
const FRAME_RATE_SHARE_MIN: f64 = 0.85;

/// The least media time for each second that is no cause for a warning.
const PACE_MIN: f64 = 0.93;

/// A step of a timestamp by more is a break of the publisher's clock, in milliseconds.
const STEP_MS_MAX: i64 = 10_000;

/// Watches one publisher.
#[derive(Debug, Default)]
pub struct Meter {
    window: Window,
    began: Option<Duration>,
    last: Option<Duration>,
    video: Track,
    audio: Track,
    last_key: Option<Duration>,
    key_interval: Option<Duration>,
    /// What the publisher says of itself.
    announced_frame_rate: Option<f64>,
    diary: Diary,
}

/// The clock of sound or picture.
#[derive(Debug, Default)]
struct Track {
    newest: Option<u32>,
}

impl Track {
    /// Takes a timestamp; gives how far it moved on, in milliseconds, if that was no break.
    fn step(&mut self, timestamp: u32) -> i64 {
        let last = self.newest.replace(timestamp).unwrap_or(timestamp);
        let step = i64::from(timestamp.wrapping_sub(last).cast_signed());
        if (0..=STEP_MS_MAX).contains(&step) {
            step
        } else {
            0
        }
    }
}

impl Meter {
    /// Takes in a tag that came at `now`, which is any clock that runs evenly.
    pub fn observe(&mut self, tag: &Tag, now: Duration) {
        let class = flv::classify(tag.kind, &tag.payload);
        if class == Class::Metadata {
            let mut info = flv::MediaInfo::default();
            info.observe(tag);
            self.announced_frame_rate = info.frame_rate.or(self.announced_frame_rate);
        }
        if !matches!(class, Class::Key | Class::Inter | Class::Audio) {
            return;
        }
        self.began.get_or_insert(now);
        let gap = self.last.replace(now).map(|last| now.saturating_sub(last));
        let gap = gap.unwrap_or_default();
        let second = self.window.at(now);
        second.gap = second.gap.max(gap);
        let stretch = self.diary.open(now);
        stretch.longest_gap = stretch.longest_gap.max(gap);
        if tag.kind == Kind::Audio {
            second.audio_bytes += tag.payload.len();
            second.sounds += 1;
            stretch.audio_bytes += tag.payload.len();
            self.audio.step(tag.timestamp);
            return;
        }
        let step = self.video.step(tag.timestamp);
        second.video_bytes += tag.payload.len();
        second.frames += 1;
        second.media_ms += step;
        stretch.video_bytes += tag.payload.len();
        stretch.frames += 1;
        stretch.media_ms += step;
        if class == Class::Key {
            self.key_interval = self.last_key.map(|last| now.saturating_sub(last));
            self.last_key = Some(now);
            stretch.key_frame_interval = stretch.key_frame_interval.max(self.key_interval);
        }
    }

    /// Looks at it as of `now`, which is to be done about every second; what there is to write down of it,
    /// if there is anything: at most every [`NOTES_APART_MIN`].
    pub fn note(&mut self, now: Duration) -> Option<Stretch> {
        let silence = now.saturating_sub(self.last?);
        let report = self.report(now);
        self.diary.turn(&report, silence, now)
    }

    /// How it is as of `now`.
    pub fn report(&self, now: Duration) -> Report {
        let (sum, whole) = self.window.sum(now, self.began);
        let seconds = whole.as_secs_f64().max(f64::MIN_POSITIVE);
        let silence = self.last.map(|last| now.saturating_sub(last));
        let since_key = self.last_key.map(|last| now.saturating_sub(last));
        let apart_ms = match (self.audio.newest, self.video.newest) {
            (Some(audio), Some(video)) if sum.sounds > 0 && sum.frames > 0 => {
                Some(i64::from(audio.wrapping_sub(video).cast_signed()))
            }
            _ => None,
        };
        let per_second = |count: usize| count_to_f64(count) / seconds;
        let mut report = Report {
            video_kbps: per_second(sum.video_bytes) * 8.0 / 1_000.0,
            audio_kbps: per_second(sum.audio_bytes) * 8.0 / 1_000.0,
            frame_rate: per_second(sum.frames),
            announced_frame_rate: self.announced_frame_rate,
            key_frame_interval: self.key_interval.max(since_key.filter(|since| {
                // One that is overdue tells more than the last that came.
                *since > KEY_FRAMES_APART_MAX
            })),
            sound_ahead_ms: apart_ms,
            longest_gap: sum.gap.max(silence.unwrap_or_default()),
            pace: (sum.frames > 0).then(|| sum_to_f64(sum.media_ms) / 1_000.0 / seconds),
            warnings: Vec::new(),
        };
        if self.began.is_some_and(|began| now >= began + PATIENCE) {
            report.warnings = Self::warnings(&report, sum.sounds > 0, sum.frames > 0);
        }
        report
    }

    fn warnings(report: &Report, has_sound: bool, has_picture: bool) -> Vec<Warning> {
        let has_gaps = report.longest_gap >= GAP_MIN;
        // While something did not come at all, that is why there is less of the rest.
        let has_picture_throughout = has_picture && !has_gaps;
        let is_slow = report.announced_frame_rate.is_some_and(|announced| {
            has_picture_throughout && report.frame_rate < announced * FRAME_RATE_SHARE_MIN
        });
        let keys_rare = has_picture_throughout
            && report
                .key_frame_interval
                .is_none_or(|interval| interval > KEY_FRAMES_APART_MAX);
        let is_apart = report
            .sound_ahead_ms
            .is_some_and(|apart| apart.abs() > APART_MS_MAX);
        let lags = has_picture_throughout && report.pace.is_some_and(|pace| pace < PACE_MIN);
        [
            (has_gaps, Warning::Gaps),
            (!has_picture, Warning::NoPicture),
            (!has_sound, Warning::NoSound),
            (keys_rare, Warning::KeyFramesRare),
            (is_slow, Warning::FramesMissing),
            (lags, Warning::TooSlow),
            (is_apart, Warning::SoundApart),
        ]
        .into_iter()
        .filter_map(|(holds, warning)| holds.then_some(warning))
        .collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "bytes of ten seconds")]
const fn count_to_f64(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of ten seconds")]
const fn sum_to_f64(milliseconds: i64) -> f64 {
    milliseconds as f64
}
