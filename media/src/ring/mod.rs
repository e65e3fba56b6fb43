//! The latest frames of one broadcast, shared by everyone who watches it.
//!
//! A frame is stored once, as a finished FLV tag. Readers hold a [`Cursor`], never a queue of their own;
//! what they lag behind the ring they do not get. Players take bytes ([`Ring::read`]), everybody else
//! takes frames ([`Ring::follow`]), by the same rules. Nothing here waits or reads a clock.

mod cursor;
mod headers;
#[cfg(test)]
mod tests;
mod timeline;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

pub use self::cursor::{Cursor, READ_BYTES_MAX, READ_PIECES_MAX};
pub use self::headers::{HEADER_BYTES_MAX, HEADERS_MAX};
use self::headers::{Headers, METADATA_MS};
use self::timeline::Timeline;
use crate::flv::{self, Class, Kind, MediaInfo, Tag};

/// Bytes of frames kept: a group of pictures of 10 s at 25 Mbit/s.
pub const RING_BYTES_MAX: usize = 32 * 1_024 * 1_024;

/// Frames kept: over 2 minutes of 60 video and 47 audio frames per second.
pub const RING_FRAMES_MAX: usize = 16_384;

/// How far a viewer may lag behind before it jumps, in milliseconds, unless the newest group of
/// pictures is longer.
pub const LAG_MS_MAX: u64 = 15_000;

/// How much sound a new listener of an audio-only broadcast gets at once, in milliseconds.
const AUDIO_START_MS: u64 = 1_000;

/// When video was announced and none came, audio alone is played after so much of it, in milliseconds.
const VIDEO_WAIT_MS: u64 = 3_000;

/// How much a ring keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`RING_BYTES_MAX`].
    pub bytes_max: usize,
    /// See [`RING_FRAMES_MAX`].
    pub frames_max: usize,
    /// See [`LAG_MS_MAX`].
    pub lag_ms_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: RING_BYTES_MAX,
            frames_max: RING_FRAMES_MAX,
            lag_ms_max: LAG_MS_MAX,
        }
    }
}

/// One stored tag.
#[derive(Debug)]
struct Frame {
    tag: Bytes,
    time_ms: u64,
    /// What holds at this frame.
    headers: Arc<Headers>,
}

/// What came between two wake-ups, in one piece: viewers wake together, are at the same place, and
/// write it as it is.
#[derive(Debug)]
struct Shared {
    from: u64,
    to: u64,
    bytes: Bytes,
}

/// The ring of one broadcast.
#[derive(Debug)]
pub struct Ring {
    limits: Limits,
    frames: VecDeque<Frame>,
    /// Number of the first frame in `frames`; they are numbered from 0 over the whole broadcast.
    first: u64,
    bytes: usize,
    /// Numbers of the key frames in the ring.
    keys: VecDeque<u64>,
    headers: Arc<Headers>,
    /// What viewers were last told, by whichever publisher.
    told: Arc<Headers>,
    timeline: Timeline,
    info: MediaInfo,
    /// This publisher's first frame: its number and where it was put, in milliseconds.
    began: Option<(u64, u64)>,
    seen_video: bool,
    /// Frames that refer to others are dropped until a key frame.
    needs_key: bool,
    /// What readers get ends before this frame: they are all at the same places then.
    gathered: u64,
    shared: Option<Shared>,
}

