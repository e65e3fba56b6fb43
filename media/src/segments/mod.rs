//! Cuts a broadcast into segments of fragmented MP4, at key frames: for HLS and for recordings alike.
//!
//! Pure: tags in, segments out. A segment is one fragment with the frames of both tracks. Which tracks
//! there are is decided when a segment is cut, by what came: a player that is told of sound waits for it.

mod clock;
#[cfg(test)]
mod tests;
mod track;

use std::sync::Arc;

use bytes::Bytes;

use self::track::{Input, Pending};
use crate::flv::{self, Content, Kind, Tag};
use crate::fmp4::{self, Run, Track};

/// How long a segment is at least, if key frames allow it, in milliseconds.
pub const TARGET_MS: u64 = 2_000;

/// After so long a segment is cut without a key frame, in milliseconds.
pub const LONGEST_MS: u64 = 10_000;

/// At so many bytes a segment is cut without a key frame: 10 s at 25 Mbit/s. A single frame may be longer.
pub const BYTES_MAX: usize = 32 * 1_024 * 1_024;

/// Frames in a segment: 10 s of 240 pictures and 400 packets of sound per second.
pub const FRAMES_MAX: usize = 6_400;

/// How far sound may run ahead of the first picture and still be in its segment, in milliseconds.
const LEAD_MS: u64 = 500;

/// Where segments are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`TARGET_MS`].
    pub target_ms: u64,
    /// See [`LONGEST_MS`].
    pub longest_ms: u64,
    /// See [`BYTES_MAX`].
    pub bytes_max: usize,
    /// See [`FRAMES_MAX`].
    pub frames_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            target_ms: TARGET_MS,
            longest_ms: LONGEST_MS,
            bytes_max: BYTES_MAX,
            frames_max: FRAMES_MAX,
        }
    }
}

/// What segments count their time from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The broadcast's own time, over everything.
    Broadcast,
    /// The first frame since the tracks last changed: each [`Init`] begins a file of its own.
    Tracks,
}

/// What a player needs before the segments that refer to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Init {
    /// The initialisation segment.
    pub bytes: Bytes,
    /// The tracks.
    pub tracks: Vec<Track>,
}

impl Init {
    /// The codecs as playlists name them.
    pub fn codecs(&self) -> String {
        let names: Vec<_> = self.tracks.iter().map(Track::name).collect();
        names.join(",")
    }

    /// Pixels, if there is video and its size is known.
    pub fn size(&self) -> Option<(u16, u16)> {
        let video = self.tracks.iter().find(|track| track.is_video())?;
        (video.width > 0 && video.height > 0).then_some((video.width, video.height))
    }
}

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What it refers to. A change of it is a discontinuity.
    pub init: Arc<Init>,
    /// `moof` and `mdat`.
    pub bytes: Bytes,
    /// When it begins, in milliseconds of the broadcast.
    pub start_ms: u64,
    /// In milliseconds.
    pub duration_ms: u64,
    /// It begins with a key frame, or has no video.
    pub is_independent: bool,
    /// Frames are missing before it: a discontinuity, too.
    pub after_gap: bool,
    /// Frames of video.
    pub pictures: usize,
}

impl Segment {
    /// When it ends, in milliseconds of the broadcast.
    pub const fn end_ms(&self) -> u64 {
        self.start_ms + self.duration_ms
    }
}

/// See the [module](self).
#[derive(Debug)]
pub struct Segmenter {
    limits: Limits,
    origin: Origin,
    size: (u16, u16),
    video: Option<Input>,
    audio: Option<Input>,
    init: Option<Arc<Init>>,
    /// What the segments of `init` count from, in milliseconds.
    zero_ms: u64,
    fragments: u32,
    after_gap: bool,
    /// The last 32-bit time and what it stands for, in milliseconds.
    wire: Option<(u32, u64)>,
}

impl Segmenter {
    /// One that has seen nothing.
    pub const fn new(limits: Limits, origin: Origin) -> Self {
        Self {
            limits,
            origin,
            size: (0, 0),
            video: None,
            audio: None,
            init: None,
            zero_ms: 0,
            fragments: 0,
            after_gap: false,
            wire: None,
        }
    }

    /// Says how large the picture is, for configurations to come: they are not taken apart.
    pub fn set_size(&mut self, width: u16, height: u16) {
        self.size = (width, height);
    }

    /// Takes a tag with the broadcast's time; gives the segment that is complete by that, if one is.
    pub fn push(&mut self, tag: &Tag) -> Option<Segment> {
        if tag.kind == Kind::Script {
            return None;
        }
        let body = flv::body(tag.kind, &tag.payload)?;
        match body.content {
            Content::Configuration => {
                let track = Track::new(body.codec, &body.data, self.size);
                self.configure(tag.kind, track)
            }
            Content::Frame {
                is_key,
                composition_ms,
            } => {
                let time_ms = self.unwrap(tag.timestamp);
                let needs_track = self
                    .input(tag.kind)
                    .as_ref()
                    .is_none_or(|input| input.track.codec != body.codec);
                let mut done = None;
                if needs_track {
                    // A codec that has no configuration says what it is in each frame.
                    let track = (body.codec == flv::Codec::Mp3)
                        .then(|| Track::new(body.codec, &body.data, self.size))
                        .flatten();
                    done = self.configure(tag.kind, Some(track?));
                }
                if self.is_due(tag.kind, is_key, time_ms) {
                    let until = (tag.kind == Kind::Video).then_some(time_ms);
                    done = self.cut(until).or(done);
                }
                let pending = Pending {
                    time_ms,
                    is_key,
                    composition_ms,
                    data: body.data,
                };
                if let Some(input) = self.input(tag.kind) {
                    input.push(pending);
                }
                done
            }
        }
    }

