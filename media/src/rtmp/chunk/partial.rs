//! A message on its way in.

use bytes::Bytes;

/// Collects a message's bytes. All of its length is allocated with the first of them, once: the reader
/// has counted it against its limit by then, and frames kept for viewers waste nothing.
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

    pub(super) const fn length(&self) -> usize {
        self.length
    }

    pub(super) const fn missing(&self) -> usize {
        self.length.saturating_sub(self.bytes.len())
    }

    /// Adds bytes, at most as many as are missing.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        if self.bytes.capacity() == 0 && !bytes.is_empty() {
            self.bytes.reserve_exact(self.length);
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn finish(self) -> Bytes {
        Bytes::from(self.bytes)
    }
}
