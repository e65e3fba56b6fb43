//! Chunks in, messages out.

use bytes::{Buf, Bytes};

use super::header::{Fields, HEADER_BYTES_MAX};
use super::partial::Partial;
use super::stream::{Extended, Stream};
use super::{CHUNK_BYTES_MAX, DEFAULT_CHUNK_BYTES, Error, Limits, STREAMS_MAX};
use crate::rtmp::message::{Kind, Message};

/// Reassembles one peer's messages. It looks at each byte once, whatever the split, and copies none of
/// a message that lies in one chunk and one input: its payload is a slice of that. Unfinished messages
/// are counted with all of their announced length, so that it never allocates more for them than
/// [`Limits::buffered_bytes_max`].
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    chunk_bytes: usize,
    /// In the order of their first chunk; at most [`STREAMS_MAX`].
    streams: Vec<Stream>,
    /// Where the last chunk's stream is: the next chunk is most likely of the same.
    latest: usize,
    /// Lengths of all unfinished messages together.
    announced: usize,
    step: Step,
    /// What came before the input and was not used yet: a header that was cut off, or bytes read as
    /// an extended timestamp that turned out to be payload.
    carry: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Header,
    Payload { index: usize, missing: usize },
}

/// A header, and the chunk stream it is for if that is known.
struct Head {
    fields: Fields,
    extended: Extended,
    /// Bytes of it.
    length: usize,
    index: Option<usize>,
}

