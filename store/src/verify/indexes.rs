//! Whether SQLite finds every event by its history and its channel, and every receipt by its command: the
//! tables of its indexes hold what the events say, and nothing else.
//!
//! Both sides are added up, the tables' beside the walk; only where the sums differ is each entry looked up.

use crate::reader::{RawRow, Sum, Upto, key_of_channel};
use std::hash::RandomState;

/// What the tables must hold, by the events so far.
pub(super) struct Expected {
    upto: Upto,
    sums: [Sum; 2],
}

impl Expected {
    pub(super) fn new(upto: Upto) -> Self {
        let sums = Default::default();
        Self { upto, sums }
    }

    /// Takes in the next row; its history is hashed already.
    pub(super) fn take(&mut self, keys: &RandomState, row: &RawRow<'_>, history: u64) {
        let position = row.stored_position();
        let ([histories, channels], [upto, channels_upto]) = (&mut self.sums, self.upto);
        if position <= upto {
            histories.add(keys, history, position);
        }
        if position <= channels_upto
            && let Some(channel) = row.channel()
        {
            channels.add(keys, key_of_channel(keys, channel), position);
        }
    }

    pub(super) fn sums(&self) -> [Sum; 2] {
        self.sums
    }
}
