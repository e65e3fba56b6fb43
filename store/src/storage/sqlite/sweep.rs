//! Index entries that are not in the file yet.
//!
//! A batch's events lie side by side in the file, but their entries in an index do not: a thousand
//! events of a thousand histories would rewrite a thousand pages of it, each for one entry of a few
//! bytes. So entries gather in memory first, ordered by key, and a hand sweeps over the keys: appends
//! move as many entries into the file as they add, neighbours together. A small append leaves its share
//! to the ones behind it, until there is a step's worth: what a single entry rewrites is a page, and its
//! neighbours are in the same one. What gathers is bounded; a crash loses nothing, because everything is
//! read from the events again.

use std::collections::BTreeMap;
use std::ops::Bound;

/// About how many entries gather (a step and a batch more at most, twice in a row). More make longer
/// runs of neighbours, and a longer look at the newest events when the log is opened.
pub(super) const ENTRIES_MAX: usize = 32_768;

/// A step's worth, as a part of the entries that gather: 256.
const STEPS: usize = 128;

/// What gathers for one index: for each key its entries, oldest first, each with the position of
/// the event that it is for.
#[derive(Debug)]
pub(super) struct Gathered<K, E> {
    entries: BTreeMap<K, Vec<(i64, E)>>,
    count: usize,
    /// The sweep is past every key up to here.
    hand: Option<K>,
    /// The head when this sweep began. It takes nothing newer along: a key that is written all the
    /// time would hold the hand for ever.
    began: i64,
}

/// What one append moves into the file.
#[derive(Debug)]
pub(super) struct Moved<K, E> {
    /// Keys with their oldest entries.
    pub(super) runs: Vec<(K, Vec<(i64, E)>)>,
    hand: Option<K>,
    /// Set when the hand came around: every event up to here is in the file's index.
    pub(super) complete_to: Option<i64>,
}

impl<K: Ord + Clone, E: Clone> Gathered<K, E> {
    /// Empty, in a log that is in the file's index up to `position`.
    pub(super) fn new(position: i64) -> Self {
        Self {
            entries: BTreeMap::new(),
            count: 0,
            hand: None,
            began: position,
        }
    }

