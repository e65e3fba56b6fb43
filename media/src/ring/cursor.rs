//! Reading a ring.

use std::sync::Arc;

use bytes::Bytes;

use super::headers::Headers;
use super::{BATCH_BYTES_MAX, Ring, Shared, wire_time};
use crate::flv;

/// One viewer's place in a ring.
#[derive(Debug, Default)]
pub struct Cursor {
    /// The next frame to read; none before the first key frame and after falling behind.
    next: Option<u64>,
    /// What this viewer was told; none before the FLV header.
    told: Option<Arc<Headers>>,
    jumps: u64,
}

impl Cursor {
    /// How often this viewer fell behind and went on at a key frame.
    pub const fn jumps(&self) -> u64 {
        self.jumps
    }
}

impl Ring {
    /// Everything pending for this viewer in one piece, up to about [`BATCH_BYTES_MAX`]; `None` if
    /// there is nothing yet. The first piece begins with the FLV header, metadata and headers, and
    /// the newest key frame. A viewer that has fallen out of the ring goes on at the newest key
    /// frame, with the headers that changed in between.
    pub fn read(&mut self, cursor: &mut Cursor) -> Option<Bytes> {
        if cursor.next.is_some_and(|next| next < self.first) {
            cursor.next = None;
            cursor.jumps += 1;
        }
        match cursor.next {
            Some(next) => self.go_on(cursor, next),
            None => self.begin(cursor),
        }
    }

    fn begin(&self, cursor: &mut Cursor) -> Option<Bytes> {
        let start = self.start()?;
        let first = self.frame(start)?;
        let mut out = Vec::new();
        let nothing = Arc::default();
        let told = cursor.told.as_ref().unwrap_or_else(|| {
            // Audio's first header may come behind the first key frame: the newest knowledge counts.
            let video = first.headers.video || self.headers.video;
            let audio = first.headers.audio || self.headers.audio;
            out.extend_from_slice(&flv::file_header(video, audio));
            &nothing
        });
        first
            .headers
            .tags_beyond(told, wire_time(first.time_ms), &mut out);
        let next = self.append(start, &mut out);
        cursor.told = self.frame(next - 1).map(|frame| Arc::clone(&frame.headers));
        cursor.next = Some(next);
        Some(out.into())
    }

    fn go_on(&mut self, cursor: &mut Cursor, from: u64) -> Option<Bytes> {
        let first = self.frame(from)?;
        let shared = self.shared.as_ref().filter(|shared| shared.from == from);
        let (to, bytes) = match shared {
            // Only whole: a batch that ends before the head would hold everyone behind it back.
            Some(shared) if shared.to == self.head() || shared.bytes.len() >= BATCH_BYTES_MAX => {
                (shared.to, shared.bytes.clone())
            }
            _ if from + 1 == self.head() || first.tag.len() >= BATCH_BYTES_MAX => {
                (from + 1, first.tag.clone())
            }
            _ => {
                let mut out = Vec::new();
                let to = self.append(from, &mut out);
                let bytes = Bytes::from(out);
                self.shared = Some(Shared {
                    from,
                    to,
                    bytes: bytes.clone(),
                });
                (to, bytes)
            }
        };
        cursor.next = Some(to);
        cursor.told = self.frame(to - 1).map(|frame| Arc::clone(&frame.headers));
        Some(bytes)
    }

    /// Appends frames until the batch is full; gives the number of the first one left.
    fn append(&self, from: u64, out: &mut Vec<u8>) -> u64 {
        let skipped = usize::try_from(from - self.first).unwrap_or(usize::MAX);
        let mut length = out.len();
        let count = self
            .frames
            .iter()
            .skip(skipped)
            .enumerate()
            .take_while(|(number, frame)| {
                // At least one, or a viewer whose headers fill the batch would never get on.
                let fits = *number == 0 || length < BATCH_BYTES_MAX;
                if fits {
                    length += frame.tag.len();
                }
                fits
            })
            .count();
        out.reserve_exact(length - out.len());
        for frame in self.frames.iter().skip(skipped).take(count) {
            out.extend_from_slice(&frame.tag);
        }
        from + count as u64
    }
}
