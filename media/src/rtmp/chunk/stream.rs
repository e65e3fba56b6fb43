//! What one chunk stream remembers from chunk to chunk.

use super::header::Fields;
use super::partial::Partial;

/// What later chunks of a chunk stream refer to.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub id: u32,
    pub timestamp: u32,
    delta: u32,
    pub length: usize,
    pub kind: u8,
    pub stream: u32,
    /// The last extended timestamp field, if the last header had one.
    extended: Option<u32>,
    /// Whether this peer repeats it on format 3 chunks: the specification says so, some do not.
    repeats_extended: Option<bool>,
    /// The message that is unfinished, if one is.
    pub partial: Option<Partial>,
}

/// What the 4 bytes behind a header are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extended {
    /// Payload: there is no such field.
    None,
    /// The field that this header announced.
    Announced(u32),
    /// The field of the header before it, once more.
    Repeated,
    /// Payload, where another peer would repeat the field.
    NotRepeated,
}

impl Stream {
    pub(super) fn new(id: u32) -> Self {
        Self {
            id,
            ..Self::default()
        }
    }

    /// Whether the 4 bytes behind a header of format 3 have to be looked at.
    pub(super) fn may_repeat(&self) -> bool {
        self.extended.is_some() && self.repeats_extended != Some(false)
    }

    /// What they are, where they may be the extended timestamp again.
    pub(super) fn judge(&self, found: u32) -> Extended {
        if self.extended == Some(found) || found == self.timestamp {
            Extended::Repeated
        } else {
            Extended::NotRepeated
        }
    }

    /// Merges a header with what is known.
    pub(super) const fn take_header(&mut self, fields: Fields, extended: Extended) {
        match extended {
            Extended::Repeated => self.repeats_extended = Some(true),
            Extended::NotRepeated => self.repeats_extended = Some(false),
            Extended::None | Extended::Announced(_) => {}
        }
        if fields.format == 3 {
            return;
        }
        let time;
        (self.extended, time) = match extended {
            Extended::Announced(time) => (Some(time), time),
            _ => (None, fields.timestamp),
        };
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

    /// Begins a message. A format 3 chunk that does repeats the step of the message before it.
    pub(super) fn begin(&mut self, format: u8) {
        if format != 0 {
            self.timestamp = self.timestamp.wrapping_add(self.delta);
        }
        self.partial = Some(Partial::new(self.length));
    }
}
