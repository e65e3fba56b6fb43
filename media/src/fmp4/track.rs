//! A track: its codec, its clock, and what a player has to know of both.

use bytes::Bytes;

use crate::flv::Codec;

/// The video track's number in every file.
pub const VIDEO_TRACK: u32 = 1;

/// The audio track's number in every file.
pub const AUDIO_TRACK: u32 = 2;

/// Units of a video track's clock per second: FLV's own, so that nothing is rounded.
pub const VIDEO_TIMESCALE: u32 = 1_000;

/// Longest configuration that is taken, in bytes; real ones are below 1 KiB.
const CONFIGURATION_BYTES_MAX: usize = 64 * 1_024;

/// Sampling rates by their index in an AAC configuration, per second.
const AAC_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// Opus always counts in these, whatever was recorded, per second.
const OPUS_RATE: u32 = 48_000;

/// How the name of an Opus header begins.
const OPUS_HEAD: &[u8] = b"OpusHead";

/// One track, as its configuration describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The codec.
    pub codec: Codec,
    /// The codec's configuration as the publisher sent it; empty where the codec has none.
    pub configuration: Bytes,
    /// Units of the track's clock per second.
    pub timescale: u32,
    /// Units that one frame of sound lasts; 0 for video, and where the frames say it themselves.
    pub frame_units: u32,
    /// Channels of sound.
    pub channels: u16,
    /// Pixels, 0 where they are not known.
    pub width: u16,
    /// Pixels, 0 where they are not known.
    pub height: u16,
}

impl Track {
    /// Reads a configuration, or for codecs without one (MP3) the first frame. `None` if it is not what
    /// the codec's name promises.
    pub fn new(codec: Codec, configuration: &Bytes, size: (u16, u16)) -> Option<Self> {
        if configuration.len() > CONFIGURATION_BYTES_MAX {
            return None;
        }
        let (width, height) = size;
        let video = Self {
            codec,
            configuration: configuration.clone(),
            timescale: VIDEO_TIMESCALE,
            frame_units: 0,
            channels: 0,
            width,
            height,
        };
        let audio = |timescale, frame_units, channels| Self {
            timescale,
            frame_units,
            channels,
            width: 0,
            height: 0,
            ..video.clone()
        };
        match codec {
            Codec::H264 => (configuration.len() >= 7 && configuration[0] == 1).then_some(video),
            Codec::Hevc => (configuration.len() >= 23).then_some(video),
            Codec::Av1 => (configuration.len() >= 4 && configuration[0] == 0x81).then_some(video),
            Codec::Vp9 => (configuration.len() >= 12).then_some(video),
            Codec::Aac => {
                let (rate, channels) = aac(configuration)?;
                Some(audio(rate, 1_024, channels))
            }
            Codec::Opus => {
                let head = configuration.strip_prefix(OPUS_HEAD)?;
                let channels = *head.get(1).filter(|_| head.len() >= 11)?;
                Some(audio(OPUS_RATE, 0, channels.into()))
            }
            Codec::Mp3 => {
                let (rate, units, channels) = mp3(configuration)?;
                let mut track = audio(rate, units, channels);
                track.configuration = Bytes::new();
                Some(track)
            }
        }
    }

    /// Whether it is the video track.
    pub const fn is_video(&self) -> bool {
        matches!(
            self.codec,
            Codec::H264 | Codec::Hevc | Codec::Av1 | Codec::Vp9
        )
    }

    /// Its number in the file.
    pub const fn id(&self) -> u32 {
        if self.is_video() {
            VIDEO_TRACK
        } else {
            AUDIO_TRACK
        }
    }

    /// Units that one frame of sound lasts.
    pub fn units(&self, frame: &[u8]) -> u32 {
        match self.codec {
            Codec::Opus => opus_units(frame),
            _ => self.frame_units,
        }
    }

    /// How playlists and browsers call the codec, such as `avc1.64001f`.
    pub fn name(&self) -> String {
        let byte = |at: usize| self.configuration.get(at).copied().unwrap_or_default();
        match self.codec {
            Codec::H264 => format!("avc1.{:02x}{:02x}{:02x}", byte(1), byte(2), byte(3)),
            Codec::Hevc => self.hevc_name(),
            Codec::Av1 => {
                let (profile, level) = (byte(1) >> 5, byte(1) & 0x1F);
                let tier = if byte(2) & 0x80 == 0 { 'M' } else { 'H' };
                let depth = match byte(2) >> 5 & 0b11 {
                    0b11 => 12,
                    0b10 => 10,
                    _ => 8,
                };
                format!("av01.{profile}.{level:02}{tier}.{depth:02}")
            }
            // Behind a version and flags: profile, level, and the depth in the upper half of a byte.
            Codec::Vp9 => format!("vp09.{:02}.{:02}.{:02}", byte(4), byte(5), byte(6) >> 4),
            Codec::Aac => format!("mp4a.40.{}", aac_object(&self.configuration)),
            Codec::Opus => "opus".to_owned(),
            Codec::Mp3 => "mp4a.40.34".to_owned(),
        }
    }

    /// The profile, its compatibility bits in reverse, tier and level, and the constraints up to the
    /// last that is not zero.
    fn hevc_name(&self) -> String {
        let byte = |at: usize| self.configuration.get(at).copied().unwrap_or_default();
        let space = ["", "A", "B", "C"][usize::from(byte(1) >> 6)];
        let tier = if byte(1) & 0x20 == 0 { 'L' } else { 'H' };
        let compatibility = u32::from_be_bytes([byte(2), byte(3), byte(4), byte(5)]);
        let mut name = format!(
            "hvc1.{space}{}.{:X}.{tier}{}",
            byte(1) & 0x1F,
            compatibility.reverse_bits(),
            byte(12)
        );
        let constraints: Vec<u8> = (6..12).map(byte).collect();
        let used = constraints.iter().rposition(|byte| *byte != 0);
        for constraint in constraints.iter().take(used.map_or(0, |last| last + 1)) {
            name.push_str(&format!(".{constraint:X}"));
        }
        name
    }
}

