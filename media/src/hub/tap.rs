//! Reading a broadcast for the server's own use: to make segments of it, or to record it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::Leave;
use super::broadcast::Broadcast;
use crate::flv::MediaInfo;
use crate::playback::{Reader, joined};

/// A cursor into a broadcast, as a viewer has one, that does not count as one and is never cut. While
/// it is not read it holds nothing; who reads too late goes on at the newest key frame.
#[derive(Debug)]
pub struct Tap {
    reader: Reader,
    jumps: u64,
}

/// What a [`Tap`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Whole FLV tags, for [`crate::flv::reader::tags`]; the first piece begins with the file header.
    pub bytes: Bytes,
    /// There was more before it, which was read too late.
    pub after_gap: bool,
    /// There is nothing behind it yet: its last frame came just now.
    pub is_newest: bool,
}

impl Tap {
    pub(super) fn new(broadcast: Arc<Broadcast>) -> Self {
        Self {
            reader: Reader::new(broadcast, Leave::Own),
            jumps: 0,
        }
    }

    /// The next piece; `None` when the broadcast has ended. May be dropped and called again.
    pub async fn next(&mut self) -> Option<Piece> {
        let mut pieces = VecDeque::new();
        self.reader.next(&mut pieces).await?;
        let jumps = std::mem::replace(&mut self.jumps, self.reader.jumps());
        Some(Piece {
            bytes: joined(pieces),
            after_gap: jumps != self.jumps,
            is_newest: self.reader.has_all(),
        })
    }

    /// What the publisher sends, as far as it is known.
    pub fn info(&self) -> MediaInfo {
        self.reader.broadcast.info()
    }

    /// Whether both read the same broadcast: one that ended and began again is another.
    pub fn is_of_the_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.reader.broadcast, &other.reader.broadcast)
    }
}
