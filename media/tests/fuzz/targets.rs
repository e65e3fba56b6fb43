//! What is fuzzed. Each gives a number for how it behaved.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::mem::discriminant;
use std::time::Duration;

use bytes::Bytes;
use tributary_media::amf0::{decode_all, encode};
use tributary_media::flv::{self, MediaInfo, Tag};
use tributary_media::ring::{Cursor, Ring};
use tributary_media::rtmp::chunk::{Limits, Reader};
use tributary_media::rtmp::handshake::{Handshake, Progress};
use tributary_media::rtmp::message::{Kind, Message};
use tributary_media::rtmp::session::{self, Action, Session};

/// A count as far as it says something new: its number of bits.
const fn about(count: usize) -> u32 {
    usize::BITS - count.leading_zeros()
}

/// Splits an input at lengths that its first byte gives, and leaves that out.
fn pieces(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (first, rest) = input.split_first().unwrap_or((&0, &[]));
    rest.chunks(match first % 4 {
        0 => rest.len().max(1),
        1 => 1,
        _ => usize::from(*first) + 1,
    })
}

pub fn handshake(input: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    let mut handshake = Handshake::new(1);
    for mut piece in pieces(input) {
        loop {
            match handshake.receive(&mut piece) {
                Ok(Progress::Pending) => break,
                Ok(Progress::Reply(bytes)) => (bytes.len(), bytes[5] == 0).hash(&mut hash),
                Ok(Progress::Done) => {
                    about(piece.len()).hash(&mut hash);
                    return hash.finish();
                }
                Err(error) => {
                    error.0.hash(&mut hash);
                    return hash.finish();
                }
            }
        }
    }
    hash.finish()
}

pub fn chunks(input: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    let mut reader = Reader::new(Limits {
        message_bytes_max: 100_000,
        buffered_bytes_max: 200_000,
    });
    let mut given = 0;
    for piece in pieces(input) {
        let mut piece = Bytes::copy_from_slice(piece);
        loop {
            match reader.read(&mut piece) {
                Ok(Some(message)) => {
                    given += message.payload.len();
                    let size = about(message.payload.len());
                    (u8::from(message.kind), size).hash(&mut hash);
                }
                Ok(None) => break,
                Err(error) => {
                    discriminant(&error).hash(&mut hash);
                    return hash.finish();
                }
            }
        }
        assert!(piece.is_empty(), "all input is taken");
    }
    assert!(given <= input.len(), "nothing is made up");
    hash.finish()
}

pub fn messages(input: &[u8]) -> u64 {
    let (kind, rest) = input.split_first().unwrap_or((&20, &[]));
    let message = Message {
        kind: Kind::from(*kind),
        timestamp: 0,
        stream: 1,
        payload: Bytes::copy_from_slice(rest),
    };
    let mut hash = DefaultHasher::new();
    let body = message.amf0();
    (message.word().is_some(), about(body.len())).hash(&mut hash);
    flv::script::published(&body).is_some().hash(&mut hash);
    // In a session that was let in to publish, and one that was not.
    let mut chunk = vec![2, 0, 0, 0];
    chunk.extend_from_slice(&u32::try_from(rest.len()).unwrap().to_be_bytes()[1..]);
    chunk.extend([*kind, 1, 0, 0, 0]);
    for (number, part) in rest.chunks(128).enumerate() {
        if number > 0 {
            chunk.push(0xC2);
        }
        chunk.extend_from_slice(part);
    }
    for front in [&super::seeds::connected()[..], &super::seeds::published()] {
        drive(&[front, &chunk].concat(), front.len(), &mut hash);
    }
    hash.finish()
}

pub fn amf0(input: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    match decode_all(input) {
        Ok(values) => {
            let mut bytes = Vec::new();
            for value in &values {
                discriminant(value).hash(&mut hash);
                encode(value, &mut bytes).unwrap();
            }
            // What is no number equals nothing, so text stands for the values.
            let again = decode_all(&bytes).unwrap();
            assert_eq!(format!("{again:?}"), format!("{values:?}"));
        }
        Err(error) => error.to_string().hash(&mut hash),
    }
    hash.finish()
}

pub fn flv(input: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    match flv::reader::read(&Bytes::copy_from_slice(input)) {
        Ok(file) => {
            let mut viewing = Viewing::default();
            for tag in &file.tags {
                viewing.take(tag, &mut hash);
            }
        }
        Err(error) => discriminant(&error).hash(&mut hash),
    }
    hash.finish()
}

pub fn session(input: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    drive(
        input,
        usize::from(*input.first().unwrap_or(&0)) * 7,
        &mut hash,
    );
    hash.finish()
}

/// A ring and somebody who reads it.
#[derive(Default)]
struct Viewing {
    ring: Option<Ring>,
    cursor: Cursor,
    info: MediaInfo,
}

impl Viewing {
    fn take(&mut self, tag: &Tag, hash: &mut DefaultHasher) {
        discriminant(&flv::classify(tag.kind, &tag.payload)).hash(hash);
        flv::codec(tag.kind, &tag.payload).hash(hash);
        self.info.observe(tag);
        let limits = tributary_media::ring::Limits::default();
        let ring = self.ring.get_or_insert_with(|| Ring::new(limits));
        if ring.push(tag) {
            ring.gather();
            let mut pieces = VecDeque::new();
            about(ring.read(&mut self.cursor, &mut pieces)).hash(hash);
        }
    }
}

/// Feeds a session, the second part of the input later than the first, and lets in whoever asks.
fn drive(input: &[u8], first: usize, hash: &mut DefaultHasher) {
    let mut session = Session::new(session::Limits::default(), 1, Duration::ZERO);
    let mut viewing = Viewing::default();
    let (front, back) = input.split_at(first.min(input.len()));
    let mut sent = 0;
    for (second, part) in [front, back].into_iter().enumerate() {
        let now = Duration::from_secs(u64::try_from(second).unwrap());
        session.receive(Bytes::copy_from_slice(part), now);
        while let Some(action) = session.poll_action() {
            discriminant(&action).hash(hash);
            match action {
                Action::Send(bytes) => sent += bytes.len(),
                Action::Publish(_) => session.accept_publish(now),
                Action::Play(_) => session.accept_play(now),
                Action::Media(tag) | Action::Metadata(tag) => viewing.take(&tag, hash),
                Action::Close(reason) => discriminant(&reason).hash(hash),
                Action::Pause(_) | Action::StopPlaying | Action::Unpublish => {}
            }
        }
        session.tick(now);
    }
    about(sent).hash(hash);
    assert!(sent <= 16 * input.len() + 65_536, "{sent} bytes to answer");
}
