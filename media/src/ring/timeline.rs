//! One clock for a broadcast, over all its publishers.

use crate::flv::Kind;

/// Distance between the last frame before and the first after a break: about one frame at 30 per
/// second, in milliseconds.
const FRAME_MS: i64 = 33;

/// A step forwards by more is a break, not a pause, in milliseconds.
const FORWARDS_MS_MAX: i64 = 10_000;

/// Audio may run behind video (or video behind audio) by so much, in milliseconds.
const INTERLEAVE_MS_MAX: i64 = 5_000;

/// Within one kind, a step back by more is a break; less is jitter and is held level, in milliseconds.
const BACKWARDS_MS_MAX: i64 = 250;

/// Maps publishers' timestamps to the broadcast's. Within one kind of media the result never runs
/// backwards, and it never falls behind the point where the last publisher left off.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// The last media tag: its own timestamp and where it was put, before it was held level.
    anchor: Option<(u32, i64)>,
    /// The latest time given out.
    latest: Option<i64>,
    /// The latest time at which a picture is shown: those decoded ahead of others come later than
    /// their timestamp.
    shown: i64,
    floor: i64,
    audio: i64,
    video: i64,
}

impl Timeline {
    /// A new publisher's clock has nothing to do with the old one's.
    pub(super) fn attach(&mut self) {
        self.anchor = None;
        self.floor = self.next();
        self.audio = self.floor;
        self.video = self.floor;
    }

    /// The time for something that has none of its own, in milliseconds: headers and metadata carry
    /// a 0, or anything. It is that of the last frame of its kind, which the next cannot come before.
    pub(super) fn stamp(&self, kind: Kind) -> u64 {
        let time = match kind {
            Kind::Video => self.video,
            Kind::Audio => self.audio,
            Kind::Script => self.latest.unwrap_or(self.floor).max(self.floor),
        };
        time.unsigned_abs()
    }

    /// The broadcast's time for a media tag, in milliseconds.
    pub(super) fn media(&mut self, kind: Kind, timestamp: u32) -> u64 {
        let latest = self.latest.unwrap_or(self.floor).max(self.floor);
        let last = match kind {
            Kind::Video => self.video,
            Kind::Audio | Kind::Script => self.audio,
        };
        let candidate = self.anchor.map(|(seen, put)| {
            // The shorter way around, so that a wrap at 2³² is a step like any other.
            let step = timestamp.wrapping_sub(seen).cast_signed();
            put.saturating_add(i64::from(step))
        });
        let put = match candidate {
            Some(time)
                if time >= latest - INTERLEAVE_MS_MAX
                    && time >= last - BACKWARDS_MS_MAX
                    && time <= latest + FORWARDS_MS_MAX =>
            {
                time
            }
            Some(_) => self.next(),
            None => self.floor,
        };
        self.anchor = Some((timestamp, put));
        let time = put.max(last).max(self.floor);
        match kind {
            Kind::Video => self.video = time,
            Kind::Audio | Kind::Script => self.audio = time,
        }
        self.latest = Some(latest.max(time));
        time.unsigned_abs()
    }

    /// Learns that a picture at `time` is shown `delay_ms` later, so that what comes after a break is
    /// not shown among the last pictures before it.
    pub(super) fn shown_later(&mut self, time: u64, delay_ms: u32) {
        let time = i64::try_from(time).unwrap_or(i64::MAX);
        self.shown = self.shown.max(time.saturating_add(i64::from(delay_ms)));
    }

