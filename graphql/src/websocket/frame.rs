//! Frames of WebSocket (RFC 6455), the server's side. No IO: bytes in, messages out, and the other way.
//!
//! A server's frame is two to ten bytes before bytes that are not masked, so a message that goes to
//! thousands is copied as it is behind a header of its own. Nothing is kept between messages: an idle
//! socket has no buffer.

use std::ops::Range;

/// The most bytes of a control frame's content.
pub(crate) const CONTROL_BYTES_MAX: usize = 125;

/// The most frames that one message may come in. Clients send messages whole; a proxy may cut one.
const FRAGMENTS_MAX: usize = 64;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;

/// Something whole that a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text message.
    Text(String),
    /// To be answered with a pong of the same content.
    Ping(Vec<u8>),
    /// A sign of life.
    Pong,
    /// The client closes.
    Close,
}

/// Why no further byte of a client can be read: the code and reason to close with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// A close code of WebSocket.
    pub code: u16,
    /// For whoever wrote the client.
    pub reason: &'static str,
}

const fn violation(code: u16, reason: &'static str) -> Violation {
    Violation { code, reason }
}

const UNMASKED: Violation = violation(1002, "a client masks its frames");
const RESERVED: Violation = violation(
    1002,
    "no extension was agreed on: the reserved bits are zero",
);
const UNKNOWN: Violation = violation(1002, "this kind of frame is not defined");
const BAD_CONTROL: Violation = violation(
    1002,
    "a control frame is whole and has at most 125 bytes of content",
);
const BAD_CLOSE: Violation = violation(1002, "the close frame is malformed");
const NOT_BEGUN: Violation = violation(1002, "a continuation without a beginning");
const NOT_ENDED: Violation = violation(1002, "a message begins before the last one has ended");
const NOT_TEXT: Violation = violation(1003, "send text messages");
const NOT_UTF8: Violation = violation(1007, "a text message is UTF-8");
const TOO_LARGE: Violation = violation(1009, "the message is too large");
const TOO_MANY_PARTS: Violation = violation(1009, "the message comes in too many fragments");

struct Header {
    is_final: bool,
    opcode: u8,
    mask: [u8; 4],
    content: Range<usize>,
}

/// Reads a client's frames.
#[derive(Debug)]
pub struct Decoder {
    bytes_max: usize,
    /// What has come and is no whole frame yet.
    buffer: Vec<u8>,
    /// The fragments of a message that has begun.
    message: Vec<u8>,
    /// How many these are.
    fragments: usize,
}

