//! The operations that run on a socket, and what they have to say.

use super::frame;
use super::protocol::{self, Closing, Key, Protocol};
use crate::fanout::{Ending, Following, Outbox, Step};
use std::collections::VecDeque;

/// What is gathered into one write, unless one message alone is larger.
pub(super) const WRITE_BYTES: usize = 64 * 1024;

/// An operation that runs.
struct Operation {
    key: Key,
    /// What stands before each of its items.
    prefix: Box<[u8]>,
    following: Following,
}

/// See the [module](self).
#[derive(Default)]
pub(super) struct Operations {
    /// The oldest first.
    running: Vec<Operation>,
    /// Those that have something to say, as they will have their turn.
    ready: VecDeque<Key>,
    taken: Vec<Key>,
}

impl Operations {
    /// One begins; keys only grow.
    pub(super) fn begin(&mut self, key: Key, prefix: Box<[u8]>, following: Following) {
        self.running.push(Operation {
            key,
            prefix,
            following,
        });
        self.ready.push_back(key);
    }

    /// One is over, without a word.
    pub(super) fn stop(&mut self, key: Key) {
        if let Ok(at) = self.place(key) {
            self.running.remove(at);
        }
    }

    fn place(&self, key: Key) -> Result<usize, usize> {
        self.running.binary_search_by_key(&key, |known| known.key)
    }

    /// Takes in who has something to say, and whether the socket is to be closed.
    pub(super) fn notice(&mut self, outbox: &Outbox) -> Option<Closing> {
        let closing = outbox.take(&mut self.taken);
        for key in self.taken.drain(..) {
            if !self.ready.contains(&key) {
                self.ready.push_back(key);
            }
        }
        closing
    }

    /// Whether anybody has something to say.
    pub(super) fn are_silent(&self) -> bool {
        self.ready.is_empty()
    }

    /// Writes what they have to say, each in its turn, as long as it fits.
    pub(super) fn gather(&mut self, out: &mut Vec<u8>, protocol: &mut Protocol) {
        while out.len() < WRITE_BYTES
            && let Some(key) = self.ready.pop_front()
        {
            self.gather_from(key, out, protocol);
        }
    }

    fn gather_from(&mut self, key: Key, out: &mut Vec<u8>, protocol: &mut Protocol) {
        let Ok(at) = self.place(key) else {
            // It has ended meanwhile.
            return;
        };
        let Operation {
            prefix, following, ..
        } = &mut self.running[at];
        let step = following.take(&mut |_, payload| {
            frame::begin_text(out, prefix.len() + payload.len() + 1);
            out.extend_from_slice(prefix);
            out.extend_from_slice(payload);
            out.push(b'}');
            out.len() < WRITE_BYTES
        });
        match step {
            Step::Idle => {}
            Step::More => self.ready.push_back(key),
            Step::Ended(ending) => {
                self.running.remove(at);
                if let Some(id) = protocol.ended(key) {
                    write_ending(out, &id, &ending);
                }
            }
        }
    }
}

/// Writes how an operation ended.
pub(super) fn write_ending(out: &mut Vec<u8>, id: &str, ending: &Ending) {
    match ending {
        Ending::Complete => frame::write_text(out, &protocol::complete(id)),
        Ending::Errors(errors) => {
            let prefix = protocol::prefix(id, "error");
            frame::begin_text(out, prefix.len() + errors.len() + 1);
            out.extend_from_slice(&prefix);
            out.extend_from_slice(errors);
            out.push(b'}');
        }
    }
}