impl Reader {
    /// Starts with a chunk size of [`DEFAULT_CHUNK_BYTES`].
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            chunk_bytes: DEFAULT_CHUNK_BYTES,
            streams: Vec::new(),
            latest: 0,
            announced: 0,
            step: Step::Header,
            carry: Vec::new(),
        }
    }

    /// Replaces the limits, for messages that begin from now on.
    pub const fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Takes bytes from the front of `input` up to the end of the next message. `None` means that all
    /// bytes were taken and no message is complete. Chunk sizes and aborts take effect here and are
    /// handed out as well.
    ///
    /// # Errors
    /// Any [`Error`]; the reader must then not be used again.
    pub fn read(&mut self, input: &mut Bytes) -> Result<Option<Message>, Error> {
        let mut at = 0;
        let message = self.read_from(input, &mut at);
        input.advance(at);
        message
    }

    fn read_from(&mut self, input: &Bytes, at: &mut usize) -> Result<Option<Message>, Error> {
        loop {
            let Step::Payload { index, missing } = self.step else {
                let Some(head) = self.read_header(input, at)? else {
                    return Ok(None);
                };
                self.begin_chunk(&head)?;
                continue;
            };
            let Some(stream) = self.streams.get_mut(index) else {
                return Ok(None);
            };
            let there = input.len() - *at;
            if missing == stream.length && there >= missing && self.carry.is_empty() {
                stream.partial = None;
                let payload = input.slice(*at..*at + missing);
                *at += missing;
                return self.finish(index, payload).map(Some);
            }
            let partial = stream.partial.get_or_insert_default();
            let carried = self.carry.len().min(missing);
            partial.extend(&self.carry[..carried]);
            self.carry.drain(..carried);
            let taken = there.min(missing - carried);
            partial.extend(&input[*at..*at + taken]);
            *at += taken;
            let missing = missing - carried - taken;
            if missing > 0 {
                self.step = Step::Payload { index, missing };
                return Ok(None);
            }
            self.step = Step::Header;
            if partial.missing() == 0 {
                let payload = std::mem::take(partial).finish();
                stream.partial = None;
                return self.finish(index, payload).map(Some);
            }
        }
    }

    /// The next header, once all of it came.
    fn read_header(&mut self, input: &Bytes, at: &mut usize) -> Result<Option<Head>, Error> {
        if self.carry.is_empty() {
            let rest = &input[*at..];
            let head = self.parse(rest)?;
            match &head {
                Some(head) => *at += head.length,
                None => {
                    self.carry.reserve_exact(HEADER_BYTES_MAX);
                    self.carry.extend_from_slice(rest);
                    *at = input.len();
                }
            }
            return Ok(head);
        }
        loop {
            if let Some(head) = self.parse(&self.carry)? {
                self.carry.drain(..head.length);
                return Ok(Some(head));
            }
            let Some(&byte) = input.get(*at) else {
                return Ok(None);
            };
            self.carry.push(byte);
            *at += 1;
        }
    }

    /// The header that `bytes` begin with; none if it is cut off.
    fn parse(&self, bytes: &[u8]) -> Result<Option<Head>, Error> {
        let Some((fields, mut length)) = Fields::parse(bytes) else {
            return Ok(None);
        };
        let index = self.find(fields.id);
        let stream = index.and_then(|index| self.streams.get(index));
        // librtmp opens its ping stream with format 1, which lacks only the message stream id.
        if stream.is_none() && fields.format > 1 {
            return Err(Error::NoFirstHeader(fields.id));
        }
        let repeating = stream.filter(|stream| fields.format == 3 && stream.may_repeat());
        let mut extended = Extended::None;
        if fields.announces_extended() || repeating.is_some() {
            let Some(field) = bytes.get(length..).and_then(<[u8]>::first_chunk) else {
                return Ok(None);
            };
            let found = u32::from_be_bytes(*field);
            extended = match repeating {
                Some(stream) => stream.judge(found),
                None => Extended::Announced(found),
            };
            if extended != Extended::NotRepeated {
                length += field.len();
            }
        }
        Ok(Some(Head {
            fields,
            extended,
            length,
            index,
        }))
    }

    fn find(&self, id: u32) -> Option<usize> {
        let latest = self.streams.get(self.latest);
        if latest.is_some_and(|stream| stream.id == id) {
            return Some(self.latest);
        }
        self.streams.iter().position(|stream| stream.id == id)
    }

    fn begin_chunk(&mut self, head: &Head) -> Result<(), Error> {
        let fields = head.fields;
        let index = match head.index {
            Some(index) => index,
            None if self.streams.len() >= STREAMS_MAX => return Err(Error::TooManyStreams),
            None => {
                self.streams.push(Stream::new(fields.id));
                self.streams.len() - 1
            }
        };
        self.latest = index;
        let Some(stream) = self.streams.get_mut(index) else {
            return Ok(());
        };
        if fields.format != 3 && stream.partial.is_some() {
            return Err(Error::Interrupted(fields.id));
        }
        stream.take_header(fields, head.extended);
        if stream.partial.is_none() {
            let limit = self.limits.message_bytes_max;
            if stream.length > limit {
                return Err(Error::MessageTooLong {
                    length: stream.length,
                    limit,
                });
            }
            // Its bytes may never come, but a peer that announces them is held to the limit now.
            self.announced += stream.length;
            if self.announced > self.limits.buffered_bytes_max {
                return Err(Error::TooMuchBuffered {
                    limit: self.limits.buffered_bytes_max,
                });
            }
            stream.begin(fields.format);
        }
        let missing = stream.partial.as_ref().map_or(0, Partial::missing);
        self.step = Step::Payload {
            index,
            missing: missing.min(self.chunk_bytes),
        };
        Ok(())
    }

    /// A message whose payload is complete.
    fn finish(&mut self, index: usize, payload: Bytes) -> Result<Message, Error> {
        self.step = Step::Header;
        self.announced = self.announced.saturating_sub(payload.len());
        let stream = self.streams.get(index);
        let message = Message {
            kind: Kind::from(stream.map_or(0, |stream| stream.kind)),
            timestamp: stream.map_or(0, |stream| stream.timestamp),
            stream: stream.map_or(0, |stream| stream.stream),
            payload,
        };
        self.control(&message)?;
        Ok(message)
    }

    /// Applies what concerns the chunks themselves.
    fn control(&mut self, message: &Message) -> Result<(), Error> {
        match message.kind {
            Kind::SetChunkSize => {
                let size = message.word().ok_or(Error::ShortControl)?;
                self.chunk_bytes = usize::try_from(size)
                    .ok()
                    .filter(|bytes| (1..=CHUNK_BYTES_MAX).contains(bytes))
                    .ok_or(Error::ChunkSize(size))?;
            }
            Kind::Abort => {
                let id = message.word().ok_or(Error::ShortControl)?;
                let stream = self.streams.iter_mut().find(|stream| stream.id == id);
                let partial = stream.and_then(|stream| stream.partial.take());
                let freed = partial.map_or(0, |partial| partial.length());
                self.announced = self.announced.saturating_sub(freed);
            }
            _ => {}
        }
        Ok(())
    }
}
