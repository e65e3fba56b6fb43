//! The core alone: chunks to messages, and the session above it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tributary_media::amf0::{Value, encode};
use tributary_media::rtmp::chunk::{self, Limits, Reader};
use tributary_media::rtmp::message::{Kind, Message};
use tributary_media::rtmp::session::{self, Action, Session};

/// More than any cache holds.
const STREAM_BYTES: usize = 64 * 1024 * 1024;

/// What is read from a socket at once.
const READ_BYTES: usize = 16 * 1024;

/// The best of so many runs: whatever else the machine does only makes it slower.
const RUNS: usize = 5;

pub fn run() {
    let bytes = vec![7; STREAM_BYTES];
    let copy = best(|| {
        let mut copied = Vec::with_capacity(READ_BYTES);
        for piece in bytes.chunks(READ_BYTES) {
            copied.clear();
            copied.extend_from_slice(black_box(piece));
            black_box(&copied);
        }
    });
    println!("GB/s, in pieces of {READ_BYTES} bytes; a bare copy: {copy:.1}");
    println!(
        "{:>10}  {:>22} {:>8} {:>8}",
        "chunk size", "messages", "chunks", "session"
    );
    for chunk_bytes in [128, 4_096] {
        // 2.1 Mbit/s at 30 frames a second with sound, as the viewers' benchmarks have it.
        let mixed = [(Kind::Video, 8_750), (Kind::Audio, 370)];
        line(chunk_bytes, "video 8750, audio 370", &mixed);
        for size in [1_000, 10_000, 100_000, 1_000_000, 8_000_000] {
            line(
                chunk_bytes,
                &format!("video {size}"),
                &[(Kind::Video, size)],
            );
        }
    }
}

fn line(chunk_bytes: u32, name: &str, messages: &[(Kind, usize)]) {
    let stream = stream(chunk_bytes, messages);
    let limits = Limits {
        message_bytes_max: 16 * 1024 * 1024,
        buffered_bytes_max: 32 * 1024 * 1024,
    };
    let chunks = best(|| {
        let mut reader = Reader::new(limits);
        for mut piece in pieces(&stream) {
            while let Some(message) = reader.read(&mut piece).unwrap() {
                black_box(message);
            }
        }
    });
    let whole = best(|| {
        let mut session = publishing();
        for piece in pieces(&stream) {
            session.receive(piece, Duration::ZERO);
            while let Some(action) = session.poll_action() {
                assert!(!matches!(action, Action::Close(_)), "{action:?}");
                black_box(action);
            }
        }
    });
    println!("{chunk_bytes:>10}  {name:>22} {chunks:>8.2} {whole:>8.2}");
}

fn pieces(stream: &Bytes) -> impl Iterator<Item = Bytes> {
    (0..stream.len())
        .step_by(READ_BYTES)
        .map(|from| stream.slice(from..stream.len().min(from + READ_BYTES)))
}

/// Messages in turn, about [`STREAM_BYTES`] of them, as an encoder with this chunk size sends them.
fn stream(chunk_bytes: u32, messages: &[(Kind, usize)]) -> Bytes {
    let mut out = Vec::with_capacity(STREAM_BYTES + STREAM_BYTES / 8);
    let size = Message::control(Kind::SetChunkSize, chunk_bytes.to_be_bytes().to_vec());
    chunk::write(&mut out, 2, &size, chunk::DEFAULT_CHUNK_BYTES);
    let mut time = 0;
    while out.len() < STREAM_BYTES {
        for (kind, size) in messages {
            let message = Message {
                kind: *kind,
                timestamp: time,
                stream: 1,
                payload: vec![0x27; *size].into(),
            };
            let id = if *kind == Kind::Audio { 4 } else { 6 };
            chunk::write(
                &mut out,
                id,
                &message,
                usize::try_from(chunk_bytes).unwrap(),
            );
        }
        time += 33;
    }
    out.into()
}

/// A session whose publisher was accepted.
fn publishing() -> Session {
    let mut bytes = vec![3];
    bytes.extend([1; 2 * 1_536]);
    let live = Value::object([("app", Value::string("live"))]);
    let publish = [Value::Null, Value::string("key")];
    for (stream, name, arguments) in [(0, "connect", &[live][..]), (1, "publish", &publish)] {
        let mut body = Vec::new();
        for value in [Value::string(name), Value::Number(1.0)]
            .iter()
            .chain(arguments)
        {
            encode(value, &mut body).unwrap();
        }
        let message = Message {
            stream,
            ..Message::control(Kind::CommandAmf0, body)
        };
        chunk::write(&mut bytes, 3, &message, chunk::DEFAULT_CHUNK_BYTES);
    }
    let mut session = Session::new(session::Limits::default(), 1, Duration::ZERO);
    session.receive(bytes.into(), Duration::ZERO);
    session.accept_publish(Duration::ZERO);
    while session.poll_action().is_some() {}
    session
}

/// GB/s over [`STREAM_BYTES`] in the best run.
fn best(mut work: impl FnMut()) -> f64 {
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    let fastest = times.min().unwrap();
    let bytes = u32::try_from(STREAM_BYTES).unwrap();
    f64::from(bytes) / fastest.as_secs_f64() / 1e9
}
