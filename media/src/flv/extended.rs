//! The front of enhanced RTMP tags: FourCCs, modifiers, tracks.

/// Packet types of enhanced RTMP; the numbers are the same for audio and video where both exist.
pub(super) mod packet {
    pub(in crate::flv) const SEQUENCE_START: u8 = 0;
    pub(in crate::flv) const CODED_FRAMES: u8 = 1;
    pub(in crate::flv) const SEQUENCE_END: u8 = 2;
    pub(in crate::flv) const CODED_FRAMES_X: u8 = 3;
    /// Video: colour information. Audio: the layout of channels.
    pub(in crate::flv) const CONFIGURATION: u8 = 4;
    pub(in crate::flv) const VIDEO_MPEG2_TS_START: u8 = 5;
    pub(in crate::flv) const VIDEO_MULTITRACK: u8 = 6;
    pub(in crate::flv) const AUDIO_MULTITRACK: u8 = 5;
    pub(in crate::flv) const MOD_EX: u8 = 7;
}

/// Modifiers in front of one packet; real ones have one.
const MODIFIERS_MAX: usize = 8;

/// The front of an enhanced tag.
pub(super) struct Extended {
    pub packet: u8,
    pub fourcc: [u8; 4],
    pub track: u8,
    /// Bytes of the payload in front of the track's own.
    pub front: usize,
    /// How many are its own, where others follow.
    pub length: Option<usize>,
}

impl Extended {
    pub(super) fn video(payload: &[u8]) -> Option<Self> {
        Self::read(payload, packet::VIDEO_MULTITRACK)
    }

    pub(super) fn audio(payload: &[u8]) -> Option<Self> {
        Self::read(payload, packet::AUDIO_MULTITRACK)
    }

    fn read(payload: &[u8], multitrack: u8) -> Option<Self> {
        let (first, mut rest) = payload.split_first()?;
        let mut packet = first & 0x0F;
        for _ in 0..MODIFIERS_MAX {
            if packet != packet::MOD_EX {
                break;
            }
            // A length less one in one byte, or 255 and then in two; the data; then the real type.
            let (&length, after) = rest.split_first()?;
            let (length, after) = if length == u8::MAX {
                let (wide, after) = after.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(*wide)) + 1, after)
            } else {
                (usize::from(length) + 1, after)
            };
            let (&next, after) = after.get(length..)?.split_first()?;
            packet = next & 0x0F;
            rest = after;
        }
        if packet != multitrack {
            let (&fourcc, rest) = rest.split_first_chunk::<4>()?;
            return Some(Self {
                packet,
                fourcc,
                track: 0,
                front: payload.len() - rest.len(),
                length: None,
            });
        }
        let (&kinds, rest) = rest.split_first()?;
        let packet = kinds & 0x0F;
        // One track, many tracks of one codec, or many of many, where each names its own; the first
        // stands for all.
        let (&fourcc, rest) = rest.split_first_chunk::<4>()?;
        let (&track, rest) = rest.split_first()?;
        let is_alone = kinds >> 4 == 0;
        let (length, rest) = match rest.split_first_chunk::<3>() {
            Some((&[a, b, c], rest)) if !is_alone => {
                let length = u32::from_be_bytes([0, a, b, c]);
                (usize::try_from(length).ok(), rest)
            }
            _ => (None, rest),
        };
        Some(Self {
            packet,
            fourcc,
            track,
            front: payload.len() - rest.len(),
            length,
        })
    }
}
