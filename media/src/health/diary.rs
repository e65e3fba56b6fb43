//! What is written down of a publisher, and when: little enough to keep for ever.

use std::time::Duration;

use super::report::{Report, Warning};

/// The longest time between two notes.
pub const NOTE_EVERY: Duration = Duration::from_secs(60);

/// The shortest: before the first note, and where other warnings hold than before.
pub const NOTES_APART_MIN: Duration = Duration::from_secs(10);

/// What came from a publisher in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stretch {
    /// How long it was.
    pub length: Duration,
    /// Bytes of video.
    pub video_bytes: usize,
    /// Bytes of sound.
    pub audio_bytes: usize,
    /// Pictures.
    pub frames: usize,
    /// How long they last by their own clock, in milliseconds.
    pub media_ms: i64,
    /// The longest time from one key frame to the next.
    pub key_frame_interval: Option<Duration>,
    /// How far the sound was ahead of the picture where they were farthest apart, in milliseconds.
    pub sound_ahead_ms: Option<i64>,
    /// The longest time in which nothing came.
    pub longest_gap: Duration,
    /// What holds at its end, the most serious first.
    pub warnings: Vec<Warning>,
}

/// One stretch after the other.
#[derive(Debug, Default)]
pub(super) struct Diary {
    open: Stretch,
    /// When the open stretch began.
    since: Option<Duration>,
    /// Of the last note.
    warnings: Vec<Warning>,
    /// Of the last look: what holds for a moment only is not worth a note of its own.
    seen: Vec<Warning>,
    has_notes: bool,
}

impl Diary {
    /// The stretch that goes on at `now`.
    pub(super) fn open(&mut self, now: Duration) -> &mut Stretch {
        self.since.get_or_insert(now);
        &mut self.open
    }

    /// Takes in how it is at `now`, and how long nothing has come; gives the stretch up to here if it is to
    /// be written down.
    pub(super) fn turn(
        &mut self,
        report: &Report,
        silence: Duration,
        now: Duration,
    ) -> Option<Stretch> {
        let length = now.saturating_sub(self.since?);
        let open = &mut self.open;
        open.longest_gap = open.longest_gap.max(silence);
        open.key_frame_interval = open.key_frame_interval.max(overdue(report));
        open.sound_ahead_ms = [open.sound_ahead_ms, report.sound_ahead_ms]
            .into_iter()
            .flatten()
            .max_by_key(|apart| apart.unsigned_abs());
        let has_changed = report.warnings != self.warnings && report.warnings == self.seen;
        self.seen.clone_from(&report.warnings);
        let due = if has_changed || !self.has_notes {
            NOTES_APART_MIN
        } else {
            NOTE_EVERY
        };
        if length < due {
            return None;
        }
        self.has_notes = true;
        self.since = Some(now);
        self.warnings.clone_from(&report.warnings);
        Some(Stretch {
            length,
            warnings: report.warnings.clone(),
            ..std::mem::take(&mut self.open)
        })
    }
}

/// The time since the last key frame, where that is too long.
fn overdue(report: &Report) -> Option<Duration> {
    let interval = report.key_frame_interval;
    interval.filter(|_| report.warnings.contains(&Warning::KeyFramesRare))
}
