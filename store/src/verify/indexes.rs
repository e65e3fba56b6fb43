//! Whether SQLite finds every event by its history and its channel, and every receipt by its command: the
//! tables of its indexes hold what the events say, and nothing else.
//!
//! Both sides are added up, the tables' beside the walk; only where the sums differ is each entry looked up.

use crate::reader::{RawRow, Sum, Upto};
use std::hash::RandomState;
use std::io::Write as _;

/// What the tables must hold, by the events so far.
pub(super) struct Expected {
    keys: RandomState,
    upto: Upto,
    sums: [Sum; 2],
    key: Vec<u8>,
}

impl Expected {
    pub(super) fn new(keys: RandomState, upto: Upto) -> Self {
        Self {
            keys,
            upto,
            sums: Default::default(),
            key: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, row: &RawRow<'_>) {
        let position = row.stored_position();
        let ([histories, channels], [history, channel]) = (&mut self.sums, self.upto);
        if position <= history {
            self.key.clear();
            self.key.extend_from_slice(row.aggregate_type());
            self.key.push(b'/');
            self.key.extend_from_slice(row.aggregate_id());
            histories.add(&self.keys, &self.key, position);
        }
        if position <= channel
            && let Some(of) = row.channel()
        {
            self.key.clear();
            // Writing to memory does not fail.
            let _ = write!(self.key, "{:X}", of.simple());
            channels.add(&self.keys, &self.key, position);
        }
    }

    pub(super) fn sums(&self) -> [Sum; 2] {
        self.sums
    }
}
