//! The states that the decider keeps: bounded, least recently used first out, but never one that a
//! command under way stands on.

use lru::LruCache;
use tributary_domain::{AccountId, Event, HistoryId, State};

/// A history's state after one of its events.
#[derive(Clone)]
struct At {
    state: State,
    /// That event's place in the history.
    sequence: i64,
}

/// A history's state with every event decided so far.
pub(super) struct Entry {
    pub(super) state: State,
    /// The last event's place in the history.
    sequence: i64,
    /// The newest batch that holds one of its events and is not durable; 0 if all are.
    pub(super) rests_on: u64,
    /// The last event that is not durable; 0 if all are.
    staged_to: i64,
    /// The history as far as it is durable, while it is decided further than that: where other nodes
    /// append too, to begin again from.
    durable: Option<Box<At>>,
    /// Commands that wait with this history in hand.
    pins: u32,
}

pub(super) struct Cache {
    entries: LruCache<HistoryId, Entry>,
    capacity: usize,
    /// Whether what is durable is kept beside what is decided.
    keeps_durable: bool,
}

impl Cache {
    pub(super) fn new(capacity: usize, keeps_durable: bool) -> Self {
        Self {
            keeps_durable,
            entries: LruCache::unbounded(),
            capacity: capacity.max(1),
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn contains(&self, history: &HistoryId) -> bool {
        self.entries.contains(history)
    }

    pub(super) fn get(&mut self, history: &HistoryId) -> Option<&Entry> {
        self.entries.get(history)
    }

    /// Puts in what was read, unless the history is there already: then it may be further on. It is
    /// pinned for those who wait for it from the start, so that making room for the next one does
    /// not take it away again.
    pub(super) fn insert(&mut self, history: HistoryId, state: State, sequence: i64, pins: u32) {
        if let Some(entry) = self.entries.get_mut(&history) {
            entry.pins += pins;
            return;
        }
        let entry = Entry {
            state,
            sequence,
            rests_on: 0,
            staged_to: 0,
            durable: None,
            pins,
        };
        self.entries.put(history, entry);
        self.shrink();
    }

    /// Drops what was not used for longest. Pinned and undurable entries are passed over; commands
    /// under way are bounded, so these are too.
    fn shrink(&mut self) {
        let mut passed_over = Vec::new();
        while self.entries.len() + passed_over.len() > self.capacity {
            match self.entries.pop_lru() {
                Some((history, entry)) if entry.pins > 0 || entry.rests_on > 0 => {
                    passed_over.push((history, entry));
                }
                Some(_) => {}
                None => break,
            }
        }
        for (history, entry) in passed_over {
            self.entries.put(history, entry);
        }
    }

    /// Keeps a history until it is unpinned; false if it is not here.
    pub(super) fn pin(&mut self, history: &HistoryId) -> bool {
        let entry = self.entries.get_mut(history);
        entry.map(|entry| entry.pins += 1).is_some()
    }

    pub(super) fn unpin(&mut self, history: &HistoryId) {
        if let Some(entry) = self.entries.peek_mut(history) {
            entry.pins = entry.pins.saturating_sub(1);
        }
    }

    /// Takes in an event that is to be appended with the batch `ordinal`, and returns its place in
    /// the history.
    pub(super) fn fold(&mut self, history: &HistoryId, event: &Event, ordinal: u64) -> i64 {
        let entry = self.entries.get_or_insert_mut(history.clone(), || Entry {
            state: history.empty(),
            sequence: 0,
            rests_on: 0,
            staged_to: 0,
            durable: None,
            pins: 0,
        });
        if self.keeps_durable && entry.durable.is_none() {
            entry.durable = Some(Box::new(At {
                state: entry.state.clone(),
                sequence: entry.sequence,
            }));
        }
        entry.state.fold(event);
        entry.sequence += 1;
        entry.rests_on = ordinal;
        entry.staged_to = entry.sequence;
        entry.sequence
    }

    /// An event that was not taken into its batch goes with a later one.
    pub(super) fn restage(&mut self, history: &HistoryId, ordinal: u64) {
        if let Some(entry) = self.entries.peek_mut(history) {
            entry.rests_on = ordinal;
        }
    }

    /// The history's event at `sequence` is durable.
    pub(super) fn durable(&mut self, history: &HistoryId, sequence: i64, event: Option<&Event>) {
        let Some(entry) = self.entries.peek_mut(history) else {
            return;
        };
        if entry.staged_to == sequence {
            entry.rests_on = 0;
            entry.staged_to = 0;
            entry.durable = None;
        } else if let Some(durable) = &mut entry.durable {
            match event {
                Some(event) if durable.sequence + 1 == sequence => {
                    durable.state.fold(event);
                    durable.sequence = sequence;
                }
                Some(_) | None => entry.durable = None,
            }
        }
    }

    /// What was decided and is not durable came to nothing.
    pub(super) fn undo(&mut self, history: &HistoryId) {
        let Some(entry) = self.entries.peek_mut(history) else {
            return;
        };
        match entry.durable.take() {
            Some(durable) => {
                entry.state = durable.state;
                entry.sequence = durable.sequence;
                entry.rests_on = 0;
                entry.staged_to = 0;
            }
            None if entry.rests_on > 0 => self.forget(history),
            // Undone with an earlier event.
            None => {}
        }
    }

    /// Another node has appended to the history. What is not durable here was undone before.
    pub(super) fn catch_up(&mut self, history: &HistoryId, sequence: i64, event: &Event) {
        let Some(entry) = self.entries.peek_mut(history) else {
            return;
        };
        if entry.sequence + 1 == sequence && entry.rests_on == 0 {
            entry.state.fold(event);
            entry.sequence = sequence;
        } else if entry.sequence < sequence {
            self.forget(history);
        }
    }

    /// Drops what the states hold of a person who was erased, also of those that commands stand on:
    /// nothing is decided on these words any more.
    pub(super) fn forget_words_of(&mut self, account: AccountId) {
        for (_, entry) in &mut self.entries {
            entry.state.forget_words_of(account);
            if let Some(durable) = &mut entry.durable {
                durable.state.forget_words_of(account);
            }
        }
    }

    /// Reads the history anew when it is next needed.
    pub(super) fn forget(&mut self, history: &HistoryId) {
        self.entries.pop(history);
    }
}
