//! The container: a file header, then tags, each followed by its size.

use bytes::{BufMut, Bytes, BytesMut};

/// The file header with the first "previous tag size", in bytes.
pub const FILE_HEADER_BYTES: usize = 13;

/// A tag's header in bytes.
pub const TAG_HEADER_BYTES: usize = 11;

/// The size that follows each tag, in bytes.
pub const TRAILER_BYTES: usize = 4;

/// Longest payload of a tag in bytes: its length has 24 bits.
pub const PAYLOAD_BYTES_MAX: usize = 0xFF_FFFF;

/// What a tag carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Type 8.
    Audio,
    /// Type 9.
    Video,
    /// Type 18.
    Script,
}

impl Kind {
    /// The number in the tag's header.
    pub const fn id(self) -> u8 {
        match self {
            Self::Audio => 8,
            Self::Video => 9,
            Self::Script => 18,
        }
    }

    /// The kind with this number.
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            8 => Some(Self::Audio),
            9 => Some(Self::Video),
            18 => Some(Self::Script),
            _ => None,
        }
    }
}

/// A tag as a publisher sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// What it carries.
    pub kind: Kind,
    /// Milliseconds on the publisher's own clock, wrapping at 2³².
    pub timestamp: u32,
    /// The tag's body.
    pub payload: Bytes,
}

/// The start of a file or HTTP body. Players believe the flags: one that is told of no audio never
/// plays any, and one that is told of audio that never comes may wait for it.
pub const fn file_header(video: bool, audio: bool) -> [u8; FILE_HEADER_BYTES] {
    let flags = (audio as u8) << 2 | video as u8;
    [b'F', b'L', b'V', 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]
}

/// A whole tag with header and trailing size in one piece, or `None` if the payload is longer than
/// [`PAYLOAD_BYTES_MAX`]. `timestamp` is in milliseconds.
pub fn tag_bytes(kind: Kind, timestamp: u32, payload: &[u8]) -> Option<Bytes> {
    let length = u32::try_from(payload.len())
        .ok()
        .filter(|_| payload.len() <= PAYLOAD_BYTES_MAX)?;
    let mut out = BytesMut::with_capacity(TAG_HEADER_BYTES + payload.len() + TRAILER_BYTES);
    let [high, t0, t1, t2] = timestamp.to_be_bytes();
    out.put_u8(kind.id());
    out.put_uint(u64::from(length), 3);
    // The upper 8 bits were added to the format later, behind the lower 24.
    out.put_slice(&[t0, t1, t2, high, 0, 0, 0]);
    out.put_slice(payload);
    out.put_u32(length + 11);
    Some(out.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_header_tells_what_is_inside() {
        assert_eq!(file_header(true, true), *b"FLV\x01\x05\0\0\0\x09\0\0\0\0");
        assert_eq!(file_header(true, false)[4], 1);
        assert_eq!(file_header(false, true)[4], 4);
    }

    #[test]
    fn a_tag_has_its_header_its_body_and_its_size() {
        let bytes = tag_bytes(Kind::Video, 0x1234_5678, b"abc").unwrap();
        assert_eq!(
            bytes[..],
            [
                9, 0, 0, 3, 0x34, 0x56, 0x78, 0x12, 0, 0, 0, b'a', b'b', b'c', 0, 0, 0, 14
            ]
        );
    }

    #[test]
    fn a_payload_that_its_length_cannot_hold_makes_no_tag() {
        assert!(tag_bytes(Kind::Video, 0, &vec![0; PAYLOAD_BYTES_MAX]).is_some());
        assert!(tag_bytes(Kind::Video, 0, &vec![0; PAYLOAD_BYTES_MAX + 1]).is_none());
    }
}
