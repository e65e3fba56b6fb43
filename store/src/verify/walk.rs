//! Goes through the rows in order and notes what is wrong. Computes, and reads nothing.

use super::indexes::Expected;
use super::sequences::Sequences;
use super::{FINDINGS_MAX, Fault, Finding};
use crate::chain::Hash;
use crate::checkpoint::Checkpoint;
use crate::reader::{Bounds, Misindexed, RawRow, Sum, key_of_history};
use crate::storage::StoredReceipt;
use std::collections::BTreeSet;
use std::hash::RandomState;
use std::iter::Peekable;
use std::vec::IntoIter;
use tributary_domain::{Position, Timestamp, personal};

/// Where the chain was first seen to break, and the links before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Suspect {
    pub(super) position: i64,
    /// The link that it should follow.
    pub(super) previous: Hash,
    /// The one before that.
    pub(super) before: Option<Hash>,
}

/// See the [module](self).
pub(super) struct Walk {
    from: Position,
    /// The last row's place, as it is stored.
    position: i64,
    /// Its link, as it is stored: what follows is judged by itself.
    hash: Hash,
    before: Option<Hash>,
    recorded_at_micros: i64,
    checkpoints: Peekable<IntoIter<Checkpoint>>,
    log: Option<Hash>,
    /// Histories and channels are hashed with these.
    keys: RandomState,
    sequences: Sequences,
    /// Of a log whose indexes are compared.
    expected: Option<Expected>,
    broken: Option<Suspect>,
    findings: Vec<Finding>,
    more_findings: u64,
    /// Where sequences were found to be wrong: they may be followed twice.
    wrong_sequences: BTreeSet<i64>,
    events: u64,
    personal: u64,
    compared: u64,
    agreed: Option<Position>,
}

impl Walk {
    /// `hash` is the link at `from`, which is trusted.
    pub(super) fn new(
        from: Position,
        hash: Hash,
        checkpoints: Vec<Checkpoint>,
        keys: RandomState,
        sequences: Sequences,
        expected: Option<Expected>,
    ) -> Self {
        let checkpoints: Vec<_> = checkpoints
            .into_iter()
            .filter(|checkpoint| checkpoint.position >= from)
            .collect();
        Self {
            from,
            position: from.get(),
            hash,
            before: None,
            recorded_at_micros: i64::MIN,
            log: None,
            checkpoints: checkpoints.into_iter().peekable(),
            keys,
            sequences,
            expected,
            broken: None,
            findings: vec![],
            more_findings: 0,
            wrong_sequences: BTreeSet::new(),
            events: 0,
            personal: 0,
            compared: 0,
            agreed: None,
        }
    }

    fn find(&mut self, position: i64, fault: Fault) {
        if self.findings.len() == FINDINGS_MAX {
            self.more_findings += 1;
            return;
        }
        let position = place(position);
        self.findings.push(Finding { position, fault });
    }

    /// Takes in the next row.
    pub(super) fn take(&mut self, row: &RawRow<'_>) {
        let position = row.stored_position();
        if position == self.from.get() && self.events == 0 {
            // The event of the checkpoint that it all begins from.
            self.recorded_at_micros = row.recorded_at_micros();
            self.compare(row);
            return;
        }
        self.events += 1;
        let history = self.history(row);
        if let Some(expected) = &mut self.expected {
            expected.take(&self.keys, row, history);
        }
        if position == 1 {
            self.log = Some(row.hash());
        }
        let expected = self.position + 1;
        let computed = row.link(&self.hash);
        if position < expected {
            let stored = position;
            self.find(self.position, Fault::NotAPosition { stored });
        } else if position > expected {
            let upto = place(position - 1);
            self.find(expected, Fault::Missing { upto });
        } else if computed != row.hash() {
            self.find(position, Fault::Broken);
            self.broken.get_or_insert(Suspect {
                position,
                previous: self.hash,
                before: self.before,
            });
        }
        self.check(row);
        self.take_sequence_of(row, history);
        self.compare(row);
        self.position = position;
        self.before = Some(self.hash);
        self.hash = row.hash();
        self.recorded_at_micros = row.recorded_at_micros();
    }

    /// What does not hang on the chain.
    fn check(&mut self, row: &RawRow<'_>) {
        let position = row.stored_position();
        if row.recorded_at_micros() < self.recorded_at_micros {
            let before = Timestamp::from_timestamp_micros(self.recorded_at_micros);
            let fault = Fault::TimeBackwards {
                found: row.recorded_at(),
                before: before.unwrap_or_default(),
            };
            self.find(position, fault);
        }
        if let Some(column) = row.personal() {
            let fits = match [row.payload(), column].map(std::str::from_utf8) {
                [Ok(payload), Ok(column)] => personal::column_matches(payload, Some(column)),
                _ => false,
            };
            if fits {
                self.personal += 1;
            } else {
                self.find(position, Fault::Personal);
            }
        }
    }