    fn next(&self) -> i64 {
        let after = |latest: i64| {
            latest
                .max(self.shown)
                .max(self.floor)
                .saturating_add(FRAME_MS)
        };
        self.latest.map_or(self.floor, after)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn video(timeline: &mut Timeline, times: &[u32]) -> Vec<u64> {
        times
            .iter()
            .map(|time| timeline.media(Kind::Video, *time))
            .collect()
    }

    #[test]
    fn a_broadcast_begins_at_zero() {
        assert_eq!(
            video(&mut Timeline::default(), &[5_000, 5_040, 5_080]),
            [0, 40, 80]
        );
    }

    #[test]
    fn a_publisher_that_comes_back_goes_on_one_frame_later() {
        let mut timeline = Timeline::default();
        video(&mut timeline, &[0, 40, 80]);
        timeline.attach();
        assert_eq!(
            timeline.stamp(Kind::Video),
            113,
            "headers go where the first frame will"
        );
        assert_eq!(video(&mut timeline, &[0, 40]), [113, 153]);
        timeline.attach();
        assert_eq!(video(&mut timeline, &[900_000, 900_040]), [186, 226]);
    }

    #[test]
    fn a_publisher_that_sent_nothing_moves_nothing() {
        let mut timeline = Timeline::default();
        timeline.attach();
        timeline.attach();
        assert_eq!(video(&mut timeline, &[7]), [0]);
    }

    #[test]
    fn a_wrap_at_2_to_the_32_is_a_step_like_any_other() {
        let mut timeline = Timeline::default();
        assert_eq!(video(&mut timeline, &[u32::MAX - 9, 10, 50]), [0, 20, 60]);
    }

    #[test]
    fn resets_and_leaps_go_on_one_frame_later() {
        let mut timeline = Timeline::default();
        let times = [0, 40, 3_600_000, 3_600_040, 0, 40, 2_000_000_000];
        assert_eq!(
            video(&mut timeline, &times),
            [0, 40, 73, 113, 146, 186, 219]
        );
    }

    #[test]
    fn a_break_comes_after_the_last_picture_shown() {
        let mut timeline = Timeline::default();
        video(&mut timeline, &[0, 40]);
        timeline.shown_later(40, 120);
        timeline.attach();
        assert_eq!(video(&mut timeline, &[0]), [193]);
    }

    #[test]
    fn a_pause_is_kept_and_jitter_is_held_level() {
        let mut timeline = Timeline::default();
        assert_eq!(
            video(&mut timeline, &[0, 8_000, 7_990, 8_040]),
            [0, 8_000, 8_000, 8_040]
        );
    }

    #[test]
    fn a_reset_by_a_little_is_a_break_too_and_not_a_standstill() {
        let mut timeline = Timeline::default();
        let times = [0, 1_000, 2_000, 0, 40];
        assert_eq!(
            video(&mut timeline, &times),
            [0, 1_000, 2_000, 2_033, 2_073]
        );
    }

    #[test]
    fn audio_behind_video_stays_behind_it() {
        let mut timeline = Timeline::default();
        assert_eq!(timeline.media(Kind::Video, 1_000), 0);
        assert_eq!(timeline.media(Kind::Audio, 1_000), 0);
        assert_eq!(timeline.media(Kind::Video, 3_000), 2_000);
        assert_eq!(timeline.media(Kind::Audio, 1_020), 20);
        assert_eq!(timeline.media(Kind::Video, 3_040), 2_040);
    }

    #[test]
    fn audio_follows_video_through_a_reset_and_stays_with_it() {
        let mut timeline = Timeline::default();
        for time in [0, 40, 80] {
            timeline.media(Kind::Video, 60_000 + time);
            timeline.media(Kind::Audio, 60_000 + time);
        }
        assert_eq!(timeline.media(Kind::Video, 0), 113);
        assert_eq!(timeline.media(Kind::Audio, 7), 120);
    }

    proptest! {
        #[test]
        fn no_kind_of_media_ever_runs_backwards(
            tags in prop::collection::vec((any::<bool>(), any::<u32>(), any::<u8>()), 0..200),
        ) {
            let mut timeline = Timeline::default();
            let (mut audio, mut video, mut floor) = (0, 0, 0);
            for (is_video, timestamp, dice) in tags {
                if dice < 8 {
                    timeline.attach();
                    floor = timeline.stamp(Kind::Video);
                }
                let timestamp = if dice < 128 { timestamp % 20_000 } else { timestamp };
                let (kind, last) = if is_video {
                    (Kind::Video, &mut video)
                } else {
                    (Kind::Audio, &mut audio)
                };
                let time = timeline.media(kind, timestamp);
                prop_assert!(time >= *last && time >= floor);
                *last = time;
            }
        }
    }
}
