//! What the server says, as messages.

use bytes::Bytes;

use super::limits::{SEND_CHUNK_BYTES, WINDOW_BYTES};
use crate::amf0::{Value, encode};
use crate::rtmp::chunk;
use crate::rtmp::message::{Kind, Message};

/// Chunk stream of protocol control.
const CONTROL: u8 = 2;
/// Chunk stream of replies on the connection.
const COMMAND: u8 = 3;
/// Chunk stream of `onStatus` on a message stream.
const STATUS: u8 = 5;

/// The FourCCs of enhanced RTMP whose headers and key frames are understood here.
const FOURCCS: [&str; 11] = [
    "hvc1", "av01", "vp09", "vp08", "avc1", "Opus", "fLaC", "ac-3", "ec-3", "mp4a", ".mp3",
];

/// User control event: the stream can be used now.
const STREAM_BEGIN: u16 = 0;
/// User control event: nothing follows on the stream.
const STREAM_EOF: u16 = 1;
/// User control event: answer to a ping.
const PING_RESPONSE: u16 = 7;

/// Everything that precedes the result of `connect`. The chunk size comes last, so that each is sent
/// in the size that holds for it.
pub(super) fn welcome() -> Bytes {
    let mut out = Vec::with_capacity(64);
    let window = WINDOW_BYTES.to_be_bytes();
    let mut bandwidth = window.to_vec();
    bandwidth.push(2);
    let chunk_size = u32::try_from(SEND_CHUNK_BYTES)
        .unwrap_or(u32::MAX)
        .to_be_bytes()
        .to_vec();
    for (kind, body) in [
        (Kind::WindowAcknowledgementSize, window.to_vec()),
        (Kind::SetPeerBandwidth, bandwidth),
        (Kind::SetChunkSize, chunk_size),
    ] {
        chunk::write(
            &mut out,
            CONTROL,
            &Message::control(kind, body),
            chunk::DEFAULT_CHUNK_BYTES,
        );
    }
    out.into()
}

/// The result of `connect`. `offered` is the client's `fourCcList`, if it has one.
pub(super) fn connected(transaction: f64, offered: Option<&Value>) -> Bytes {
    let properties = Value::object([
        ("fmsVer", Value::string("FMS/3,0,1,123")),
        ("capabilities", Value::Number(31.0)),
    ]);
    let mut information = vec![
        ("level".to_owned(), Value::string("status")),
        (
            "code".to_owned(),
            Value::string("NetConnection.Connect.Success"),
        ),
        (
            "description".to_owned(),
            Value::string("Connection succeeded."),
        ),
        ("objectEncoding".to_owned(), Value::Number(0.0)),
    ];
    if let Some(Value::StrictArray(offered)) = offered {
        let everything = offered.iter().any(|name| name.as_str() == Some("*"));
        let agreed = FOURCCS
            .iter()
            .filter(|known| everything || offered.iter().any(|name| name.as_str() == Some(known)))
            .map(|known| Value::string(*known))
            .collect();
        information.push(("fourCcList".to_owned(), Value::StrictArray(agreed)));
    }
    command(
        0,
        "_result",
        transaction,
        &[properties, Value::Object(information)],
    )
}

/// The result of a command that gives nothing back.
pub(super) fn done(transaction: f64) -> Bytes {
    command(0, "_result", transaction, &[Value::Null, Value::Undefined])
}

/// The result of `createStream`.
pub(super) fn stream_created(transaction: f64, stream: u32) -> Bytes {
    number(transaction, f64::from(stream))
}

/// The result of a command that gives a number.
pub(super) fn number(transaction: f64, number: f64) -> Bytes {
    let result = [Value::Null, Value::Number(number)];
    command(0, "_result", transaction, &result)
}

/// A command that was not carried out.
pub(super) fn failed(transaction: f64, description: &str) -> Bytes {
    let information = status_object("error", "NetConnection.Call.Failed", description);
    command(0, "_error", transaction, &[Value::Null, information])
}

/// An `onStatus` on a message stream.
pub(super) fn status(stream: u32, level: &str, code: &str, description: &str) -> Bytes {
    command(
        stream,
        "onStatus",
        0.0,
        &[Value::Null, status_object(level, code, description)],
    )
}

/// The stream that was created may be used.
pub(super) fn stream_begin(stream: u32) -> Bytes {
    user_control(STREAM_BEGIN, &stream.to_be_bytes())
}

/// Nothing follows on the stream.
pub(super) fn stream_end(stream: u32) -> Bytes {
    user_control(STREAM_EOF, &stream.to_be_bytes())
}

/// A player may look into the samples that it gets.
pub(super) fn sample_access(stream: u32) -> Bytes {
    let values = [
        Value::string("|RtmpSampleAccess"),
        Value::Boolean(true),
        Value::Boolean(true),
    ];
    values_on(Kind::DataAmf0, stream, &values)
}

/// The answer to a ping, with the ping's own data.
pub(super) fn pong(data: [u8; 4]) -> Bytes {
    user_control(PING_RESPONSE, &data)
}

/// So many bytes have come, modulo 2³².
pub(super) fn acknowledgement(received: u32) -> Bytes {
    let message = Message::control(Kind::Acknowledgement, received.to_be_bytes().to_vec());
    chunked(CONTROL, &message)
}

fn status_object(level: &str, code: &str, description: &str) -> Value {
    Value::object([
        ("level", Value::string(level)),
        ("code", Value::string(code)),
        ("description", Value::string(description)),
    ])
}

fn user_control(event: u16, data: &[u8]) -> Bytes {
    let mut body = event.to_be_bytes().to_vec();
    body.extend_from_slice(data);
    chunked(CONTROL, &Message::control(Kind::UserControl, body))
}

fn command(stream: u32, name: &str, transaction: f64, arguments: &[Value]) -> Bytes {
    let head = [Value::string(name), Value::Number(transaction)];
    values_on(Kind::CommandAmf0, stream, &[&head, arguments].concat())
}

fn values_on(kind: Kind, stream: u32, values: &[Value]) -> Bytes {
    let mut body = Vec::with_capacity(256);
    for value in values {
        // All of these are shallow and short, so this cannot fail; a lost reply would be the worst.
        if encode(value, &mut body).is_err() {
            return Bytes::new();
        }
    }
    let message = Message {
        kind,
        timestamp: 0,
        stream,
        payload: body.into(),
    };
    chunked(if stream == 0 { COMMAND } else { STATUS }, &message)
}

fn chunked(id: u8, message: &Message) -> Bytes {
    let mut out = Vec::with_capacity(message.payload.len() + 16);
    chunk::write(&mut out, id, message, SEND_CHUNK_BYTES);
    out.into()
}
