//! A message on its way in.

use bytes::Bytes;

/// What a message may allocate before its bytes are there.
const FIRST_BYTES: usize = 16 * 1_024;

/// Collects a message's bytes. It never allocates more than twice what came (or [`FIRST_BYTES`]),
/// and ends with exactly the message's length, so that frames kept for viewers waste nothing.
#[derive(Debug, Default)]
pub(super) struct Partial {
    bytes: Vec<u8>,
    length: usize,
}

impl Partial {
    pub(super) const fn new(length: usize) -> Self {
        Self {
            bytes: Vec::new(),
            length,
        }
    }

    pub(super) const fn missing(&self) -> usize {
        self.length.saturating_sub(self.bytes.len())
    }

    pub(super) const fn received(&self) -> usize {
        self.bytes.len()
    }

    /// Adds bytes, at most as many as are missing.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        let needed = self.bytes.len() + bytes.len();
        if needed > self.bytes.capacity() {
            let wanted = self
                .bytes
                .capacity()
                .saturating_mul(2)
                .max(FIRST_BYTES)
                .max(needed);
            self.bytes
                .reserve_exact(wanted.min(self.length).max(needed) - self.bytes.len());
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn finish(self) -> Bytes {
        Bytes::from(self.bytes)
    }
}
