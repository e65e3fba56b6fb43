//! Reading a broadcast for the server's own use: to make segments of it, or to record it.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::broadcast::{Broadcast, Signal};
use crate::flv::MediaInfo;
use crate::ring::Cursor;

/// A cursor into a broadcast, as a viewer has one, that does not count as one and is never cut. While
/// it is not read it holds nothing; who reads too late goes on at the newest key frame.
#[derive(Debug)]
pub struct Tap {
    broadcast: Arc<Broadcast>,
    signal: watch::Receiver<Signal>,
    cursor: Cursor,
    jumps: u64,
}

/// What a [`Tap`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Whole FLV tags, for [`crate::flv::reader::tags`]; the first piece begins with the file header.
    pub bytes: Bytes,
    /// There was more before it, which was read too late.
    pub after_gap: bool,
}

impl Tap {
    pub(super) fn new(broadcast: Arc<Broadcast>) -> Self {
        let signal = broadcast.subscribe();
        Self {
            broadcast,
            signal,
            cursor: Cursor::default(),
            jumps: 0,
        }
    }

    /// The next piece; `None` when the broadcast has ended. May be dropped and called again.
    pub async fn next(&mut self) -> Option<Piece> {
        loop {
            // The signal is looked at first: what was pushed before an end is read before it.
            let ended = self.signal.borrow_and_update().ended;
            if let Some(bytes) = self.broadcast.copy(&mut self.cursor) {
                let jumps = std::mem::replace(&mut self.jumps, self.cursor.jumps());
                let after_gap = jumps != self.jumps;
                return Some(Piece { bytes, after_gap });
            }
            if ended || self.signal.changed().await.is_err() {
                return None;
            }
        }
    }

    /// What the publisher sends, as far as it is known.
    pub fn info(&self) -> MediaInfo {
        self.broadcast.info()
    }

    /// Whether both read the same broadcast: one that ended and began again is another.
    pub fn is_of_the_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.broadcast, &other.broadcast)
    }
}