    /// Only whether the row is the next one of its history.
    pub(super) fn take_sequence(&mut self, row: &RawRow<'_>) {
        self.take_sequence_of(row, self.history(row));
    }

    fn history(&self, row: &RawRow<'_>) -> u64 {
        key_of_history(&self.keys, row.aggregate_type(), row.aggregate_id())
    }

    fn take_sequence_of(&mut self, row: &RawRow<'_>, history: u64) {
        let position = row.stored_position();
        if position <= self.from.get() {
            return;
        }
        let (kind, id, found) = (row.aggregate_type(), row.aggregate_id(), row.sequence());
        if let Some(expected) = self.sequences.take(history, found)
            && self.wrong_sequences.len() < FINDINGS_MAX
            && self.wrong_sequences.insert(position)
        {
            let [kind, id] = [kind, id].map(String::from_utf8_lossy);
            let fault = Fault::Sequence {
                history: format!("{kind}/{id}"),
                expected,
                found,
            };
            self.find(position, fault);
        }
    }

    /// Compares the checkpoints of this place with the link that is stored here.
    fn compare(&mut self, row: &RawRow<'_>) {
        let position = row.position();
        while let Some(checkpoint) = self
            .checkpoints
            .next_if(|checkpoint| checkpoint.position <= position)
        {
            if checkpoint.position < position {
                // The event is missing, which was told.
                continue;
            }
            self.compared += 1;
            let signed_at = checkpoint.signed_at;
            if self.log.is_some_and(|log| log != checkpoint.log)
                && self.agreed.is_none()
                && checkpoint.hash != row.hash()
            {
                self.find(position.get(), Fault::OtherLog);
            } else if checkpoint.hash == row.hash() {
                self.agreed = Some(position);
            } else {
                let agreed = self.agreed.unwrap_or_default();
                self.find(position.get(), Fault::Recomputed { agreed, signed_at });
            }
        }
    }

    /// After the last row.
    pub(super) fn end(&mut self, bounds: &Bounds) {
        let next = self.position + 1;
        if let Some(stored) = bounds.first.filter(|first| *first < 1) {
            self.find(1, Fault::NotAPosition { stored });
        }
        if self.position < bounds.head.position.get() {
            let head = bounds.head.position;
            self.find(next, Fault::CutOff { head });
        } else if let Some(last) = bounds
            .last
            .filter(|last| *last > bounds.head.position.get())
        {
            let last = place(last);
            self.find(bounds.head.position.get() + 1, Fault::BeyondHead { last });
        } else if self.events > 0
            && (self.hash != bounds.head.hash
                || self.recorded_at_micros != bounds.head.recorded_at.timestamp_micros())
        {
            self.find(self.position, Fault::HeadDiffers);
        }
        if let Some(checkpoint) = self.checkpoints.next() {
            let signed_at = checkpoint.signed_at;
            self.find(next, Fault::ShorterThanCheckpoint { signed_at });
        }
    }

    /// What was found about receipts.
    pub(super) fn receipts(&mut self, (count, first): (u64, Option<StoredReceipt>)) {
        if count > 0 {
            let (command, first) =
                first.map_or_else(Default::default, |receipt| (receipt.id.id, receipt.first));
            let fault = Fault::Receipts {
                count,
                command,
                first,
            };
            self.find(first.get(), fault);
        }
    }

    /// What was found about indexes.
    pub(super) fn misindexed(&mut self, found: Vec<Misindexed>) {
        for Misindexed {
            index,
            position,
            key,
            is_missing,
        } in found
        {
            let fault = if is_missing {
                Fault::NotIndexed { index, key }
            } else {
                Fault::WronglyIndexed { index, key }
            };
            self.find(position, fault);
        }
    }

    /// What the indexes must hold, if they are compared and the events themselves are whole.
    pub(super) fn indexed(&self) -> Option<[Sum; 2]> {
        let expected = self.expected.as_ref()?;
        (self.findings.is_empty()).then(|| expected.sums())
    }

    pub(super) fn next_sequences(&self) -> Option<Sequences> {
        self.sequences.next()
    }

    pub(super) fn follow(&mut self, sequences: Sequences) {
        self.sequences = sequences;
    }

    pub(super) fn first_broken(&self) -> Option<Suspect> {
        self.broken
    }

    pub(super) fn findings(&self) -> (Vec<Finding>, u64) {
        (self.findings.clone(), self.more_findings)
    }

    /// The last row's place.
    pub(super) fn position(&self) -> Position {
        place(self.position)
    }

    /// Where it begins.
    pub(super) fn from(&self) -> Position {
        self.from
    }

    pub(super) fn events(&self) -> u64 {
        self.events
    }

    pub(super) fn personal(&self) -> u64 {
        self.personal
    }

    pub(super) fn compared(&self) -> u64 {
        self.compared
    }

    pub(super) fn proven_upto(&self) -> Option<Position> {
        self.agreed
    }
}

fn place(position: i64) -> Position {
    Position::new(position).unwrap_or_default()
}