/// The kind of AAC.
fn aac_object(configuration: &[u8]) -> u8 {
    match configuration {
        [first, second, ..] if first >> 3 == 31 => 32 + ((first & 0x07) << 3 | second >> 5),
        [first, ..] => first >> 3,
        [] => 2,
    }
}

/// Rate per second and channels.
fn aac(configuration: &[u8]) -> Option<(u32, u16)> {
    let [first, second, ..] = *configuration else {
        return None;
    };
    // Kinds beyond 31 have longer fields, and no encoder sends them live.
    let object = first >> 3;
    if object == 0 || object == 31 {
        return None;
    }
    let index = (first & 0x07) << 1 | second >> 7;
    let rate = *AAC_RATES.get(usize::from(index))?;
    let channels = match second >> 3 & 0x0F {
        0 => 2,
        7 => 8,
        few @ 1..=6 => u16::from(few),
        _ => return None,
    };
    Some((rate, channels))
}

/// Rate per second, samples of a frame, and channels, from a frame's header.
fn mp3(frame: &[u8]) -> Option<(u32, u32, u16)> {
    let [0xFF, second, third, fourth, ..] = *frame else {
        return None;
    };
    if second & 0xE0 != 0xE0 {
        return None;
    }
    let base = *[44_100, 48_000, 32_000].get(usize::from(third >> 2 & 0b11))?;
    let (rate, units) = match second >> 3 & 0b11 {
        0b11 => (base, 1_152),
        0b10 => (base / 2, 576),
        0b00 => (base / 4, 576),
        _ => return None,
    };
    let channels = if fourth >> 6 == 0b11 { 1 } else { 2 };
    Some((rate, units, channels))
}

/// Samples at 48,000 per second that a packet holds, from its first bytes.
fn opus_units(packet: &[u8]) -> u32 {
    let Some(&first) = packet.first() else {
        return 0;
    };
    let frame = match first >> 3 {
        // Speech: 10, 20, 40 or 60 ms.
        number @ 0..=11 => [480, 960, 1_920, 2_880][usize::from(number & 0b11)],
        // Both: 10 or 20 ms.
        number @ 12..=15 => [480, 960][usize::from(number & 0b1)],
        // Music: 2.5, 5, 10 or 20 ms.
        number => [120, 240, 480, 960][usize::from(number & 0b11)],
    };
    let count = match first & 0b11 {
        0 => 1,
        1 | 2 => 2,
        _ => packet.get(1).map_or(1, |count| u32::from(count & 0x3F)),
    };
    frame * count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(codec: Codec, configuration: &[u8]) -> Option<Track> {
        Track::new(codec, &Bytes::copy_from_slice(configuration), (640, 360))
    }

    #[test]
    fn codecs_are_called_as_browsers_call_them() {
        let hevc = [
            1, 0x01, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93, 0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0,
            0x0F, 0,
        ];
        for (codec, configuration, name) in [
            (
                Codec::H264,
                &[1, 0x64, 0, 0x1F, 0xFF, 0xE1, 0][..],
                "avc1.64001f",
            ),
            (Codec::Hevc, &hevc, "hvc1.1.6.L93.90"),
            (Codec::Av1, &[0x81, 0x05, 0x0C, 0], "av01.0.05M.08"),
            (Codec::Aac, &[0x12, 0x10], "mp4a.40.2"),
            (
                Codec::Opus,
                b"OpusHead\x01\x02\x38\x01\x80\xBB\0\0\0\0\0",
                "opus",
            ),
            (
                Codec::Vp9,
                &[1, 0, 0, 0, 0, 31, 0x80, 1, 1, 1, 0, 0],
                "vp09.00.31.08",
            ),
        ] {
            assert_eq!(track(codec, configuration).unwrap().name(), name);
        }
    }

    #[test]
    fn sound_counts_in_its_own_units() {
        let aac = track(Codec::Aac, &[0x11, 0x90]).unwrap();
        assert_eq!(
            (aac.timescale, aac.channels, aac.units(&[])),
            (48_000, 2, 1_024)
        );
        let mp3 = track(Codec::Mp3, &[0xFF, 0xFB, 0x90, 0x44]).unwrap();
        assert_eq!(
            (mp3.timescale, mp3.channels, mp3.units(&[])),
            (44_100, 2, 1_152)
        );
        for (packet, units) in [
            (&[0xFC][..], 960),
            (&[0xFF, 3], 2_880),
            (&[0x08], 960),
            (&[], 0),
        ] {
            assert_eq!(opus_units(packet), units, "{packet:x?}");
        }
    }

    #[test]
    fn a_configuration_that_is_none_makes_no_track() {
        for (codec, configuration) in [
            (Codec::H264, &[][..]),
            (Codec::H264, &[0; 7]),
            (Codec::Hevc, &[1; 22]),
            (Codec::Av1, &[0; 4]),
            (Codec::Aac, &[0x12]),
            (Codec::Aac, &[0x17, 0xFF]),
            (Codec::Aac, &[0xFF; 5]),
            (Codec::Opus, b"OpusHead"),
            (Codec::Mp3, &[0xFF, 0xFB, 0xFF, 0]),
            (Codec::Vp9, &[0; 11]),
        ] {
            assert_eq!(track(codec, configuration), None, "{configuration:x?}");
        }
        let long = Bytes::from(vec![1; CONFIGURATION_BYTES_MAX + 1]);
        assert_eq!(Track::new(Codec::H264, &long, (0, 0)), None);
    }
}
