//! What fuzzing begins with: what real encoders send, and what once failed, from `seeds/<target>/`.

use std::path::Path;

use tributary_media::amf0::{Value, encode};
use tributary_media::flv::{Kind as TagKind, file_header, tag_bytes};
use tributary_media::rtmp::chunk;
use tributary_media::rtmp::message::{Kind, Message};

/// The seeds of a target: those made here, and those in files.
pub fn of(name: &str) -> Vec<Vec<u8>> {
    let mut seeds = match name {
        "handshake" => vec![vec![0, 3], [&[2][..], &shaken()].concat()],
        "chunks" => vec![behind(0, &publishing()), behind(5, &broadcast())],
        "messages" => bodies(),
        "amf0" => bodies()
            .into_iter()
            .map(|body| body[1..].to_vec())
            .collect(),
        "flv" => vec![flv()],
        _ => vec![published(), [published(), broadcast()].concat(), played()],
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
    let mut files: Vec<_> = std::fs::read_dir(folder.join(name))
        .into_iter()
        .flatten()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    seeds.extend(files.into_iter().map(|file| std::fs::read(file).unwrap()));
    seeds
}

fn behind(first: u8, bytes: &[u8]) -> Vec<u8> {
    [&[first][..], bytes].concat()
}

/// A client's side of the handshake.
fn shaken() -> Vec<u8> {
    let mut bytes = vec![3];
    bytes.extend([5; 2 * 1_536]);
    bytes
}

fn message(kind: Kind, stream: u32, timestamp: u32, payload: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let message = Message {
        kind,
        timestamp,
        stream,
        payload: payload.into(),
    };
    chunk::write(&mut out, 3 + u8::from(kind) % 8, &message, 128);
    out
}

fn body(values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        encode(value, &mut out).unwrap();
    }
    out
}

fn command(stream: u32, name: &str, transaction: f64, arguments: &[Value]) -> Vec<u8> {
    let head = [Value::string(name), Value::Number(transaction)];
    message(
        Kind::CommandAmf0,
        stream,
        0,
        body(&[&head, arguments].concat()),
    )
}

fn application() -> Value {
    Value::object([
        ("app", Value::string("live")),
        ("tcUrl", Value::string("rtmp://host/live")),
        ("fourCcList", Value::StrictArray(vec![Value::string("*")])),
    ])
}

/// A client's bytes up to `connect`.
pub fn connected() -> Vec<u8> {
    [shaken(), command(0, "connect", 1.0, &[application()])].concat()
}

fn publishing() -> Vec<u8> {
    let name = [Value::Null, Value::string("key"), Value::string("live")];
    [
        command(0, "releaseStream", 2.0, &name[..2]),
        command(0, "FCPublish", 3.0, &name[..2]),
        command(0, "createStream", 4.0, &name[..1]),
        command(1, "publish", 5.0, &name),
    ]
    .concat()
}

/// A client's bytes up to `publish`.
pub fn published() -> Vec<u8> {
    [connected(), publishing()].concat()
}

/// A client that plays, pauses and goes.
fn played() -> Vec<u8> {
    let name = [Value::Null, Value::string("ada?token=1")];
    let pause = |yes| [Value::Null, Value::Boolean(yes), Value::Number(0.0)];
    [
        connected(),
        command(0, "createStream", 2.0, &name[..1]),
        command(0, "getStreamLength", 3.0, &name),
        command(1, "play", 4.0, &name),
        command(1, "pause", 0.0, &pause(true)),
        command(1, "pause", 0.0, &pause(false)),
        command(1, "seek", 0.0, &[Value::Null, Value::Number(1.0)]),
        command(0, "deleteStream", 0.0, &[Value::Null, Value::Number(1.0)]),
    ]
    .concat()
}

fn metadata() -> Vec<u8> {
    let values = Value::EcmaArray(vec![
        ("width".to_owned(), Value::Number(1_280.0)),
        ("videocodecid".to_owned(), Value::string("hvc1")),
        ("stereo".to_owned(), Value::Boolean(true)),
    ]);
    body(&[
        Value::string("@setDataFrame"),
        Value::string("onMetaData"),
        values,
    ])
}

/// Bodies of media: plain, enhanced, with modifiers and several tracks.
fn media() -> Vec<(TagKind, Vec<u8>)> {
    let tags: [(TagKind, &[u8]); 9] = [
        (TagKind::Video, &[0x17, 0, 0, 0, 0, 1, 100, 0, 31]),
        (TagKind::Audio, &[0xAF, 0, 0x12, 0x10]),
        (TagKind::Video, &[0x17, 1, 0, 0, 80, 0, 0, 0, 1, 0x65]),
        (TagKind::Video, &[0x27, 1, 0, 0, 40, 0, 0, 0, 1, 0x41]),
        (TagKind::Audio, &[0xAF, 1, 0x21, 0x10]),
        (TagKind::Video, b"\x90hvc1\x01\x02\x03"),
        (TagKind::Video, b"\x97\x02\0\0\0\x13hvc1\x05frame"),
        (TagKind::Video, b"\x96\x10av01\x01frame"),
        (TagKind::Audio, b"\x95\x01Opus\x01sound"),
    ];
    tags.map(|(kind, body)| (kind, body.to_vec())).into()
}

/// What a publisher sends once it is let in.
fn broadcast() -> Vec<u8> {
    let mut bytes = message(Kind::SetChunkSize, 0, 0, 128_u32.to_be_bytes().to_vec());
    bytes.extend(message(Kind::DataAmf0, 1, 0, metadata()));
    for (number, (kind, body)) in (0..).zip(media()) {
        let kind = match kind {
            TagKind::Audio => Kind::Audio,
            _ => Kind::Video,
        };
        bytes.extend(message(kind, 1, 0xFF_FFF0 + number * 20, body.repeat(40)));
    }
    bytes.extend(message(Kind::Abort, 0, 0, vec![0, 0, 0, 4]));
    bytes.extend(message(Kind::UserControl, 0, 0, vec![0, 6, 1, 2, 3, 4]));
    bytes
}

fn flv() -> Vec<u8> {
    let mut bytes = file_header(true, true).to_vec();
    let script = metadata()[16..].to_vec();
    let tags = media();
    let script = std::iter::once((TagKind::Script, script));
    for (number, (kind, body)) in (0..).zip(script.chain(tags)) {
        bytes.extend(tag_bytes(kind, number * 20, &body).unwrap());
    }
    bytes
}

/// Whole messages: the type, then the body.
fn bodies() -> Vec<Vec<u8>> {
    let connect = [Value::string("connect"), Value::Number(1.0), application()];
    let date = Value::Date {
        unix_ms: 1e12,
        zone: 0,
    };
    let odd = [
        Value::string("publish"),
        Value::Undefined,
        Value::StrictArray(vec![date, Value::string("x".repeat(70_000))]),
    ];
    vec![
        behind(20, &body(&connect)),
        behind(17, &[&[0][..], &body(&connect)].concat()),
        behind(18, &metadata()),
        behind(20, &body(&odd)),
        vec![1, 0, 0, 16, 0],
        vec![4, 0, 6, 0, 0, 0, 1],
        vec![5, 0, 38, 37, 160],
    ]
}
