//! What is inside a media tag: the codec's own bytes, without what FLV puts around them.

use bytes::Bytes;

use super::extended::Extended;
use super::{Class, Kind, classify, composition_ms};

/// Codecs whose frames can be carried by other containers than FLV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// H.264: length-prefixed NAL units.
    H264,
    /// H.265: length-prefixed NAL units.
    Hevc,
    /// AV1: OBUs without temporal delimiters.
    Av1,
    /// VP9: frames.
    Vp9,
    /// AAC: raw access units.
    Aac,
    /// Opus: packets.
    Opus,
    /// MP3: frames with their headers.
    Mp3,
}

/// What a tag's bytes are to their decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The configuration that comes before frames.
    Configuration,
    /// A frame.
    Frame {
        /// Decoding can start here. Every frame of sound is one.
        is_key: bool,
        /// How much later than its timestamp it is shown, in milliseconds.
        composition_ms: u32,
    },
}

/// The inside of a media tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Whose bytes they are.
    pub codec: Codec,
    /// What they are.
    pub content: Content,
    /// The codec's own bytes: a slice of the payload.
    pub data: Bytes,
}

/// The inside of a media tag of the first track, if its codec is one of [`Codec`].
pub fn body(kind: Kind, payload: &Bytes) -> Option<Body> {
    let (content, part) = match classify(kind, payload) {
        Class::Header(slot) if slot.track == 0 && slot.part == 0 => (Content::Configuration, 0),
        // Colours and layouts of channels have no place in the boxes that are written here.
        Class::Header(_) | Class::Metadata | Class::Data | Class::Nothing => return None,
        class => {
            let frame = Content::Frame {
                is_key: matches!(class, Class::Key | Class::Audio),
                composition_ms: composition_ms(payload),
            };
            (frame, 1)
        }
    };
    let first = *payload.first()?;
    let (codec, data) = match kind {
        Kind::Video if first & 0x80 != 0 => {
            let extended = Extended::video(payload)?;
            // Between the front and the frame: the composition time, with this packet type alone.
            let has_time = part == 1 && extended.packet == part;
            extended_body(payload, &extended, has_time)?
        }
        Kind::Video => {
            let codec = match first & 0x0F {
                7 => Codec::H264,
                12 => Codec::Hevc,
                13 => Codec::Av1,
                _ => return None,
            };
            (codec, payload.get(5..).map(|_| payload.slice(5..))?)
        }
        Kind::Audio if first >> 4 == 9 => {
            extended_body(payload, &Extended::audio(payload)?, false)?
        }
        Kind::Audio => match first >> 4 {
            10 => (Codec::Aac, payload.get(2..).map(|_| payload.slice(2..))?),
            2 => (Codec::Mp3, payload.slice(1..)),
            _ => return None,
        },
        Kind::Script => return None,
    };
    Some(Body {
        codec,
        content,
        data,
    })
}

fn extended_body(payload: &Bytes, extended: &Extended, has_time: bool) -> Option<(Codec, Bytes)> {
    if extended.track != 0 {
        return None;
    }
    let codec = match &extended.fourcc {
        b"avc1" => Codec::H264,
        b"hvc1" => Codec::Hevc,
        b"av01" => Codec::Av1,
        b"vp09" => Codec::Vp9,
        b"mp4a" => Codec::Aac,
        b"Opus" => Codec::Opus,
        b".mp3" => Codec::Mp3,
        _ => return None,
    };
    let skip = if has_time && matches!(codec, Codec::H264 | Codec::Hevc) {
        3
    } else {
        0
    };
    let end = match extended.length {
        Some(length) => extended.front.checked_add(length)?,
        None => payload.len(),
    };
    let from = extended.front + skip;
    (from <= end && end <= payload.len()).then(|| (codec, payload.slice(from..end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn frame(is_key: bool, composition_ms: u32) -> Content {
        Content::Frame {
            is_key,
            composition_ms,
        }
    }

    #[test]
    fn the_bytes_of_the_codec_are_found_behind_every_front() {
        for (kind, payload, expected) in [
            (
                Kind::Video,
                &[0x17, 0, 0, 0, 0, 1, 2][..],
                Some((Codec::H264, Content::Configuration, &[1, 2][..])),
            ),
            (
                Kind::Video,
                &[0x27, 1, 0, 0, 66, 7, 8],
                Some((Codec::H264, frame(false, 66), &[7, 8])),
            ),
            (
                Kind::Video,
                &[0x91, b'h', b'v', b'c', b'1', 0, 0, 33, 9],
                Some((Codec::Hevc, frame(true, 33), &[9])),
            ),
            (
                Kind::Video,
                &[0xA3, b'h', b'v', b'c', b'1', 9],
                Some((Codec::Hevc, frame(false, 0), &[9])),
            ),
            (
                Kind::Video,
                &[0x91, b'a', b'v', b'0', b'1', 9, 9, 9, 9],
                Some((Codec::Av1, frame(true, 0), &[9, 9, 9, 9])),
            ),
            // Multitrack, one track.
            (
                Kind::Video,
                &[0x96, 0x01, b'a', b'v', b'0', b'1', 0, 5],
                Some((Codec::Av1, frame(true, 0), &[5])),
            ),
            // Multitrack, many tracks of one codec: two bytes are the first one's.
            (
                Kind::Video,
                &[0x96, 0x11, b'a', b'v', b'0', b'1', 0, 0, 0, 2, 5, 6, 1, 0],
                Some((Codec::Av1, frame(true, 0), &[5, 6])),
            ),
            (
                Kind::Audio,
                &[0xAF, 1, 0x21],
                Some((Codec::Aac, frame(true, 0), &[0x21])),
            ),
            (
                Kind::Audio,
                &[0x91, b'O', b'p', b'u', b's', 3],
                Some((Codec::Opus, frame(true, 0), &[3])),
            ),
            (Kind::Audio, &[0x72, 1], None),
            (Kind::Video, &[0x12, 9], None),
            (Kind::Video, &[0x17, 1, 0], None),
            (Kind::Video, &[0x91, b'h', b'v', b'c', b'1', 0], None),
            (
                Kind::Video,
                &[0x96, 0x11, b'a', b'v', b'0', b'1', 0, 0, 9, 9, 5],
                None,
            ),
        ] {
            let found = body(kind, &Bytes::copy_from_slice(payload));
            let found = found.as_ref();
            let found = found.map(|body| (body.codec, body.content, &body.data[..]));
            assert_eq!(found, expected, "{payload:x?}");
        }
    }
}
