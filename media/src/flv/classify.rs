//! What a tag is, from its first bytes: plain FLV and enhanced RTMP (FourCC) alike.

use super::extended::{Extended, packet};
use super::{Kind, script};

/// What a tag means to somebody who wants to start or go on decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Configuration that a decoder needs before the frames behind it.
    Header(Slot),
    /// `onMetaData`.
    Metadata,
    /// Video that decoding can start at.
    Key,
    /// Video that needs what was before it.
    Inter,
    /// Sound.
    Audio,
    /// Script data other than metadata.
    Data,
    /// Nothing a viewer needs: an end of sequence (the publisher may come back), a command frame, or
    /// a tag too short to be anything.
    Nothing,
}

/// Which configuration a header replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Audio or video.
    pub kind: Kind,
    /// The packet type: a sequence header is one thing, colour information another.
    pub part: u8,
    /// The track, 0 unless the tag is a multitrack one.
    pub track: u8,
}

/// Frame types in the upper half of a video tag's first byte.
const KEY_FRAME: u8 = 1;
const GENERATED_KEY_FRAME: u8 = 4;
const COMMAND_FRAME: u8 = 5;

/// Longest delay by reordering that is believed, in milliseconds: 16 frames at 4 per second.
pub const COMPOSITION_MS_MAX: u32 = 4_000;

/// Sound format that marks an enhanced audio tag.
const EXTENDED_AUDIO: u8 = 9;

/// What this tag body is.
pub fn classify(kind: Kind, payload: &[u8]) -> Class {
    let class = match kind {
        Kind::Script if script::is_metadata(payload) => Some(Class::Metadata),
        Kind::Script => (!payload.is_empty()).then_some(Class::Data),
        Kind::Video => video(payload),
        Kind::Audio => audio(payload),
    };
    class.unwrap_or(Class::Nothing)
}

/// The codec's usual name in lower case, as `h264` or `opus`.
pub fn codec(kind: Kind, payload: &[u8]) -> Option<&'static str> {
    let first = *payload.first()?;
    match kind {
        Kind::Script => None,
        Kind::Video if first & 0x80 != 0 => fourcc(Extended::video(payload)?.fourcc),
        Kind::Video => match first & 0x0F {
            2 => Some("h263"),
            4 | 5 => Some("vp6"),
            7 => Some("h264"),
            12 => Some("hevc"),
            13 => Some("av1"),
            _ => None,
        },
        Kind::Audio if first >> 4 == EXTENDED_AUDIO => fourcc(Extended::audio(payload)?.fourcc),
        Kind::Audio => match first >> 4 {
            0 | 3 => Some("pcm"),
            1 => Some("adpcm"),
            2 | 14 => Some("mp3"),
            4..=6 => Some("nellymoser"),
            7 => Some("g711a"),
            8 => Some("g711u"),
            10 => Some("aac"),
            11 => Some("speex"),
            13 => Some("opus"),
            _ => None,
        },
    }
}

/// How much later than its timestamp a video frame is shown, in milliseconds: 0 unless the codec
/// reorders frames. Values below zero or beyond [`COMPOSITION_MS_MAX`] count as 0.
pub fn composition_ms(payload: &[u8]) -> u32 {
    let field = match payload {
        // AVC, HEVC and AV1 in plain tags, coded frames.
        [first, packet::CODED_FRAMES, field @ ..]
            if first & 0x80 == 0 && matches!(first & 0x0F, 7 | 12 | 13) =>
        {
            field
        }
        // In enhanced tags only these two have the field, and only with this packet type.
        [first, b'a' | b'h', b'v', b'c', b'1', field @ ..]
            if first & 0x8F == 0x80 | packet::CODED_FRAMES =>
        {
            field
        }
        _ => return 0,
    };
    let value = field
        .first_chunk()
        .map_or(0, |[a, b, c]| u32::from_be_bytes([0, *a, *b, *c]));
    if value <= COMPOSITION_MS_MAX {
        value
    } else {
        0
    }
}

