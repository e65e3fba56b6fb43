//! A client written by hand against the session.

mod faults;
mod playing;
mod publishing;

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::amf0::{self, Value};
use crate::flv::{self, Tag};
use crate::rtmp::chunk;
use crate::rtmp::handshake::{BLOCK_BYTES, VERSION};
use crate::rtmp::message::{Kind, Message};

pub(super) const NOW: Duration = Duration::from_secs(1);

/// The client's side of the handshake, all at once.
pub(super) fn handshake() -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend([5; 2 * BLOCK_BYTES]);
    bytes
}

pub(super) fn chunked(kind: Kind, stream: u32, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let payload = Bytes::copy_from_slice(payload);
    let mut out = Vec::new();
    let id = match kind {
        Kind::Audio => 4,
        Kind::Video => 6,
        _ => 3,
    };
    chunk::write(
        &mut out,
        id,
        &Message {
            kind,
            timestamp,
            stream,
            payload,
        },
        128,
    );
    out
}

pub(super) fn body(values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        amf0::encode(value, &mut out).unwrap();
    }
    out
}

pub(super) fn command(stream: u32, name: &str, transaction: f64, arguments: &[Value]) -> Vec<u8> {
    let mut values = vec![Value::string(name), Value::Number(transaction)];
    values.extend_from_slice(arguments);
    chunked(Kind::CommandAmf0, stream, 0, &body(&values))
}

pub(super) fn connect() -> Vec<u8> {
    let properties = Value::object([
        ("app", Value::string("live")),
        ("tcUrl", Value::string("rtmp://host/live")),
    ]);
    command(0, "connect", 1.0, &[properties])
}

pub(super) fn publish(key: &str) -> Vec<u8> {
    command(
        1,
        "publish",
        5.0,
        &[Value::Null, Value::string(key), Value::string("live")],
    )
}

pub(super) fn feed(session: &mut Session, bytes: &[u8], now: Duration) {
    session.receive(Bytes::copy_from_slice(bytes), now);
}

/// Everything that OBS sends up to and with `publish`.
pub(super) fn until_publish(key: &str) -> Vec<u8> {
    let name = [Value::Null, Value::string(key)];
    [
        handshake(),
        connect(),
        command(0, "releaseStream", 2.0, &name),
        command(0, "FCPublish", 3.0, &name),
        command(0, "createStream", 4.0, &[Value::Null]),
        publish(key),
    ]
    .concat()
}

/// What came out of a session: bytes to the client in one piece, the rest in order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub sent: Vec<u8>,
    pub actions: Vec<Action>,
}

impl Outcome {
    pub(super) fn take(&mut self, session: &mut Session) {
        while let Some(action) = session.poll_action() {
            match action {
                Action::Send(bytes) => self.sent.extend_from_slice(&bytes),
                other => self.actions.push(other),
            }
        }
    }

    /// The commands among the bytes sent, as values.
    pub(super) fn commands(&self) -> Vec<Vec<Value>> {
        self.messages()
            .iter()
            .filter(|message| message.kind == Kind::CommandAmf0)
            .map(|message| amf0::decode_all(&message.payload).unwrap())
            .collect()
    }

    /// The messages among the bytes sent, behind the handshake.
    pub(super) fn messages(&self) -> Vec<Message> {
        let sent = self.sent.get(1 + 2 * BLOCK_BYTES..).unwrap_or_default();
        let mut input = Bytes::copy_from_slice(sent);
        let limits = Limits::default();
        let mut reader = Reader::new(limits.publisher());
        let mut messages = Vec::new();
        while let Some(message) = reader.read(&mut input).unwrap() {
            messages.push(message);
        }
        messages
    }

    /// The `code` of each `onStatus` that was sent.
    pub(super) fn codes(&self) -> Vec<String> {
        let statuses = self.commands().into_iter();
        statuses
            .filter(|values| values[0] == Value::string("onStatus"))
            .map(|values| values[3].get("code").unwrap().as_str().unwrap().to_owned())
            .collect()
    }

    pub(super) fn closed(&self) -> Option<&CloseReason> {
        self.actions.iter().find_map(|action| match action {
            Action::Close(reason) => Some(reason),
            _ => None,
        })
    }
}

pub(super) fn session() -> Session {
    Session::new(Limits::default(), 1, NOW)
}

/// A session that was fed these bytes, and what came out of it.
pub(super) fn session_after(bytes: &[u8]) -> (Session, Outcome) {
    let mut session = session();
    feed(&mut session, bytes, NOW);
    let mut outcome = Outcome::default();
    outcome.take(&mut session);
    (session, outcome)
}

/// A session that was fed these bytes and accepts whatever wants to publish.
pub(super) fn run_in(bytes: &[u8], pieces: &[usize]) -> Outcome {
    let mut session = session();
    let mut outcome = Outcome::default();
    let mut rest = bytes;
    let mut lengths = pieces.iter().copied().cycle();
    while !rest.is_empty() {
        let (piece, behind) =
            rest.split_at(lengths.next().unwrap_or(rest.len()).clamp(1, rest.len()));
        rest = behind;
        feed(&mut session, piece, NOW);
        outcome.take(&mut session);
        match outcome.actions.last() {
            Some(Action::Publish(_)) => session.accept_publish(NOW),
            Some(Action::Play(_)) => session.accept_play(NOW),
            _ => {}
        }
        outcome.take(&mut session);
    }
    outcome
}

pub(super) fn run(bytes: &[u8]) -> Outcome {
    run_in(bytes, &[])
}

/// A session whose publisher was accepted, and what it said so far.
pub(super) fn publishing() -> (Session, Outcome) {
    let mut session = session();
    feed(&mut session, &until_publish("secret"), NOW);
    session.accept_publish(NOW);
    let mut outcome = Outcome::default();
    outcome.take(&mut session);
    (session, outcome)
}
