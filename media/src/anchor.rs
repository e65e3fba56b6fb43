//! What time of day it was when a frame came in: a broadcast's own clock has nothing to do with the day's.
//!
//! A recording that is watched later beside what was said then needs that, and players that count in dates.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// How far a frame may be from where the last anchor puts it before there is another one, in milliseconds.
pub const TOLERANCE_MS: u64 = 500;

/// Milliseconds since 1970, from whoever has a clock.
#[derive(Clone)]
pub struct WallClock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl WallClock {
    /// A clock that tells what `now` says.
    pub fn new(now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WallClock")
    }
}

/// One moment in both times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Of the broadcast, in milliseconds.
    pub media_ms: u64,
    /// Milliseconds since 1970.
    pub at_ms: u64,
}

impl Anchor {
    /// The time of day of a moment of the broadcast.
    pub const fn at(&self, media_ms: u64) -> u64 {
        (self.at_ms + media_ms).saturating_sub(self.media_ms)
    }
}

/// Anchors that are kept: a segment begins behind one of the last.
const KEPT: usize = 8;

/// Keeps the anchors of late.
#[derive(Debug, Default)]
pub struct Anchors {
    /// In their order.
    kept: VecDeque<Anchor>,
}

impl Anchors {
    /// The newest frame of a broadcast is from `media_ms`, and it is `at_ms` now. Gives that as an anchor
    /// if the one before does not say so already: a publisher was away, or the clocks drift apart.
    pub fn observe(&mut self, media_ms: u64, at_ms: u64) -> Option<Anchor> {
        let newest = self.kept.back();
        let holds =
            newest.is_some_and(|anchor| anchor.at(media_ms).abs_diff(at_ms) <= TOLERANCE_MS);
        if holds {
            return None;
        }
        let anchor = Anchor { media_ms, at_ms };
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(anchor);
        Some(anchor)
    }

    /// The time of day of a moment of the broadcast; none before the first frame was seen.
    pub fn at(&self, media_ms: u64) -> Option<u64> {
        let before = |anchor: &&Anchor| anchor.media_ms <= media_ms;
        let anchor = self.kept.iter().rev().find(before).or(self.kept.front())?;
        Some(anchor.at(media_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_holds_until_the_clocks_are_apart() {
        let mut anchors = Anchors::default();
        let first = anchors.observe(1_000, 500_000).unwrap();
        assert_eq!((first.at(1_000), first.at(3_000)), (500_000, 502_000));
        assert_eq!(first.at(0), 499_000);
        for jitter in [0, TOLERANCE_MS] {
            assert_eq!(anchors.observe(9_000, 508_000 + jitter), None);
        }
        // The publisher was away for a minute, in which the broadcast's own time stood still.
        let second = anchors.observe(9_033, 568_033).unwrap();
        assert_eq!(second.at(10_033), 569_033);
        assert_eq!(anchors.observe(10_033, 569_000), None);
        assert_eq!(anchors.at(9_032), Some(508_032));
        assert_eq!(anchors.at(9_133), Some(568_133));
    }
}
