//! Whether each history's sequences are dense, in bounded memory.
//!
//! The last sequence of each history is kept under a keyed hash of the history's name. When there are
//! too many histories, only those whose hash ends in a certain way are followed from then on; the others
//! have their turn in another pass. Twice as many histories take twice as many passes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

/// A hash is a good key as it is.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// See the [module](self).
pub(super) struct Sequences {
    last: HashMap<u64, i64, BuildHasherDefault<AsItIs>>,
    histories_max: usize,
    /// Whether the log is read from its start, where every history begins with 1.
    from_start: bool,
    /// A hash is followed if `hash & mask == turn`.
    mask: u64,
    turn: u64,
}

impl Sequences {
    pub(super) fn new(histories_max: usize, from_start: bool) -> Self {
        Self {
            last: HashMap::default(),
            histories_max,
            from_start,
            mask: 0,
            turn: 0,
        }
    }

    /// Takes in the next event of the history with a hash; returns the sequence that was expected, if this is
    /// another.
    pub(super) fn take(&mut self, hash: u64, sequence: i64) -> Option<i64> {
        if hash & self.mask != self.turn {
            return None;
        }
        let expected = match self.last.entry(hash) {
            Entry::Occupied(mut entry) => entry.insert(sequence).saturating_add(1),
            Entry::Vacant(entry) => {
                entry.insert(sequence);
                if self.from_start { 1 } else { sequence }
            }
        };
        // The lowest bits first: what is kept in the map stays spread out.
        while self.last.len() > self.histories_max && self.mask != u64::MAX {
            self.mask = self.mask << 1 | 1;
            let (mask, turn) = (self.mask, self.turn);
            self.last.retain(|hash, _| hash & mask == turn);
        }
        (expected != sequence).then_some(expected)
    }

    /// What is to be followed in the next pass; `None` when all have had their turn. A pass that had to
    /// leave out some more narrows the passes after it, too.
    pub(super) fn next(&self) -> Option<Self> {
        let turn = self.turn.checked_add(1).filter(|turn| *turn <= self.mask)?;
        Some(Self {
            last: HashMap::default(),
            turn,
            ..*self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{BuildHasher as _, RandomState};

    fn passes(histories_max: usize, events: &[(u32, i64)]) -> (usize, Vec<(u32, i64)>) {
        let mut faults = vec![];
        let keys = RandomState::new();
        let mut sequences = Some(Sequences::new(histories_max, true));
        let mut passes = 0;
        while let Some(mut current) = sequences {
            passes += 1;
            for (history, sequence) in events {
                if current.take(keys.hash_one(history), *sequence).is_some() {
                    faults.push((*history, *sequence));
                }
            }
            sequences = current.next();
        }
        faults.sort_unstable();
        // What was followed until it was left out is followed again.
        faults.dedup();
        (passes, faults)
    }

    #[test]
    fn every_history_is_followed_once_however_many_there_are() {
        let mut events: Vec<_> = (0..3)
            .flat_map(|n| (0..1_000).map(move |history| (history, n + 1)))
            .collect();
        assert_eq!(passes(1_000, &events), (1, vec![]));
        let (many, faults) = passes(100, &events);
        assert!(many >= 10 && faults.is_empty(), "{many} {faults:?}");
        // A place twice, one left out, one that does not begin.
        events.extend([(7, 3), (8, 5), (5_000, 2)]);
        let all = vec![(7, 3), (8, 5), (5_000, 2)];
        assert_eq!(passes(10_000, &events), (1, all.clone()));
        assert_eq!(passes(100, &events).1, all);
    }
}
