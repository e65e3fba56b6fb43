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
    while let Some(header) = bytes[at..].first_chunk::<TAG_HEADER_BYTES>() {
        let [id, l0, l1, l2, t0, t1, t2, t3, ..] = *header;
        let length = usize::from(l0) << 16 | usize::from(l1) << 8 | usize::from(l2);
        let end = at + TAG_HEADER_BYTES + length;
        let Some(trailer) = bytes.get(end..end + TRAILER_BYTES) else {
            break;
        };
        let kind = Kind::from_id(id).ok_or(Error::Kind(id))?;
        let found = trailer
            .iter()
            .fold(0, |sum, byte| sum << 8 | u32::from(*byte));
        let expected = TAG_HEADER_BYTES + length;
        if usize::try_from(found) != Ok(expected) {
            return Err(Error::Trailer { expected, found });
        }
        let payload = bytes.slice(at + TAG_HEADER_BYTES..end);
        file.tags.push(Tag {
            kind,
            timestamp: u32::from_be_bytes([t3, t0, t1, t2]),
            payload,
        });
        at = end + TRAILER_BYTES;
    }
    file.incomplete_bytes = bytes.len() - at;
    Ok(file)
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
