//! FLV in, tags out: for tests and tools that read what was written here.

use bytes::Bytes;

use super::{FILE_HEADER_BYTES, Kind, TAG_HEADER_BYTES, TRAILER_BYTES, Tag};

/// A complete piece of FLV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The header's video flag.
    pub video: bool,
    /// The header's audio flag.
    pub audio: bool,
    /// All complete tags.
    pub tags: Vec<Tag>,
    /// Bytes of a last tag that is cut off.
    pub incomplete_bytes: usize,
}

/// Why bytes are not FLV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The signature or header is not there.
    #[error("the FLV file header is missing")]
    Header,
    /// A tag of unknown type.
    #[error("a tag of type {0}")]
    Kind(u8),
    /// The size behind a tag is not the tag's.
    #[error("a tag of {expected} bytes is followed by the size {found}")]
    Trailer {
        /// Header and payload in bytes.
        expected: usize,
        /// As written.
        found: u32,
    },
}

/// Reads a file header and all tags.
///
/// # Errors
/// Any [`Error`]. A cut-off end is none: see [`File::incomplete_bytes`].
pub fn read(bytes: &Bytes) -> Result<File, Error> {
    if !bytes.starts_with(b"FLV\x01") || bytes.len() < FILE_HEADER_BYTES {
        return Err(Error::Header);
    }
    let flags = bytes[4];
    let mut file = File {
        video: flags & 1 != 0,
        audio: flags & 4 != 0,
        tags: Vec::new(),
        incomplete_bytes: 0,
    };
    let mut at = FILE_HEADER_BYTES;
    while let Some((tag, length)) = next(&bytes.slice(at..))? {
        file.tags.push(tag);
        at += length;
    }
    file.incomplete_bytes = bytes.len() - at;
    Ok(file)
}

/// The tags of one piece of a [`crate::hub::Tap`] or [`crate::playback::Playback`]: whole tags, behind a
/// file header in the first piece. Payloads are slices of the piece, not copies.
///
/// # Errors
/// Any [`Error`]: the piece was not written by this crate.
pub fn tags(piece: &Bytes) -> Result<Vec<Tag>, Error> {
    let mut at = if piece.starts_with(b"FLV\x01") {
        FILE_HEADER_BYTES.min(piece.len())
    } else {
        0
    };
    let mut tags = Vec::new();
    while let Some((tag, length)) = next(&piece.slice(at..))? {
        tags.push(tag);
        at += length;
    }
    Ok(tags)
}

/// The tag that `bytes` begin with and its whole length, or `None` if it is cut off.
fn next(bytes: &Bytes) -> Result<Option<(Tag, usize)>, Error> {
    let Some(header) = bytes.first_chunk::<TAG_HEADER_BYTES>() else {
        return Ok(None);
    };
    let [id, l0, l1, l2, t0, t1, t2, t3, ..] = *header;
    let length = usize::from(l0) << 16 | usize::from(l1) << 8 | usize::from(l2);
    let end = TAG_HEADER_BYTES + length;
    let Some(trailer) = bytes.get(end..end + TRAILER_BYTES) else {
        return Ok(None);
    };
    let kind = Kind::from_id(id).ok_or(Error::Kind(id))?;
    let found = trailer
        .iter()
        .fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    if usize::try_from(found) != Ok(end) {
        return Err(Error::Trailer {
            expected: end,
            found,
        });
    }
    let tag = Tag {
        kind,
        timestamp: u32::from_be_bytes([t3, t0, t1, t2]),
        payload: bytes.slice(TAG_HEADER_BYTES..end),
    };
    Ok(Some((tag, end + TRAILER_BYTES)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flv::{file_header, tag_bytes};

    #[test]
    fn what_was_written_reads_back() {
        let mut bytes = file_header(true, true).to_vec();
        bytes.extend(tag_bytes(Kind::Video, 0xFEDC_BA98, b"frame").unwrap());
        bytes.extend(tag_bytes(Kind::Audio, 1, b"").unwrap());
        bytes.extend([9, 0]);
        let file = read(&bytes.into()).unwrap();
        assert!(file.video && file.audio);
        assert_eq!(file.tags.len(), 2);
        assert_eq!(file.tags[0].timestamp, 0xFEDC_BA98);
        assert_eq!(&file.tags[0].payload[..], b"frame");
        assert_eq!(file.incomplete_bytes, 2);
    }

    #[test]
    fn a_wrong_size_behind_a_tag_is_found() {
        let mut bytes = file_header(true, true).to_vec();
        bytes.extend(tag_bytes(Kind::Video, 0, b"frame").unwrap());
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(
            read(&bytes.into()),
            Err(Error::Trailer {
                expected: 16,
                found: 17
            })
        );
        assert_eq!(read(&Bytes::from_static(b"GET /")), Err(Error::Header));
    }
}