fn fourcc(code: [u8; 4]) -> Option<&'static str> {
    Some(match &code {
        b"avc1" => "h264",
        b"hvc1" => "hevc",
        b"vvc1" => "vvc",
        b"av01" => "av1",
        b"vp08" => "vp8",
        b"vp09" => "vp9",
        b"Opus" => "opus",
        b"fLaC" => "flac",
        b"ac-3" => "ac3",
        b"ec-3" => "eac3",
        b"mp4a" => "aac",
        b".mp3" => "mp3",
        _ => return None,
    })
}

fn video(payload: &[u8]) -> Option<Class> {
    let first = *payload.first()?;
    if first & 0x80 != 0 {
        return extended_video(payload);
    }
    let frame = match first >> 4 {
        KEY_FRAME | GENERATED_KEY_FRAME => Class::Key,
        COMMAND_FRAME => return None,
        _ => Class::Inter,
    };
    match first & 0x0F {
        // AVC, and HEVC and AV1 as some encoders carried them before there was a standard.
        7 | 12 | 13 => match *payload.get(1)? {
            packet::SEQUENCE_START => Some(Class::Header(Slot {
                kind: Kind::Video,
                part: 0,
                track: 0,
            })),
            packet::CODED_FRAMES => Some(frame),
            _ => None,
        },
        _ => (payload.len() > 1).then_some(frame),
    }
}

fn extended_video(payload: &[u8]) -> Option<Class> {
    let frame_type = payload.first()? >> 4 & 0x07;
    let extended = Extended::video(payload)?;
    let track = extended.track;
    match extended.packet {
        packet::SEQUENCE_START | packet::CONFIGURATION | packet::VIDEO_MPEG2_TS_START => {
            Some(Class::Header(Slot {
                kind: Kind::Video,
                part: extended.packet,
                track,
            }))
        }
        packet::CODED_FRAMES | packet::CODED_FRAMES_X => match frame_type {
            // Viewers start on the first track; key frames of others come beside its own.
            KEY_FRAME | GENERATED_KEY_FRAME if track == 0 => Some(Class::Key),
            COMMAND_FRAME => None,
            _ => Some(Class::Inter),
        },
        _ => None,
    }
}

