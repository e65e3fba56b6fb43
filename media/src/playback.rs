//! Whoever reads a broadcast: a viewer, or the server itself by a [`crate::hub::Tap`].
//!
//! Both wait for the broadcast's signal and read its ring by a cursor. While one does not ask it costs
//! nothing and holds no frames.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;

use crate::hub::{Broadcast, Leave, Signal};
use crate::ring::Cursor;

/// Why a playback gives nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The broadcast has ended.
    Ended,
    /// The broadcast is no longer for everybody, and this viewer has no leave of their own.
    Closed,
}

/// One viewer of one broadcast: a stream of FLV that begins with everything a player needs to show a
/// picture. Dropping it ends the viewing.
#[derive(Debug)]
pub struct Playback {
    reader: Reader,
}

impl Playback {
    pub(crate) fn new(broadcast: Arc<Broadcast>, leave: Leave) -> Self {
        for counters in [broadcast.node.as_ref(), &broadcast.own] {
            counters.viewers.fetch_add(1, Relaxed);
            counters.viewers_total.fetch_add(1, Relaxed);
        }
        let reader = Reader::new(broadcast, leave);
        Self { reader }
    }

    /// Waits for more, and gives it as pieces to be written one behind the other, which hold whole
    /// tags; at most [`crate::ring::READ_BYTES_MAX`] in [`crate::ring::READ_PIECES_MAX`] pieces. The
    /// number of bytes; none at its [`Self::end`]. Nothing is lost if the future is dropped.
    pub async fn next(&mut self, pieces: &mut VecDeque<Bytes>) -> Option<usize> {
        let bytes = self.reader.next(pieces).await?;
        let broadcast = &self.reader.broadcast;
        broadcast.node.played(bytes);
        broadcast.own.played(bytes);
        Some(bytes)
    }

    /// The same in one piece, for what looks into it: who keeps up gets it without a copy.
    pub async fn next_piece(&mut self) -> Option<Bytes> {
        let mut pieces = VecDeque::new();
        self.next(&mut pieces).await?;
        Some(joined(pieces))
    }

    /// Why nothing more comes, once nothing does.
    pub fn end(&self) -> End {
        if self.reader.may_go_on() {
            End::Ended
        } else {
            End::Closed
        }
    }

    /// How long this viewer may take nothing of what it was given.
    pub fn write_timeout(&self) -> Duration {
        self.reader.broadcast.settings.write_timeout
    }

    /// Notes that this viewer was cut because it took nothing.
    pub fn was_cut(&self) {
        self.reader.broadcast.node.viewers_cut.fetch_add(1, Relaxed);
    }
}

impl Drop for Playback {
    fn drop(&mut self) {
        let broadcast = &self.reader.broadcast;
        for counters in [broadcast.node.as_ref(), &broadcast.own] {
            counters.viewers.fetch_sub(1, Relaxed);
        }
    }
}

/// A place in a broadcast, and what tells of more.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) broadcast: Arc<Broadcast>,
    signal: watch::Receiver<Signal>,
    cursor: Cursor,
    leave: Leave,
}

impl Reader {
    pub(crate) fn new(broadcast: Arc<Broadcast>, leave: Leave) -> Self {
        let signal = broadcast.subscribe();
        Self {
            broadcast,
            signal,
            cursor: Cursor::default(),
            leave,
        }
    }

    /// Waits for more; see [`Playback::next`].
    pub(crate) async fn next(&mut self, pieces: &mut VecDeque<Bytes>) -> Option<usize> {
        loop {
            // The signal is looked at first: what was pushed before an end is read before it.
            let Signal { ended, closed, .. } = *self.signal.borrow_and_update();
            if !self.leave.holds(closed) {
                return None;
            }
            let bytes = self.broadcast.read(&mut self.cursor, pieces);
            if bytes > 0 {
                return Some(bytes);
            }
            if ended || self.signal.changed().await.is_err() {
                return None;
            }
        }
    }

    /// Whether there is nothing more yet.
    pub(crate) fn has_all(&self) -> bool {
        self.broadcast.is_read(&self.cursor)
    }

    fn may_go_on(&self) -> bool {
        self.leave.holds(self.signal.borrow().closed)
    }

    /// How often frames were left out because they were not asked for in time.
    pub(crate) const fn jumps(&self) -> u64 {
        self.cursor.jumps()
    }
}

/// Pieces as one.
pub(crate) fn joined(mut pieces: VecDeque<Bytes>) -> Bytes {
    match (pieces.pop_front(), pieces.len()) {
        (None, _) => Bytes::new(),
        (Some(only), 0) => only,
        (Some(first), _) => {
            pieces.push_front(first);
            Vec::from(pieces).concat().into()
        }
    }
}
