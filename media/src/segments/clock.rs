//! Sound's own clock: FLV says milliseconds, but a frame lasts a whole number of samples.

/// How far the samples' clock may be from the tags' before it is set again, in milliseconds: rounding is
/// below 1, jitter of encoders below 30.
const TOLERANCE_MS: u64 = 40;

/// Puts frames one behind the other, without the gaps that rounding would make.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// The last frame's place.
    last: Option<u64>,
    /// Where the next frame belongs if it follows the last one.
    next: Option<u64>,
}

impl Clock {
    /// The place of a frame that comes at `time_ms` and lasts `units`, both on a clock of `timescale`
    /// units per second. Never before the one of the last frame.
    pub(super) fn place(&mut self, time_ms: u64, units: u32, timescale: u32) -> u64 {
        let in_units = |ms: u64| ms.saturating_mul(u64::from(timescale)) / 1_000;
        let ideal = in_units(time_ms);
        let place = match (self.next, self.last) {
            (Some(next), _) if next.abs_diff(ideal) <= in_units(TOLERANCE_MS) => next,
            (_, Some(last)) => ideal.max(last + 1),
            _ => ideal,
        };
        self.last = Some(place);
        self.next = Some(place + u64::from(units));
        place
    }

    /// What comes next does not follow.
    pub(super) fn interrupt(&mut self) {
        self.next = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_times_become_whole_frames_one_behind_the_other() {
        let mut clock = Clock::default();
        for frame in 0..10_000_u64 {
            let time_ms = frame * 1_024 * 1_000 / 44_100;
            assert_eq!(clock.place(time_ms, 1_024, 44_100), frame * 1_024);
        }
    }

    #[test]
    fn a_step_of_the_tags_is_followed_and_never_backwards() {
        let mut clock = Clock::default();
        assert_eq!(clock.place(0, 1_024, 48_000), 0);
        assert_eq!(clock.place(1_000, 1_024, 48_000), 48_000);
        assert_eq!(clock.place(500, 1_024, 48_000), 48_001);
        clock.interrupt();
        assert_eq!(clock.place(1_030, 1_024, 48_000), 49_440);
    }
}