impl Decoder {
    /// Takes messages of at most so many bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            buffer: Vec::new(),
            message: Vec::new(),
            fragments: 0,
        }
    }

    /// Whether a message or frame has begun and not ended.
    pub(crate) fn is_amid(&self) -> bool {
        !self.buffer.is_empty() || self.fragments > 0
    }

    /// Takes in what came, and gives what is whole by now to `each`, in order, until it says no.
    ///
    /// # Errors
    /// When a rule is broken. What came before it has been given.
    pub fn read(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(Incoming) -> bool,
    ) -> Result<(), Violation> {
        self.buffer.extend_from_slice(bytes);
        let mut taken = 0;
        while let Some(header) = self.header(taken)? {
            if self.buffer.len() < header.content.end {
                break;
            }
            let (content, end) = (header.content.clone(), header.content.end);
            unmask(&mut self.buffer[content], header.mask);
            let incoming = self.frame(&header)?;
            taken = end;
            if incoming.is_some_and(|incoming| !each(incoming)) {
                break;
            }
        }
        if taken == self.buffer.len() {
            self.buffer = Vec::new();
        } else {
            self.buffer.drain(..taken);
        }
        Ok(())
    }

    /// The header of the frame at `at`, once enough of it is there. Its length is checked before its
    /// content comes.
    fn header(&self, at: usize) -> Result<Option<Header>, Violation> {
        let bytes = &self.buffer[at..];
        let [first, second, ..] = *bytes else {
            return Ok(None);
        };
        if first & 0x70 != 0 {
            return Err(RESERVED);
        }
        if second & MASKED == 0 {
            return Err(UNMASKED);
        }
        let (is_final, opcode) = (first & FINAL != 0, first & 0x0F);
        let is_control = opcode >= CLOSE;
        match opcode {
            CONTINUATION if self.fragments == 0 => return Err(NOT_BEGUN),
            TEXT if self.fragments > 0 => return Err(NOT_ENDED),
            BINARY => return Err(NOT_TEXT),
            CONTINUATION | TEXT | CLOSE | PING | PONG => {}
            _ => return Err(UNKNOWN),
        }
        let short = second & 0x7F;
        if is_control && (!is_final || usize::from(short) > CONTROL_BYTES_MAX) {
            return Err(BAD_CONTROL);
        }
        let (length, after) = match short {
            126 => match *bytes {
                [_, _, a, b, ..] => (usize::from(u16::from_be_bytes([a, b])), 4),
                _ => return Ok(None),
            },
            127 => match bytes.get(2..10).and_then(|long| long.try_into().ok()) {
                Some(long) => {
                    let length = u64::from_be_bytes(long);
                    (usize::try_from(length).unwrap_or(usize::MAX), 10)
                }
                None => return Ok(None),
            },
            short => (usize::from(short), 2),
        };
        if !is_control && length > self.bytes_max.saturating_sub(self.message.len()) {
            return Err(TOO_LARGE);
        }
        let Some(mask) = bytes
            .get(after..after + 4)
            .and_then(|mask| mask.try_into().ok())
        else {
            return Ok(None);
        };
        let begin = at + after + 4;
        Ok(Some(Header {
            is_final,
            opcode,
            mask,
            content: begin..begin + length,
        }))
    }

    fn frame(&mut self, header: &Header) -> Result<Option<Incoming>, Violation> {
        let content = &self.buffer[header.content.clone()];
        match header.opcode {
            PING => Ok(Some(Incoming::Ping(content.to_vec()))),
            PONG => Ok(Some(Incoming::Pong)),
            CLOSE => close(content).map(Some),
            _ if header.is_final && self.fragments == 0 => text(content.to_vec()).map(Some),
            _ => {
                self.fragments += 1;
                if self.fragments > FRAGMENTS_MAX {
                    return Err(TOO_MANY_PARTS);
                }
                self.message.extend_from_slice(content);
                if !header.is_final {
                    return Ok(None);
                }
                self.fragments = 0;
                text(std::mem::take(&mut self.message)).map(Some)
            }
        }
    }
}

fn text(bytes: Vec<u8>) -> Result<Incoming, Violation> {
    String::from_utf8(bytes)
        .map(Incoming::Text)
        .map_err(|_| NOT_UTF8)
}

fn close(content: &[u8]) -> Result<Incoming, Violation> {
    match content {
        [] => Ok(Incoming::Close),
        [_] => Err(BAD_CLOSE),
        [a, b, reason @ ..] => {
            let code = u16::from_be_bytes([*a, *b]);
            let is_sendable = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
            if is_sendable && std::str::from_utf8(reason).is_ok() {
                Ok(Incoming::Close)
            } else {
                Err(BAD_CLOSE)
            }
        }
    }
}

fn unmask(bytes: &mut [u8], mask: [u8; 4]) {
    for chunk in bytes.chunks_mut(4) {
        for (byte, mask) in chunk.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
}

/// Begins a text message of `length` bytes, which the caller writes next.
pub(crate) fn begin_text(out: &mut Vec<u8>, length: usize) {
    begin(out, TEXT, length);
}

/// Begins a binary message of `length` bytes, which the caller writes next.
pub fn begin_binary(out: &mut Vec<u8>, length: usize) {
    begin(out, BINARY, length);
}

/// Writes a text message.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    begin_text(out, text.len());
    out.extend_from_slice(text);
}

/// Asks whether the client is there.
pub(crate) fn write_ping(out: &mut Vec<u8>) {
    begin(out, PING, 0);
}

/// Answers a ping.
pub fn write_pong(out: &mut Vec<u8>, content: &[u8]) {
    begin(out, PONG, content.len());
    out.extend_from_slice(content);
}

/// Closes. A reason that is too long for its frame is cut.
pub fn write_close(out: &mut Vec<u8>, code: u16, reason: &str) {
    let mut end = reason.len().min(CONTROL_BYTES_MAX - 2);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    begin(out, CLOSE, 2 + end);
    out.extend_from_slice(&code.to_be_bytes());
    out.extend_from_slice(&reason.as_bytes()[..end]);
}

fn begin(out: &mut Vec<u8>, opcode: u8, length: usize) {
    out.push(FINAL | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..=125), _) => out.push(short),
        (_, Ok(middle)) => {
            out.push(126);
            out.extend_from_slice(&middle.to_be_bytes());
        }
        _ => {
            out.push(127);
            let long = u64::try_from(length).unwrap_or(u64::MAX);
            out.extend_from_slice(&long.to_be_bytes());
        }
    }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
