//! Tags in, and in short what a viewer gets of them.

mod bounds;
mod going_on;
mod odd;
mod starting;

use bytes::Bytes;

use super::*;
use crate::amf0::{Value, encode};
use crate::flv::reader;

const LIMITS: Limits = Limits {
    bytes_max: 100_000,
    frames_max: 500,
    lag_ms_max: 5_000,
};

fn tag(kind: Kind, timestamp: u32, payload: impl Into<Bytes>) -> Tag {
    Tag {
        kind,
        timestamp,
        payload: payload.into(),
    }
}

/// A frame whose last byte tells which it is.
fn key(timestamp: u32, mark: u8) -> Tag {
    tag(Kind::Video, timestamp, vec![0x17, 1, 0, 0, 0, mark])
}

fn inter(timestamp: u32, mark: u8) -> Tag {
    tag(Kind::Video, timestamp, vec![0x27, 1, 0, 0, 0, mark])
}

fn audio(timestamp: u32, mark: u8) -> Tag {
    tag(Kind::Audio, timestamp, vec![0xAF, 1, mark])
}

fn video_header(mark: u8) -> Tag {
    tag(Kind::Video, 0, vec![0x17, 0, 0, 0, 0, mark])
}

fn audio_header(mark: u8) -> Tag {
    tag(Kind::Audio, 0, vec![0xAF, 0, mark])
}

fn metadata(video: bool, audio: bool) -> Tag {
    let mut body = Vec::new();
    encode(&Value::string("onMetaData"), &mut body).unwrap();
    let mut properties = Vec::new();
    for (is_there, name) in [(video, "videocodecid"), (audio, "audiocodecid")] {
        if is_there {
            properties.push((name.to_owned(), Value::Number(7.0)));
        }
    }
    encode(&Value::EcmaArray(properties), &mut body).unwrap();
    tag(Kind::Script, 0, body)
}

fn ring_of(tags: &[Tag]) -> Ring {
    let mut ring = Ring::new(LIMITS);
    ring.attach();
    push(&mut ring, tags);
    ring
}

/// What the ring gives of all that is there, in one piece.
fn read(ring: &mut Ring, cursor: &mut Cursor) -> Option<Bytes> {
    ring.gather();
    let mut pieces = VecDeque::new();
    let length = ring.read(cursor, &mut pieces);
    assert!(pieces.len() <= READ_PIECES_MAX);
    let bytes = Vec::from(pieces).concat();
    assert_eq!(bytes.len(), length);
    (length > 0).then(|| bytes.into())
}

fn push(ring: &mut Ring, tags: &[Tag]) {
    for tag in tags {
        ring.push(tag);
    }
}

/// One viewer, and everything it was given.
#[derive(Default)]
struct Viewer {
    cursor: Cursor,
    bytes: Vec<u8>,
}

impl Viewer {
    fn read(&mut self, ring: &mut Ring) -> &mut Self {
        while let Some(bytes) = read(ring, &mut self.cursor) {
            self.bytes.extend_from_slice(&bytes);
        }
        self
    }

    fn file(&self) -> reader::File {
        reader::read(&Bytes::copy_from_slice(&self.bytes)).unwrap()
    }

    /// What was given, in short: `M`etadata, `V`ideo or `A`udio header, `k`ey, `i`nter, `a`udio, each
    /// with its mark and its time.
    fn story(&self) -> String {
        let words = self
            .file()
            .tags
            .iter()
            .map(|tag| {
                let letter = match flv::classify(tag.kind, &tag.payload) {
                    Class::Metadata => return "M".to_owned(),
                    Class::Header(slot) if slot.kind == Kind::Video => 'V',
                    Class::Header(_) => 'A',
                    Class::Key => 'k',
                    Class::Inter => 'i',
                    Class::Audio => 'a',
                    Class::Data | Class::Nothing => '?',
                };
                format!("{letter}{}@{}", tag.payload.last().unwrap(), tag.timestamp)
            })
            .collect::<Vec<_>>();
        words.join(" ")
    }
}

fn joined(ring: &mut Ring) -> Viewer {
    let mut viewer = Viewer::default();
    viewer.read(ring);
    viewer
}
