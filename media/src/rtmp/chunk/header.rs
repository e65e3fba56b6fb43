//! The bytes before a chunk's payload.

use super::EXTENDED;

/// Longest header: 3 bytes of basic header, 11 of message header, 4 of extended timestamp.
pub(super) const HEADER_BYTES_MAX: usize = 18;

/// A header's own fields, before they are merged with those of the chunk before it. What its format
/// does not have is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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

impl Fields {
    /// The basic and the message header that `bytes` begin with, and how long they are together; none
    /// if they are cut off.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let first = *bytes.first()?;
        let (id, basic) = match first & 0x3F {
            0 => (u32::from(*bytes.get(1)?) + 64, 2),
            1 => {
                let id = u16::from_le_bytes([*bytes.get(1)?, *bytes.get(2)?]);
                (u32::from(id) + 64, 3)
            }
            id => (u32::from(id), 1),
        };
        let format = first >> 6;
        let message = match format {
            0 => 11,
            1 => 7,
            2 => 3,
            // Most chunks of a large message: nothing else to read.
            _ => {
                let fields = Self {
                    format,
                    id,
                    ..Self::default()
                };
                return Some((fields, basic));
            }
        };
        let mut header = [0; 11];
        header
            .get_mut(..message)?
            .copy_from_slice(bytes.get(basic..basic + message)?);
        let [t0, t1, t2, l0, l1, l2, kind, s0, s1, s2, s3] = header;
        let fields = Self {
            format,
            id,
            timestamp: u32::from_be_bytes([0, t0, t1, t2]),
            length: usize::from(l0) << 16 | usize::from(l1) << 8 | usize::from(l2),
            kind,
            stream: u32::from_le_bytes([s0, s1, s2, s3]),
        };
        Some((fields, basic + message))
    }

    /// Whether this header itself says that an extended timestamp follows.
    pub(super) const fn announces_extended(&self) -> bool {
        self.format < 3 && self.timestamp == EXTENDED
    }
}
