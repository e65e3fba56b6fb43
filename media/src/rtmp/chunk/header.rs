//! The bytes before a chunk's payload.

use super::EXTENDED;

/// Longest header: 3 bytes of basic header, 11 of message header, 4 of extended timestamp.
const HEADER_BYTES_MAX: usize = 18;

/// The part of a header that came so far. Headers are copied out of the input, because they may be
/// cut anywhere; payloads are not.
#[derive(Debug, Default)]
pub(super) struct Raw {
    bytes: [u8; HEADER_BYTES_MAX],
    filled: usize,
}

/// A header's own fields, before they are merged with those of the chunk before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fields {
    /// How much of a message header there is: 0 is a full one, 3 none at all.
    pub format: u8,
    /// Chunk stream id.
    pub id: u32,
    /// Absolute (format 0) or relative (1, 2) milliseconds as in the 3-byte field.
    pub timestamp: u32,
    /// Message length (formats 0, 1).
    pub length: usize,
    /// Message type (formats 0, 1).
    pub kind: u8,
    /// Message stream id (format 0).
    pub stream: u32,
}

impl Raw {
    /// How many more bytes until `wanted` are there, if any.
    pub(super) const fn missing(&self, wanted: usize) -> usize {
        wanted.saturating_sub(self.filled)
    }

    /// Takes one byte. Beyond the longest header it is dropped, which no caller comes to.
    pub(super) fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.filled) {
            *slot = byte;
            self.filled += 1;
        }
    }

    pub(super) const fn clear(&mut self) {
        self.filled = 0;
    }

    /// Bytes of basic and message header together, as far as that can be told from what is there.
    pub(super) const fn fixed_bytes(&self) -> usize {
        if self.filled == 0 {
            return 1;
        }
        let message = match self.bytes[0] >> 6 {
            0 => 11,
            1 => 7,
            2 => 3,
            _ => 0,
        };
        self.basic_bytes() + message
    }

    const fn basic_bytes(&self) -> usize {
        match self.bytes[0] & 0x3F {
            0 => 2,
            1 => 3,
            _ => 1,
        }
    }

    /// The fields, once [`Self::fixed_bytes`] are there.
    pub(super) fn fields(&self) -> Fields {
        let id = match self.bytes[0] & 0x3F {
            0 => u32::from(self.bytes[1]) + 64,
            1 => u32::from(u16::from_le_bytes([self.bytes[1], self.bytes[2]])) + 64,
            id => u32::from(id),
        };
        // Fields that this format does not have read as stale bytes; the reader does not use them.
        let at = self.basic_bytes();
        let b = |i: usize| self.bytes[at + i];
        Fields {
            format: self.bytes[0] >> 6,
            id,
            timestamp: u32::from_be_bytes([0, b(0), b(1), b(2)]),
            length: usize::from(b(3)) << 16 | usize::from(b(4)) << 8 | usize::from(b(5)),
            kind: b(6),
            stream: u32::from_le_bytes([b(7), b(8), b(9), b(10)]),
        }
    }

    /// The 4 bytes after the fixed part, once they are there.
    pub(super) fn extended(&self) -> [u8; 4] {
        let at = self.fixed_bytes();
        [
            self.bytes[at],
            self.bytes[at + 1],
            self.bytes[at + 2],
            self.bytes[at + 3],
        ]
    }
}

impl Fields {
    /// Whether this header itself says that an extended timestamp follows.
    pub(super) const fn announces_extended(&self) -> bool {
        self.format < 3 && self.timestamp == EXTENDED
    }
}
