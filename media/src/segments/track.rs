//! One track on its way into a segment.

use bytes::Bytes;

use super::clock::Clock;
use crate::fmp4::{Run, Sample, Track, VIDEO_TIMESCALE};

/// How long the last picture is shown when none follows and none came before, in milliseconds.
const LONE_FRAME_MS: u64 = 33;

/// A frame that waits for its segment.
#[derive(Debug)]
pub(super) struct Pending {
    pub time_ms: u64,
    pub is_key: bool,
    pub composition_ms: u32,
    pub data: Bytes,
}

/// A track and its frames that are in no segment yet.
#[derive(Debug)]
pub(super) struct Input {
    pub track: Track,
    pub frames: Vec<Pending>,
    pub bytes: usize,
    clock: Clock,
}

impl Input {
    pub(super) fn new(track: Track) -> Self {
        Self {
            track,
            frames: Vec::new(),
            bytes: 0,
            clock: Clock::default(),
        }
    }

    pub(super) fn push(&mut self, frame: Pending) {
        self.bytes += frame.data.len();
        self.frames.push(frame);
    }

    pub(super) fn interrupt(&mut self) {
        self.clock.interrupt();
    }

    /// All frames as one run that counts from `zero_ms`, and when it ends in milliseconds. `until` is
    /// when the frame behind them comes, if it is known.
    pub(super) fn take(&mut self, zero_ms: u64, until: Option<u64>) -> (Run, u64) {
        self.bytes = 0;
        let frames = std::mem::take(&mut self.frames);
        if self.track.is_video() {
            self.pictures(frames, zero_ms, until)
        } else {
            self.sound(frames, zero_ms)
        }
    }

    fn pictures(&self, frames: Vec<Pending>, zero_ms: u64, until: Option<u64>) -> (Run, u64) {
        let times: Vec<_> = frames.iter().map(|frame| frame.time_ms).collect();
        let last = times.last().copied().unwrap_or(zero_ms);
        let before = times.len().checked_sub(2).and_then(|at| times.get(at));
        let end_ms = until.unwrap_or_else(|| {
            let usual = before.map_or(LONE_FRAME_MS, |before| last - before);
            last + usual
        });
        let ends = times.iter().skip(1).copied().chain([end_ms]);
        let samples = frames.into_iter().zip(ends).map(|(frame, end)| Sample {
            duration: narrow(end.saturating_sub(frame.time_ms)),
            composition: frame.composition_ms,
            is_key: frame.is_key,
            data: frame.data,
        });
        const { assert!(VIDEO_TIMESCALE == 1_000, "milliseconds are units") };
        let run = Run {
            track: self.track.id(),
            start: times
                .first()
                .map_or(0, |first| first.saturating_sub(zero_ms)),
            samples: samples.collect(),
        };
        (run, end_ms)
    }

    fn sound(&mut self, frames: Vec<Pending>, zero_ms: u64) -> (Run, u64) {
        let timescale = self.track.timescale;
        let mut places = Vec::with_capacity(frames.len());
        let mut end = 0;
        for frame in &frames {
            let units = self.track.units(&frame.data);
            let place = self.clock.place(frame.time_ms, units, timescale);
            end = place + u64::from(units);
            places.push(place);
        }
        let ends = places.iter().skip(1).copied().chain([end]);
        let samples = frames.into_iter().zip(places.iter().zip(ends));
        let samples = samples.map(|(frame, (place, end))| Sample {
            duration: narrow(end.saturating_sub(*place)),
            composition: 0,
            is_key: true,
            data: frame.data,
        });
        let zero = zero_ms.saturating_mul(u64::from(timescale)) / 1_000;
        let run = Run {
            track: self.track.id(),
            start: places.first().map_or(0, |first| first.saturating_sub(zero)),
            samples: samples.collect(),
        };
        let end_ms = end.saturating_mul(1_000) / u64::from(timescale.max(1));
        (run, end_ms)
    }
}

fn narrow(units: u64) -> u32 {
    u32::try_from(units).unwrap_or(u32::MAX)
}
