//! The last seconds, one sum for each.

use std::time::Duration;

use super::WINDOW;

/// Seconds that are kept.
const SECONDS: usize = 10;

/// What came in a second.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Second {
    /// Which one, since the clock began.
    number: u64,
    pub video_bytes: usize,
    pub audio_bytes: usize,
    pub frames: usize,
    pub sounds: usize,
    /// How far the picture's own clock moved.
    pub media_ms: i64,
    /// The longest time before something that came in it.
    pub gap: Duration,
}

/// The seconds of [`WINDOW`]: however much comes, and however long, it is as large.
#[derive(Debug, Default)]
pub(super) struct Window([Second; SECONDS]);

impl Window {
    /// The second of `now`.
    pub(super) fn at(&mut self, now: Duration) -> &mut Second {
        let number = now.as_secs();
        let index = usize::try_from(number % SECONDS as u64).unwrap_or_default();
        let second = &mut self.0[index];
        if second.number != number {
            *second = Second {
                number,
                ..Second::default()
            };
        }
        second
    }

    /// All whole seconds before that of `now`, and how long they are together: those before the
    /// first tag do not count, nor the one that is under way.
    pub(super) fn sum(&self, now: Duration, began: Option<Duration>) -> (Second, Duration) {
        let to = now.as_secs();
        let whole = WINDOW.as_secs() - 1;
        let first = began.map_or(to, |began| began.as_secs() + 1);
        let from = to.saturating_sub(whole).max(first);
        let mut sum = Second::default();
        let here = |second: &&Second| (from..to).contains(&second.number);
        for second in self.0.iter().filter(here) {
            sum.video_bytes += second.video_bytes;
            sum.audio_bytes += second.audio_bytes;
            sum.frames += second.frames;
            sum.sounds += second.sounds;
            sum.media_ms += second.media_ms;
            sum.gap = sum.gap.max(second.gap);
        }
        (sum, Duration::from_secs(to.saturating_sub(from)))
    }
}