    /// Of all that gathered.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.keys()
    }

    /// A key's entries, oldest first.
    pub(super) fn get(&self, key: &K) -> &[(i64, E)] {
        self.entries.get(key).map_or(&[], Vec::as_slice)
    }

    /// Takes in the newest entry of a key.
    pub(super) fn add(&mut self, key: K, position: i64, entry: E) {
        self.entries.entry(key).or_default().push((position, entry));
        self.count += 1;
    }

    /// What should move to make room for `more` entries. Nothing changes before
    /// [`settle`](Self::settle).
    pub(super) fn due(&self, more: usize, entries_max: usize) -> Moved<K, E> {
        let over = (self.count + more).saturating_sub(entries_max);
        let mut over = if over < entries_max / STEPS {
            0
        } else {
            over.min(self.count)
        };
        let mut moved = Moved {
            runs: Vec::new(),
            hand: self.hand.clone(),
            complete_to: None,
        };
        let after = match &self.hand {
            Some(hand) => Bound::Excluded(hand),
            None => Bound::Unbounded,
        };
        for (key, entries) in self.entries.range((after, Bound::Unbounded)) {
            if over == 0 {
                return moved;
            }
            let old = entries.partition_point(|(position, _)| *position <= self.began);
            let taken = old.min(over);
            if taken > 0 {
                moved.runs.push((key.clone(), entries[..taken].to_vec()));
                over -= taken;
            }
            if taken == old {
                moved.hand = Some(key.clone());
            }
        }
        if over > 0 {
            // Around. What is still over goes with the next append.
            moved.hand = None;
            moved.complete_to = Some(self.began);
        }
        moved
    }

    /// What was due is in the file, durable. `head` is the last position that was added before.
    pub(super) fn settle(&mut self, moved: Moved<K, E>, head: i64) {
        for (key, run) in moved.runs {
            if let Some(entries) = self.entries.get_mut(&key) {
                entries.drain(..run.len().min(entries.len()));
                if entries.is_empty() {
                    self.entries.remove(&key);
                }
            }
            self.count = self.count.saturating_sub(run.len());
        }
        self.hand = moved.hand;
        if moved.complete_to.is_some() {
            self.began = head;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Appends `batches` of keys one after the other, and checks each time that file and memory
    /// together hold everything, in order, and that everything up to the mark is in the file.
    /// Returns the most that gathered, the runs that moved, and how far the mark lags at most.
    fn sweep(batches: &[Vec<u8>], entries_max: usize) -> (usize, usize, i64) {
        let mut gathered = Gathered::new(0);
        let mut file: BTreeMap<u8, Vec<i64>> = BTreeMap::new();
        let mut all: BTreeMap<u8, Vec<i64>> = BTreeMap::new();
        let (mut position, mut mark) = (0, 0);
        let (mut most, mut runs, mut lag) = (0, 0, 0);
        for batch in batches {
            let moved = gathered.due(batch.len(), entries_max);
            runs += moved.runs.len();
            for (key, run) in &moved.runs {
                let positions = run.iter().map(|(position, ())| position);
                file.entry(*key).or_default().extend(positions);
            }
            mark = moved.complete_to.unwrap_or(mark);
            gathered.settle(moved, position);
            for key in batch {
                position += 1;
                gathered.add(*key, position, ());
                all.entry(*key).or_default().push(position);
            }
            most = most.max(gathered.count);
            lag = lag.max(position - mark);
            for (key, positions) in &all {
                let mut found = file.get(key).cloned().unwrap_or_default();
                found.extend(gathered.get(key).iter().map(|(position, ())| position));
                assert_eq!(&found, positions);
            }
            let in_file: BTreeSet<i64> = file.values().flatten().copied().collect();
            assert!((1..=mark).all(|position| in_file.contains(&position)));
        }
        (most, runs, lag)
    }

    #[test]
    fn nothing_is_missing_and_memory_is_bounded() {
        let batches: Vec<Vec<u8>> = (0..400_u32)
            .map(|n| {
                (0..n % 17)
                    .map(|k| (n * 7 + k * 31).to_be_bytes()[3])
                    .collect()
            })
            .collect();
        let (most, _, lag) = sweep(&batches, 100);
        assert!(most <= 100 + 2 * 17, "{most}");
        assert!(lag <= 400, "{lag}");
    }

    #[test]
    fn a_key_that_is_written_all_the_time_does_not_hold_the_hand() {
        let mut batches = vec![vec![7; 10]; 500];
        batches[0][9] = 200;
        let (most, _, lag) = sweep(&batches, 64);
        assert!(most <= 64 + 20, "{most}");
        assert!(lag <= 300, "{lag}");
    }

    #[test]
    fn small_appends_leave_their_share_to_a_later_one() {
        let mut gathered = Gathered::new(0);
        let mut moves = Vec::new();
        for position in 1..=3_000 {
            let moved = gathered.due(1, 1_280);
            let count: usize = moved.runs.iter().map(|(_, run)| run.len()).sum();
            if count > 0 {
                moves.push(count);
            }
            gathered.settle(moved, position - 1);
            gathered.add(position * 7_919 % 3_001, position, ());
        }
        assert!(gathered.count < 1_280 + 10, "{}", gathered.count);
        // Fewer at most where the hand comes around.
        let all: usize = moves.iter().sum();
        assert!(all > 1_000 && all >= 9 * moves.len(), "{moves:?}");
    }

    #[test]
    fn neighbours_move_together() {
        let batches: Vec<Vec<u8>> = (0..200).map(|_| (0..=9).collect()).collect();
        let (_, runs, _) = sweep(&batches, 500);
        assert!(runs < 200, "{runs} runs for 2,000 entries");
    }
}
