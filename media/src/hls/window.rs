//! The newest segments of one broadcast.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::playlist::{Listed, media_playlist};
use super::{SEGMENTS_MAX, SEGMENTS_MIN, Settings};
use crate::segments::{Init, Segment};

/// A segment with its number, and that of the first one with the same init.
#[derive(Debug, Clone)]
struct Numbered {
    number: u64,
    init: u64,
    /// When it was on air, in milliseconds since 1970.
    at_ms: Option<u64>,
    segment: Segment,
}

impl Numbered {
    /// Whether it does not follow the one before it.
    const fn is_discontinuity(&self) -> bool {
        self.init == self.number || self.segment.after_gap
    }
}

/// See the [module](self). Segments leave it in the order in which they came.
#[derive(Debug)]
pub(super) struct Window {
    settings: Settings,
    segments: VecDeque<Numbered>,
    next: u64,
    bytes: usize,
    /// Changes of the init among segments that have left.
    discontinuities: u64,
    /// The longest segment so far in milliseconds: what a playlist promises never shrinks.
    longest_ms: u64,
    ended: bool,
}

impl Window {
    pub(super) const fn new(settings: Settings, first: u64) -> Self {
        Self {
            settings,
            segments: VecDeque::new(),
            next: first,
            bytes: 0,
            discontinuities: 0,
            longest_ms: settings.segments.target_ms,
            ended: false,
        }
    }

    /// Adds a segment that was on air at `at_ms`, and lets go of what is too old or too much; `is_crowded`
    /// leaves the fewest.
    pub(super) fn push(&mut self, segment: Segment, at_ms: Option<u64>, is_crowded: bool) {
        let number = self.next;
        self.next += 1;
        let init = match self.segments.back() {
            Some(last) if Arc::ptr_eq(&last.segment.init, &segment.init) => last.init,
            _ => number,
        };
        self.bytes += segment.bytes.len();
        self.longest_ms = self.longest_ms.max(segment.duration_ms);
        self.segments.push_back(Numbered {
            number,
            init,
            at_ms,
            segment,
        });
        while self.segments.len() > 1 && self.is_over(is_crowded) {
            self.pop();
        }
    }

    fn is_over(&self, is_crowded: bool) -> bool {
        let span_ms: u64 = self.durations().sum();
        let window_ms = u64::try_from(self.settings.window.as_millis()).unwrap_or(u64::MAX);
        let is_old = span_ms > window_ms || is_crowded || self.segments.len() > SEGMENTS_MAX;
        // Bytes are a promise to the machine, and are kept whatever a player would need.
        (is_old && self.segments.len() > SEGMENTS_MIN)
            || self.bytes > self.settings.window_bytes_max
    }

    fn pop(&mut self) {
        let Some(gone) = self.segments.pop_front() else {
            return;
        };
        self.bytes = self.bytes.saturating_sub(gone.segment.bytes.len());
        if self
            .segments
            .front()
            .is_some_and(Numbered::is_discontinuity)
        {
            self.discontinuities += 1;
        }
    }

    fn durations(&self) -> impl Iterator<Item = u64> {
        self.segments.iter().map(|held| held.segment.duration_ms)
    }

    /// Nothing will be added.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    pub(super) const fn is_ended(&self) -> bool {
        self.ended
    }

    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn segment(&self, number: u64) -> Option<Bytes> {
        let held = self.segments.iter().find(|held| held.number == number)?;
        Some(held.segment.bytes.clone())
    }

    pub(super) fn init(&self, number: u64) -> Option<Bytes> {
        let held = self.segments.iter().find(|held| held.init == number)?;
        Some(held.segment.init.bytes.clone())
    }

    /// The newest segment's tracks.
    pub(super) fn newest_init(&self) -> Option<&Init> {
        self.segments.back().map(|held| held.segment.init.as_ref())
    }

    /// Bits per second: of the greatest segment, and of all.
    pub(super) fn bandwidth(&self) -> (u64, u64) {
        let rate = |bytes: usize, ms: u64| (bytes as u64).saturating_mul(8_000) / ms.max(1);
        let of = |held: &Numbered| rate(held.segment.bytes.len(), held.segment.duration_ms);
        let peak = self.segments.iter().map(of).max().unwrap_or_default();
        (peak, rate(self.bytes, self.durations().sum()))
    }

    /// The media playlist; each address ends in `query`.
    pub(super) fn playlist(&self, query: &str) -> String {
        let first = self.segments.front().map_or(self.next, |held| held.number);
        let listed = self.segments.iter().map(|held| Listed {
            discontinuity: held.is_discontinuity() && held.number != first,
            at_ms: held.at_ms,
            init: held.init,
            map: format!("URI=\"init-{}.mp4{query}\"", held.init),
            duration_ms: held.segment.duration_ms,
            range: None,
            address: format!("seg-{}.m4s{query}", held.number),
        });
        let is_independent = self.segments.iter().all(|held| held.segment.is_independent);
        let mut head = format!("#EXT-X-MEDIA-SEQUENCE:{first}\n");
        if self.discontinuities > 0 {
            head.push_str(&format!(
                "#EXT-X-DISCONTINUITY-SEQUENCE:{}\n",
                self.discontinuities
            ));
        }
        media_playlist(&head, self.longest_ms, is_independent, listed, self.ended)
    }
}