impl Ring {
    /// An empty ring.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            frames: VecDeque::new(),
            first: 0,
            bytes: 0,
            keys: VecDeque::new(),
            headers: Arc::default(),
            told: Arc::default(),
            timeline: Timeline::default(),
            info: MediaInfo::default(),
            began: None,
            seen_video: false,
            needs_key: true,
            gathered: 0,
            shared: None,
        }
    }

    /// A new publisher begins: its timestamps go on from the last one's, and viewers get none of its
    /// video before its first key frame.
    pub fn attach(&mut self) {
        self.timeline.attach();
        self.headers = Arc::default();
        self.info = MediaInfo::default();
        self.began = None;
        self.seen_video = false;
        self.needs_key = true;
    }

    /// Takes a tag of the current publisher; gives whether viewers get something of it.
    pub fn push(&mut self, tag: &Tag) -> bool {
        self.info.observe(tag);
        self.observe_presence();
        match flv::classify(tag.kind, &tag.payload) {
            Class::Nothing => false,
            Class::Metadata => self.push_metadata(tag),
            Class::Header(slot) => self.push_header(tag, slot),
            Class::Data => self.store(tag, self.timeline.stamp(tag.kind), false),
            Class::Audio => self.push_frame(tag, false),
            Class::Inter if self.needs_key => false,
            Class::Inter => self.push_frame(tag, false),
            Class::Key => {
                self.needs_key = false;
                self.seen_video = true;
                self.push_frame(tag, true)
            }
        }
    }

    /// Lets readers have what came since the last time, in one piece. To be called before they are woken.
    pub fn gather(&mut self) {
        let (from, to) = (self.gathered.max(self.first), self.head());
        self.gathered = to;
        // A single frame is in one piece already.
        self.shared = None;
        if to - from < 2 {
            return;
        }
        let length = self.frames_from(from).map(|frame| frame.tag.len());
        let length: usize = length.sum();
        if length > READ_BYTES_MAX {
            return;
        }
        let mut bytes = Vec::with_capacity(length);
        for frame in self.frames_from(from) {
            bytes.extend_from_slice(&frame.tag);
        }
        let bytes = bytes.into();
        self.shared = Some(Shared { from, to, bytes });
    }

    /// The number that the next frame will have.
    pub fn head(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    /// What the current publisher sends.
    pub const fn info(&self) -> &MediaInfo {
        &self.info
    }

    /// Bytes held in frames.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    fn push_metadata(&mut self, tag: &Tag) -> bool {
        Arc::make_mut(&mut self.headers).metadata = Some(tag.payload.clone());
        if self.told.metadata.as_ref() == Some(&tag.payload) {
            return false;
        }
        Arc::make_mut(&mut self.told).metadata = Some(tag.payload.clone());
        self.store(tag, self.timeline.stamp(tag.kind), false)
    }

    fn push_header(&mut self, tag: &Tag, slot: flv::Slot) -> bool {
        if !Arc::make_mut(&mut self.headers).set(slot, &tag.payload) {
            return false;
        }
        if self.told.holds(slot, &tag.payload) {
            return false;
        }
        // What refers to frames of another configuration cannot be decoded.
        self.needs_key |= slot.kind == Kind::Video;
        Arc::make_mut(&mut self.told).set(slot, &tag.payload);
        self.store(tag, self.timeline.stamp(tag.kind), false)
    }

    fn push_frame(&mut self, tag: &Tag, is_key: bool) -> bool {
        let time_ms = self.timeline.media(tag.kind, tag.timestamp);
        if tag.kind == Kind::Video {
            self.timeline
                .shown_later(time_ms, flv::composition_ms(&tag.payload));
        }
        self.began.get_or_insert((self.head(), time_ms));
        self.store(tag, time_ms, is_key)
    }

    fn observe_presence(&mut self) {
        let (video, audio) = (self.info.has_video, self.info.has_audio);
        if (self.headers.video, self.headers.audio) != (video, audio) {
            let headers = Arc::make_mut(&mut self.headers);
            (headers.video, headers.audio) = (video, audio);
        }
    }

    fn store(&mut self, tag: &Tag, time_ms: u64, is_key: bool) -> bool {
        let wire_ms = wire_time(tag.kind, &tag.payload, time_ms);
        let Some(bytes) = flv::tag_bytes(tag.kind, wire_ms, &tag.payload) else {
            return false;
        };
        if is_key {
            self.keys.push_back(self.head());
        }
        self.bytes += bytes.len();
        let headers = Arc::clone(&self.headers);
        self.frames.push_back(Frame {
            tag: bytes,
            time_ms,
            headers,
        });
        self.evict();
        true
    }

    fn evict(&mut self) {
        while let Some((oldest, newest)) = self.frames.front().zip(self.frames.back()) {
            let is_stale = newest.time_ms.saturating_sub(oldest.time_ms) > self.limits.lag_ms_max
                && self.newest_key().is_none_or(|key| self.first < key);
            let is_over =
                self.bytes > self.limits.bytes_max || self.frames.len() > self.limits.frames_max;
            if !(is_stale || is_over) {
                break;
            }
            self.bytes = self.bytes.saturating_sub(oldest.tag.len());
            self.frames.pop_front();
            if self.keys.front() == Some(&self.first) {
                self.keys.pop_front();
            }
            self.first += 1;
        }
    }

    fn frame(&self, number: u64) -> Option<&Frame> {
        self.frames
            .get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn frames_from(&self, number: u64) -> impl Iterator<Item = &Frame> {
        let skipped = usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.frames.range(skipped.min(self.frames.len())..)
    }

    /// Whether the current publisher has sent sound for long enough that no video is to be expected.
    fn is_audio_only(&self) -> bool {
        let newest_ms = self.frames.back().map_or(0, |newest| newest.time_ms);
        let heard_ms = self
            .began
            .map(|(_, began_ms)| newest_ms.saturating_sub(began_ms));
        let patience_ms = if self.info.has_video {
            VIDEO_WAIT_MS
        } else {
            0
        };
        !self.seen_video && heard_ms.is_some_and(|heard_ms| heard_ms >= patience_ms)
    }

    /// The key frame to start at. One that an audio-only publisher's predecessor left is of no use.
    fn newest_key(&self) -> Option<u64> {
        if self.is_audio_only() {
            None
        } else {
            self.keys.back().copied()
        }
    }

    /// The frame that a viewer without any begins at.
    fn start(&self) -> Option<u64> {
        let mut keys = self.keys.iter().rev().copied();
        let readable = keys.find(|key| *key < self.gathered);
        if let Some(key) = readable.filter(|_| self.newest_key().is_some()) {
            return Some(key);
        }
        // Video whose key frame is gone from the ring, or still to come.
        if !self.is_audio_only() {
            return None;
        }
        // Nothing of the publisher before, nor the headers that a listener gets anyway.
        let (began, _) = self.began?;
        let newest_ms = self.frames.back()?.time_ms;
        let recent = |frame: &&Frame| newest_ms.saturating_sub(frame.time_ms) <= AUDIO_START_MS;
        let back = self.frames.iter().rev().take_while(recent).count();
        Some(began.max(self.head() - back as u64))
    }
}

/// The 32 bits that a tag has for its time.
fn wire_time(kind: Kind, payload: &[u8], time_ms: u64) -> u32 {
    if kind == Kind::Script && flv::script::is_metadata(payload) {
        return METADATA_MS;
    }
    u32::try_from(time_ms & 0xFFFF_FFFF).unwrap_or_default()
}