fn audio(payload: &[u8]) -> Option<Class> {
    let first = *payload.first()?;
    match first >> 4 {
        10 => match *payload.get(1)? {
            packet::SEQUENCE_START => Some(Class::Header(Slot {
                kind: Kind::Audio,
                part: 0,
                track: 0,
            })),
            _ => (payload.len() > 2).then_some(Class::Audio),
        },
        EXTENDED_AUDIO => {
            let extended = Extended::audio(payload)?;
            match extended.packet {
                packet::SEQUENCE_START | packet::CONFIGURATION => Some(Class::Header(Slot {
                    kind: Kind::Audio,
                    part: extended.packet,
                    track: extended.track,
                })),
                packet::SEQUENCE_END => None,
                packet::CODED_FRAMES => Some(Class::Audio),
                _ => None,
            }
        }
        _ => (payload.len() > 1).then_some(Class::Audio),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn header(kind: Kind, part: u8, track: u8) -> Class {
        Class::Header(Slot { kind, part, track })
    }

    #[test]
    fn every_known_video_tag_is_what_it_says() {
        for (payload, class, name) in [
            (
                &[0x17, 0, 0, 0, 0, 1][..],
                header(Kind::Video, 0, 0),
                Some("h264"),
            ),
            (&[0x17, 1, 0, 0, 0, 1], Class::Key, Some("h264")),
            (&[0x27, 1, 0, 0, 0, 1], Class::Inter, Some("h264")),
            (&[0x17, 2, 0, 0, 0], Class::Nothing, Some("h264")),
            (&[0x57, 1], Class::Nothing, Some("h264")),
            (&[0x17], Class::Nothing, Some("h264")),
            (&[0x1C, 0, 0, 0, 0], header(Kind::Video, 0, 0), Some("hevc")),
            (&[0x12, 9], Class::Key, Some("h263")),
            (
                &[0x90, b'h', b'v', b'c', b'1', 1],
                header(Kind::Video, 0, 0),
                Some("hevc"),
            ),
            (
                &[0x91, b'h', b'v', b'c', b'1', 0, 0, 0],
                Class::Key,
                Some("hevc"),
            ),
            (
                &[0xA3, b'h', b'v', b'c', b'1', 0],
                Class::Inter,
                Some("hevc"),
            ),
            (&[0x91, b'a', b'v', b'0', b'1', 0], Class::Key, Some("av1")),
            (&[0x91, b'v', b'p', b'0', b'9', 0], Class::Key, Some("vp9")),
            (&[0x92, b'a', b'v', b'0', b'1'], Class::Nothing, Some("av1")),
            (
                &[0x94, b'h', b'v', b'c', b'1', 2],
                header(Kind::Video, 4, 0),
                Some("hevc"),
            ),
            // Multitrack, one track, sequence start, hvc1, track 2.
            (
                &[0x96, 0x00, b'h', b'v', b'c', b'1', 2],
                header(Kind::Video, 0, 2),
                Some("hevc"),
            ),
            (
                &[0x96, 0x01, b'h', b'v', b'c', b'1', 2],
                Class::Inter,
                Some("hevc"),
            ),
            // A modifier of three bytes in front of a coded frame.
            (
                &[0x97, 2, 1, 2, 3, 0x01, b'a', b'v', b'0', b'1', 0],
                Class::Key,
                Some("av1"),
            ),
            (&[0x97, 255, 255, 255, 0], Class::Nothing, None),
            (&[0x91, b'a'], Class::Nothing, None),
            (&[], Class::Nothing, None),
        ] {
            assert_eq!(classify(Kind::Video, payload), class, "{payload:x?}");
            assert_eq!(codec(Kind::Video, payload), name, "{payload:x?}");
        }
    }

    #[test]
    fn every_known_audio_tag_is_what_it_says() {
        for (payload, class, name) in [
            (
                &[0xAF, 0, 0x12, 0x10][..],
                header(Kind::Audio, 0, 0),
                Some("aac"),
            ),
            (&[0xAF, 1, 9], Class::Audio, Some("aac")),
            (&[0xAF, 1], Class::Nothing, Some("aac")),
            (&[0x2F, 1], Class::Audio, Some("mp3")),
            (
                &[0x90, b'O', b'p', b'u', b's', 1],
                header(Kind::Audio, 0, 0),
                Some("opus"),
            ),
            (
                &[0x91, b'O', b'p', b'u', b's', 1],
                Class::Audio,
                Some("opus"),
            ),
            (
                &[0x92, b'O', b'p', b'u', b's'],
                Class::Nothing,
                Some("opus"),
            ),
            (
                &[0x95, 0x00, b'm', b'p', b'4', b'a', 1],
                header(Kind::Audio, 0, 1),
                Some("aac"),
            ),
            (&[], Class::Nothing, None),
        ] {
            assert_eq!(classify(Kind::Audio, payload), class, "{payload:x?}");
            assert_eq!(codec(Kind::Audio, payload), name, "{payload:x?}");
        }
    }

    #[test]
    fn only_codecs_that_reorder_have_a_composition_time() {
        for (payload, time) in [
            (&[0x27, 1, 0, 0, 67, 9][..], 67),
            (&[0x17, 0, 0, 0, 67, 9], 0),
            (&[0x27, 1, 0xFF, 0xFF, 0xFF, 9], 0),
            (&[0x27, 1, 0, 0], 0),
            (&[0xA1, b'h', b'v', b'c', b'1', 0, 1, 0], 256),
            (&[0xA3, b'h', b'v', b'c', b'1', 0, 1, 0], 0),
            (&[0xA1, b'a', b'v', b'0', b'1', 0, 1, 0], 0),
            (&[], 0),
        ] {
            assert_eq!(composition_ms(payload), time, "{payload:x?}");
        }
    }

    #[test]
    fn a_chain_of_modifiers_ends() {
        let chain = [0x97]
            .into_iter()
            .chain([0, 0, 0x07].repeat(1_000))
            .collect::<Vec<_>>();
        assert_eq!(classify(Kind::Video, &chain), Class::Nothing);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_classified(bytes: Vec<u8>) {
            for kind in [Kind::Audio, Kind::Video, Kind::Script] {
                let _class = classify(kind, &bytes);
                let _name = codec(kind, &bytes);
            }
        }
    }
}
