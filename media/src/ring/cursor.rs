//! Reading a ring.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::headers::Headers;
use super::{Frame, Ring, Shared, wire_time};
use crate::flv;

/// How much is handed to a reader at once, in bytes; a single longer frame goes out whole. A viewer
/// that does not take it keeps so much of the ring alive at most, and shares that with the others.
pub const READ_BYTES_MAX: usize = 256 * 1_024;

/// In how many pieces: what one vectored write takes, and little enough to lie on its stack.
pub const READ_PIECES_MAX: usize = 32;

/// One reader's place in a ring.
#[derive(Debug, Default)]
pub struct Cursor {
    /// The next frame to read; none before the first key frame and after falling behind.
    next: Option<u64>,
    /// What this reader was told; none before the FLV header.
    told: Option<Arc<Headers>>,
    jumps: u64,
}

impl Cursor {
    /// How often this reader fell behind and went on at a key frame.
    pub const fn jumps(&self) -> u64 {
        self.jumps
    }

    /// Remembers what was read. Most often nothing has changed but the place.
    fn moved(&mut self, next: u64, last: Option<&Frame>) {
        self.next = Some(next);
        let Some(Frame { headers, .. }) = last else {
            return;
        };
        if !self
            .told
            .as_ref()
            .is_some_and(|told| Arc::ptr_eq(told, headers))
        {
            self.told = Some(Arc::clone(headers));
        }
    }
}

impl Ring {
    /// Gives what is pending for this viewer, as pieces of FLV that are shared by all who read the
    /// same; the number of bytes, 0 if there is nothing yet. At most [`READ_BYTES_MAX`] (or one longer
    /// frame) in [`READ_PIECES_MAX`] pieces. The first piece is the viewer's own: the FLV header,
    /// metadata and configurations; behind it comes the newest key frame. A viewer that has fallen out
    /// of the ring goes on at the newest key frame, with the configurations that changed in between.
    pub fn read(&self, cursor: &mut Cursor, out: &mut VecDeque<Bytes>) -> usize {
        let mut given = Given::default();
        let Some(from) = self.place(cursor) else {
            return 0;
        };
        if cursor.next.is_none() {
            let own = self.introduction(cursor, from);
            if !own.is_empty() {
                given.add(own.len());
                out.push_back(own);
            }
        }
        // Everybody who had taken all there was is here.
        let shared = self.shared.as_ref().filter(|shared| shared.from == from);
        let next = if let Some(Shared { to, bytes, .. }) = shared {
            given.add(bytes.len());
            out.push_back(bytes.clone());
            *to
        } else {
            from + given.take(self.readable(from), |frame| {
                out.push_back(frame.tag.clone());
            })
        };
        cursor.moved(next, self.frame(next - 1));
        given.bytes
    }

    /// Whether this reader has all there is for readers.
    pub fn is_read(&self, cursor: &Cursor) -> bool {
        cursor.next == Some(self.gathered)
    }

    /// Where this reader goes on, if there is anything for it.
    fn place(&self, cursor: &mut Cursor) -> Option<u64> {
        if cursor.next.is_some_and(|next| next < self.first) {
            cursor.next = None;
            cursor.jumps += 1;
        }
        let from = cursor.next.or_else(|| self.start())?;
        (from < self.gathered).then_some(from)
    }

    /// What there is from a place on for readers.
    fn readable(&self, from: u64) -> impl Iterator<Item = &Frame> {
        let count = self.gathered.saturating_sub(from);
        self.frames_from(from)
            .take(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// What a viewer has to know before the frame that it starts or goes on at.
    fn introduction(&self, cursor: &Cursor, from: u64) -> Bytes {
        let Some(first) = self.frame(from) else {
            return Bytes::new();
        };
        let mut out = Vec::new();
        let nothing = Arc::default();
        let told = cursor.told.as_ref().unwrap_or_else(|| {
            // Audio's first header may come behind the first key frame: the newest knowledge counts.
            let video = first.headers.video || self.headers.video;
            let audio = first.headers.audio || self.headers.audio;
            out.extend_from_slice(&flv::file_header(video, audio));
            &nothing
        });
        for (kind, payload) in first.headers.beyond(told) {
            let tag = flv::tag_bytes(kind, wire_time(kind, payload, first.time_ms), payload);
            out.extend_from_slice(&tag.unwrap_or_default());
        }
        out.into()
    }
}

/// What one reading has given so far.
#[derive(Default)]
struct Given {
    bytes: usize,
    pieces: usize,
}

impl Given {
    fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.pieces += 1;
    }

    /// Gives frames to `each` until it is enough; how many.
    fn take<'a>(
        &mut self,
        frames: impl Iterator<Item = &'a Frame>,
        mut each: impl FnMut(&Frame),
    ) -> u64 {
        let mut taken = 0;
        for frame in frames {
            // A frame at least behind configurations, or a viewer whose own fill the piece would
            // never get on.
            let is_enough = self.pieces >= READ_PIECES_MAX || self.bytes >= READ_BYTES_MAX;
            if is_enough && !(taken == 0 && self.pieces == 1) {
                break;
            }
            self.add(frame.tag.len());
            each(frame);
            taken += 1;
        }
        taken
    }
}
