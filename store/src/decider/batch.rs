//! Batches: what is cut from the decided commands, and what becomes of it.

use super::{Answer, Decided, Decider, Ticket, Waiting, repeated};
use crate::sequencer::COMMAND_KEY;
use crate::storage::StoredReceipt;
use std::collections::HashSet;
use std::sync::Arc;
use tributary_domain::{HistoryId, Position, Recorded};

impl Decider {
    /// What was decided since this was last asked for, and will stand in the batch after the one under
    /// way: to be drafted meanwhile. Should that one fail, the draft came to nothing.
    pub fn upcoming(&mut self) -> impl ExactSizeIterator<Item = &mut Decided> {
        let ordinal = self.staged.front().map_or(0, |first| first.ordinal);
        // Commands that are tried one by one are not known before the one before them is through.
        let end = if self.singly > 0 {
            0
        } else {
            self.staged
                .partition_point(|decided| decided.ordinal == ordinal)
        };
        let begin = self.drafted.min(end);
        self.drafted = end;
        self.staged.range_mut(begin..end)
    }

    /// The next batch to append, unless one is under way. The caller owes
    /// [`appended`](Self::appended) or [`failed`](Self::failed).
    pub fn next_batch(&mut self) -> Option<&mut [Decided]> {
        while self.in_flight.is_none() {
            let ordinal = self.staged.front()?.ordinal;
            self.drafted = 0;
            let mut cut = Vec::new();
            while let Some(next) = self.staged.front() {
                let full = self.singly > 0 && cut.iter().any(|d: &Decided| !d.places.is_empty());
                if next.ordinal != ordinal || (full && !next.places.is_empty()) {
                    break;
                }
                cut.extend(self.staged.pop_front());
            }
            if ordinal == self.ordinal {
                self.ordinal += 1;
                self.ordinal_events = 0;
                // What was not taken goes on in the batch that is being filled now.
                for decided in &mut self.staged {
                    decided.ordinal = self.ordinal;
                    self.ordinal_events += decided.places.len();
                    for (history, _) in &decided.places {
                        self.cache.restage(history, self.ordinal);
                    }
                }
            }
            if !self.limits.confirm && cut.iter().all(|decided| decided.places.is_empty()) {
                // Everything that these rest on is durable: no batch is under way.
                self.complete(cut, Position::START);
            } else {
                self.in_flight = Some(cut);
            }
        }
        self.in_flight.as_deref_mut()
    }

    /// The batch is durable; its first event stands at `first`, and these are all of them.
    pub fn appended(&mut self, first: Position, events: &[Arc<Recorded>]) {
        let Some(done) = self.in_flight.take() else {
            return;
        };
        let places = done.iter().flat_map(|decided| &decided.places);
        let mut events = events.iter();
        for (history, sequence) in places {
            let event = events.next().map(|recorded| &recorded.event);
            self.cache.durable(history, *sequence, event);
        }
        self.singly = self.singly.saturating_sub(1);
        self.complete(done, first);
    }

    fn complete(&mut self, done: Vec<Decided>, first: Position) {
        let mut next = first;
        for mut decided in done {
            let answer = match decided.answer {
                Waiting::Appended => {
                    let (first, last) = (next, next.plus(decided.places.len().saturating_sub(1)));
                    next = last.next();
                    let pending = &mut decided.pending;
                    if let Some((key, id)) = pending.key.zip(pending.request.id.take()) {
                        self.staged_ids.remove(&key);
                        self.used_ids.insert(key.short());
                        self.receipts.put(key, StoredReceipt { id, first, last });
                    }
                    Answer::Appended { first, last }
                }
                Waiting::Agreed => Answer::Agreed,
                Waiting::Rejected(rejection) => Answer::Rejected(rejection),
                Waiting::Duplicate => {
                    let id = decided.pending.request.id.as_ref();
                    let key = decided.pending.key.as_ref();
                    match key.and_then(|key| self.receipts.get(key)).zip(id) {
                        Some((receipt, id)) => repeated(id, receipt),
                        // The first one came to nothing after all: this one is decided for itself.
                        None => {
                            self.ready.push_back(decided.pending);
                            continue;
                        }
                    }
                }
            };
            self.answers.push((decided.pending.ticket, answer));
        }
    }

    /// The batch was not written. Its commands and all decided since are decided again, in order.
    /// `singly`: one command is appended at a time until these are through, so that one that cannot
    /// be stored does not hold up the others.
    pub fn failed(&mut self, singly: bool) {
        self.undo(singly);
        self.epoch += 1;
    }

    /// The batch was not written, because another node appended first: `theirs`, in order, and what
    /// cannot be read here to the histories `unread`. All is decided again, in order, upon that.
    pub fn overtaken(
        &mut self,
        theirs: &[Arc<Recorded>],
        unread: impl IntoIterator<Item = HistoryId>,
    ) {
        self.undo(false);
        for recorded in theirs {
            let Recorded {
                history, sequence, ..
            } = recorded.as_ref();
            self.cache.catch_up(history, *sequence, &recorded.event);
        }
        let mut all_read = true;
        for history in unread {
            self.cache.forget(&history);
            all_read = false;
        }
        let epoch = self.epoch;
        self.epoch += 1;
        if all_read {
            // An id that was not used before, and that no event of theirs carries, is not used now.
            let used: HashSet<&str> = theirs
                .iter()
                .filter_map(|recorded| recorded.metadata.get(COMMAND_KEY))
                .map(String::as_str)
                .collect();
            let blocked = self.blocked.values_mut().map(|(pending, _)| pending);
            for pending in self.ready.iter_mut().chain(blocked) {
                let id = pending.request.id.as_ref();
                if pending.unused_in == Some(epoch)
                    && id.is_some_and(|id| !used.contains(id.id.as_str()))
                {
                    pending.unused_in = Some(self.epoch);
                }
            }
        }
    }

    /// Makes everything undecided that is not durable.
    fn undo(&mut self, singly: bool) {
        let undone: Vec<Decided> = self
            .in_flight
            .take()
            .into_iter()
            .flatten()
            .chain(self.staged.drain(..))
            .collect();
        self.staged_ids.clear();
        self.drafted = 0;
        self.ordinal += 1;
        self.ordinal_events = 0;
        if singly {
            self.singly = undone
                .iter()
                .filter(|decided| !decided.places.is_empty())
                .count();
        }
        for decided in undone.into_iter().rev() {
            for (history, _) in &decided.places {
                self.cache.undo(history);
            }
            self.ready.push_front(decided.pending);
        }
    }

    /// Whether the batch under way holds one command, because it or one near it failed before.
    pub fn fails_singly(&self) -> bool {
        self.singly > 0
    }

    /// Gives up the commands of the batch that cannot be written, and returns their tickets; those
    /// decided since are decided again.
    pub fn give_up(&mut self) -> Vec<Ticket> {
        let lost = self
            .in_flight
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        let has_events = lost.iter().any(|decided| !decided.places.is_empty());
        let mut tickets = Vec::new();
        let mut kept = Vec::new();
        for decided in lost {
            for (history, _) in &decided.places {
                self.cache.undo(history);
            }
            // What only waited for the others' events is decided without them.
            if has_events && decided.places.is_empty() {
                kept.push(decided.pending);
            } else {
                tickets.push(decided.pending.ticket);
            }
        }
        self.singly = self.singly.saturating_sub(1);
        self.failed(false);
        for pending in kept.into_iter().rev() {
            self.ready.push_front(pending);
        }
        tickets
    }
}