    /// Frames were missed: what comes next does not follow what came last. Gives what there was.
    pub fn gap(&mut self) -> Option<Segment> {
        let segment = self.cut(None);
        for input in [&mut self.video, &mut self.audio].into_iter().flatten() {
            input.interrupt();
        }
        self.after_gap = true;
        segment
    }

    /// The rest. The segmenter may be used on.
    pub fn finish(&mut self) -> Option<Segment> {
        self.cut(None)
    }

    /// The newest frame's time, in milliseconds of the broadcast.
    pub fn newest_ms(&self) -> Option<u64> {
        self.wire.map(|(_, stood_for)| stood_for)
    }

    fn input(&mut self, kind: Kind) -> &mut Option<Input> {
        if kind == Kind::Video {
            &mut self.video
        } else {
            &mut self.audio
        }
    }

    /// Takes a new configuration in. What came under the old one is a segment of its own.
    fn configure(&mut self, kind: Kind, track: Option<Track>) -> Option<Segment> {
        let held = self.input(kind).as_ref().map(|input| &input.track);
        let is_same = held
            .zip(track.as_ref())
            .is_some_and(|(held, new)| held == new);
        if is_same {
            return None;
        }
        let segment = self.cut(None);
        *self.input(kind) = track.map(Input::new);
        segment
    }

    /// Whether what there is makes a segment, now that this frame comes.
    fn is_due(&self, kind: Kind, is_key: bool, time_ms: u64) -> bool {
        let Some(start_ms) = self.start_ms() else {
            return false;
        };
        let length_ms = time_ms.saturating_sub(start_ms);
        let inputs = || [&self.video, &self.audio].into_iter().flatten();
        let bytes: usize = inputs().map(|input| input.bytes).sum();
        let frames: usize = inputs().map(|input| input.frames.len()).sum();
        if length_ms >= self.limits.longest_ms
            || bytes >= self.limits.bytes_max
            || frames >= self.limits.frames_max
        {
            return true;
        }
        let has_video = self
            .video
            .as_ref()
            .is_some_and(|input| !input.frames.is_empty());
        if has_video {
            kind == Kind::Video && is_key && length_ms >= self.limits.target_ms
        } else {
            // Sound alone may be cut anywhere, and is where the first picture comes late.
            let first_picture = kind == Kind::Video && length_ms > LEAD_MS;
            first_picture || length_ms >= self.limits.target_ms
        }
    }

    fn start_ms(&self) -> Option<u64> {
        let first = |input: &Option<Input>| Some(input.as_ref()?.frames.first()?.time_ms);
        first(&self.video).or_else(|| first(&self.audio))
    }

    /// Makes a segment of all there is. `until` is when the next picture comes, if it follows.
    fn cut(&mut self, until: Option<u64>) -> Option<Segment> {
        let start_ms = self.start_ms()?;
        let mut inputs: Vec<_> = [&mut self.video, &mut self.audio]
            .into_iter()
            .flatten()
            .filter(|input| !input.frames.is_empty())
            .collect();
        let is_independent = inputs.first()?.frames.first()?.is_key;
        let tracks: Vec<_> = inputs.iter().map(|input| input.track.clone()).collect();
        let pictures = tracks
            .iter()
            .zip(&inputs)
            .filter(|(track, _)| track.is_video())
            .map(|(_, input)| input.frames.len())
            .sum();
        let init = match self.init.take() {
            Some(init) if init.tracks == tracks => init,
            _ => {
                self.zero_ms = match self.origin {
                    Origin::Broadcast => 0,
                    Origin::Tracks => {
                        let firsts = inputs.iter().filter_map(|input| input.frames.first());
                        firsts.map(|frame| frame.time_ms).min().unwrap_or(start_ms)
                    }
                };
                let bytes = fmp4::init(&tracks);
                Arc::new(Init { bytes, tracks })
            }
        };
        self.init = Some(Arc::clone(&init));
        let mut end_ms = start_ms;
        let mut runs: Vec<Run> = Vec::with_capacity(inputs.len());
        for input in &mut inputs {
            let until = until.filter(|_| input.track.is_video());
            let (run, run_end_ms) = input.take(self.zero_ms, until);
            // Where there is video, its frames say when the segment ends.
            if runs.is_empty() {
                end_ms = run_end_ms;
            }
            runs.push(run);
        }
        self.fragments = self.fragments.wrapping_add(1);
        Some(Segment {
            init,
            bytes: fmp4::fragment(self.fragments, &runs),
            start_ms,
            duration_ms: end_ms.saturating_sub(start_ms),
            is_independent,
            after_gap: std::mem::take(&mut self.after_gap),
            pictures,
        })
    }

    /// The time behind the 32 bits of a tag: the shorter way from the last one.
    fn unwrap(&mut self, wire_ms: u32) -> u64 {
        let time_ms = match self.wire {
            Some((last, stood_for)) => {
                let step = i64::from(wire_ms.wrapping_sub(last).cast_signed());
                stood_for.saturating_add_signed(step)
            }
            None => u64::from(wire_ms),
        };
        self.wire = Some((wire_ms, time_ms));
        time_ms
    }
}
