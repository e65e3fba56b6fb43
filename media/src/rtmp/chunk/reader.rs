//! Chunks in, messages out.

use std::collections::HashMap;

use super::header::{Fields, Raw};
use super::partial::Partial;
use super::{CHUNK_BYTES_MAX, DEFAULT_CHUNK_BYTES, Error, Limits, STREAMS_MAX};
use crate::rtmp::message::{Kind, Message};

/// Reassembles one peer's messages. It reads each byte once, whatever the split, and holds at most
/// [`Limits::buffered_bytes_max`] (allocated: about twice that).
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    chunk_bytes: usize,
    streams: HashMap<u32, Stream>,
    buffered: usize,
    step: Step,
    header: Raw,
    /// Bytes read as an extended timestamp that turned out to be payload; at most 4.
    returned: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Header,
    Payload { id: u32, missing: usize },
}

/// What later chunks of a chunk stream refer to.
#[derive(Debug, Default)]
struct Stream {
    timestamp: u32,
    delta: u32,
    length: usize,
    kind: u8,
    stream: u32,
    /// The last extended timestamp field, if the last header had one.
    extended: Option<u32>,
    /// Whether this peer repeats it on format 3 chunks: the specification says so, some do not.
    repeats_extended: Option<bool>,
    partial: Option<Partial>,
}

impl Reader {
    /// Starts with a chunk size of [`DEFAULT_CHUNK_BYTES`].
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            chunk_bytes: DEFAULT_CHUNK_BYTES,
            streams: HashMap::new(),
            buffered: 0,
            step: Step::Header,
            header: Raw::default(),
            returned: Vec::new(),
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
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        loop {
            match self.step {
                Step::Header => {
                    if !self.read_header(input)? {
                        return Ok(None);
                    }
                }
                Step::Payload { id, missing } => {
                    let taken = self.read_payload(id, missing, input);
                    if taken < missing {
                        self.step = Step::Payload {
                            id,
                            missing: missing - taken,
                        };
                        return Ok(None);
                    }
                    self.step = Step::Header;
                    if let Some(message) = self.finish(id) {
                        self.control(&message)?;
                        return Ok(Some(message));
                    }
                }
            }
        }
    }

    /// Whether a whole header came, so that [`Self::step`] is now its payload.
    fn read_header(&mut self, input: &mut &[u8]) -> Result<bool, Error> {
        // The first byte tells the length of the basic header, and with it that of the fixed part.
        while self.header.missing(self.header.fixed_bytes()) > 0 {
            if !self.push_header_byte(input) {
                return Ok(false);
            }
        }
        let fields = self.header.fields();
        let known = self.streams.get(&fields.id);
        // librtmp opens its ping stream with format 1, which lacks only the message stream id.
        if known.is_none() && fields.format > 1 {
            return Err(Error::NoFirstHeader(fields.id));
        }
        let repeated = match known {
            Some(stream) if fields.format == 3 && stream.repeats_extended != Some(false) => {
                stream.extended
            }
            _ => None,
        };
        let mut extended = None;
        if fields.announces_extended() || repeated.is_some() {
            while self.header.missing(self.header.fixed_bytes() + 4) > 0 {
                if !self.push_header_byte(input) {
                    return Ok(false);
                }
            }
            extended = Some(u32::from_be_bytes(self.header.extended()));
        }
        self.begin_chunk(fields, extended)?;
        self.header.clear();
        Ok(true)
    }

    fn push_header_byte(&mut self, input: &mut &[u8]) -> bool {
        let byte = if self.returned.is_empty() {
            let Some((&byte, rest)) = input.split_first() else {
                return false;
            };
            *input = rest;
            byte
        } else {
            self.returned.remove(0)
        };
        self.header.push(byte);
        true
    }

    fn begin_chunk(&mut self, fields: Fields, extended: Option<u32>) -> Result<(), Error> {
        if self.streams.len() >= STREAMS_MAX && !self.streams.contains_key(&fields.id) {
            return Err(Error::TooManyStreams);
        }
        let stream = self.streams.entry(fields.id).or_default();
        if fields.format == 3 {
            if let (Some(expected), Some(found)) = (stream.extended, extended) {
                let repeats = found == expected || found == stream.timestamp;
                stream.repeats_extended = Some(repeats);
                if !repeats {
                    self.returned.extend_from_slice(&found.to_be_bytes());
                }
            }
        } else {
            if stream.partial.is_some() {
                return Err(Error::Interrupted(fields.id));
            }
            stream.take_header(fields, extended);
        }
        if stream.partial.is_none() {
            let limit = self.limits.message_bytes_max;
            if stream.length > limit {
                return Err(Error::MessageTooLong {
                    length: stream.length,
                    limit,
                });
            }
            // A format 3 chunk that begins a message repeats the step of the message before it.
            stream.timestamp = match fields.format {
                0 => stream.timestamp,
                _ => stream.timestamp.wrapping_add(stream.delta),
            };
            stream.partial = Some(Partial::new(stream.length));
        }
        let missing = stream
            .partial
            .as_ref()
            .map_or(0, Partial::missing)
            .min(self.chunk_bytes);
        // Payload bytes may not be there yet, but a peer that announces them is held to the limit now.
        if self.buffered + missing > self.limits.buffered_bytes_max {
            return Err(Error::TooMuchBuffered {
                limit: self.limits.buffered_bytes_max,
            });
        }
        self.step = Step::Payload {
            id: fields.id,
            missing,
        };
        Ok(())
    }

    /// Moves up to `missing` bytes into the chunk stream's message; gives their number.
    fn read_payload(&mut self, id: u32, missing: usize, input: &mut &[u8]) -> usize {
        let Some(partial) = self
            .streams
            .get_mut(&id)
            .and_then(|stream| stream.partial.as_mut())
        else {
            return missing;
        };
        let from_returned = self.returned.len().min(missing);
        partial.extend(&self.returned[..from_returned]);
        self.returned.drain(..from_returned);
        let (head, rest) = input.split_at(input.len().min(missing - from_returned));
        partial.extend(head);
        *input = rest;
        self.buffered += from_returned + head.len();
        from_returned + head.len()
    }

    /// The chunk stream's message, if it is complete.
    fn finish(&mut self, id: u32) -> Option<Message> {
        let stream = self.streams.get_mut(&id)?;
        let partial = stream.partial.take_if(|partial| partial.missing() == 0)?;
        self.buffered = self.buffered.saturating_sub(partial.received());
        Some(Message {
            kind: Kind::from(stream.kind),
            timestamp: stream.timestamp,
            stream: stream.stream,
            payload: partial.finish(),
        })
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
                let partial = self
                    .streams
                    .get_mut(&id)
                    .and_then(|stream| stream.partial.take());
                let freed = partial.map_or(0, |partial| partial.received());
                self.buffered = self.buffered.saturating_sub(freed);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Stream {
    /// Merges a header of format 0, 1 or 2.
    const fn take_header(&mut self, fields: Fields, extended: Option<u32>) {
        let time = match extended {
            Some(time) => time,
            None => fields.timestamp,
        };
        self.extended = extended;
        // After a full header, a format 3 chunk that begins a message adds the same value again.
        self.delta = time;
        if fields.format == 0 {
            self.timestamp = time;
            self.stream = fields.stream;
        }
        if fields.format < 2 {
            self.length = fields.length;
            self.kind = fields.kind;
        }
    }
}
