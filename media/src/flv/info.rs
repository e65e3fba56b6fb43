//! What a stream says of itself.

use super::{Class, Kind, Tag, classify, codec, script};
use crate::amf0::Value;

/// Largest width and height that are believed, in pixels.
const PIXELS_MAX: f64 = 65_535.0;

/// Highest frame rate that is believed, per second.
const FRAME_RATE_MAX: f64 = 1_000.0;

/// Longest encoder name that is kept, in characters.
const ENCODER_CHARS_MAX: usize = 128;

/// Codecs and sizes, from the tags themselves and, where they do not say it, from `onMetaData`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MediaInfo {
    /// There is video, or the publisher said that there will be.
    pub has_video: bool,
    /// There is audio, or the publisher said that there will be.
    pub has_audio: bool,
    /// Such as `h264`, `hevc`, `av1`; known once a video tag came.
    pub video_codec: Option<&'static str>,
    /// Such as `aac`, `opus`; known once an audio tag came.
    pub audio_codec: Option<&'static str>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// Frames per second.
    pub frame_rate: Option<f64>,
    /// The program that publishes, in its own words.
    pub encoder: Option<String>,
}

impl MediaInfo {
    /// Learns from one tag; gives whether it is a frame (not a header or data).
    pub fn observe(&mut self, tag: &Tag) -> bool {
        match classify(tag.kind, &tag.payload) {
            Class::Metadata => {
                if let Some(values) = script::metadata(&tag.payload) {
                    self.metadata(&values);
                }
                false
            }
            Class::Data | Class::Nothing => false,
            class => {
                let (has, name) = match tag.kind {
                    Kind::Video => (&mut self.has_video, &mut self.video_codec),
                    _ => (&mut self.has_audio, &mut self.audio_codec),
                };
                *has = true;
                if name.is_none() {
                    *name = codec(tag.kind, &tag.payload);
                }
                !matches!(class, Class::Header(_))
            }
        }
    }

    fn metadata(&mut self, values: &Value) {
        let number = |name: &str, max: f64| {
            let value = values.get(name).and_then(Value::as_number);
            value.filter(|value| *value > 0.0 && *value <= max)
        };
        let pixels = |name: &str| number(name, PIXELS_MAX).map(|value| f64_to_u32(value.round()));
        self.width = pixels("width").or(self.width);
        self.height = pixels("height").or(self.height);
        self.frame_rate = number("framerate", FRAME_RATE_MAX)
            .or_else(|| number("videoframerate", FRAME_RATE_MAX))
            .or(self.frame_rate);
        // Codec ids are numbers or, in enhanced RTMP, FourCCs as numbers or text.
        let announced = |name: &str| {
            matches!(values.get(name), Some(Value::Number(id)) if *id > 0.0)
                || matches!(values.get(name), Some(Value::String(id)) if !id.is_empty())
        };
        self.has_video |= announced("videocodecid");
        self.has_audio |= announced("audiocodecid");
        if let Some(encoder) = values.get("encoder").and_then(Value::as_str) {
            self.encoder = Some(encoder.chars().take(ENCODER_CHARS_MAX).collect());
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the one caller has checked that the value is between 0 and 65,535"
)]
const fn f64_to_u32(value: f64) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn metadata(values: &Value) -> Tag {
        let mut body = Vec::new();
        crate::amf0::encode(&Value::string("onMetaData"), &mut body).unwrap();
        crate::amf0::encode(values, &mut body).unwrap();
        Tag {
            kind: Kind::Script,
            timestamp: 0,
            payload: body.into(),
        }
    }

    #[test]
    fn metadata_and_tags_together_tell_the_format() {
        let mut info = MediaInfo::default();
        assert!(!info.observe(&metadata(&Value::object([
            ("width", Value::Number(1280.0)),
            ("height", Value::Number(720.0)),
            ("framerate", Value::Number(30.0)),
            ("videocodecid", Value::Number(7.0)),
            ("audiocodecid", Value::string("mp4a")),
            ("encoder", Value::string("Lavf")),
        ]))));
        assert!(info.has_video && info.has_audio);
        assert_eq!(info.video_codec, None, "announced is not yet seen");
        let key = Bytes::from_static(&[0x17, 1, 0, 0, 0, 1]);
        assert!(info.observe(&Tag {
            kind: Kind::Video,
            timestamp: 0,
            payload: key
        }));
        assert_eq!((info.width, info.height), (Some(1280), Some(720)));
        assert_eq!(info.frame_rate, Some(30.0));
        assert_eq!(info.video_codec, Some("h264"));
        assert_eq!(info.encoder.as_deref(), Some("Lavf"));
    }

    #[test]
    fn nonsense_numbers_are_not_believed() {
        let mut info = MediaInfo::default();
        info.observe(&metadata(&Value::object([
            ("width", Value::Number(f64::NAN)),
            ("height", Value::Number(-1.0)),
            ("framerate", Value::Number(1e300)),
        ])));
        assert_eq!(info, MediaInfo::default());
    }
}
