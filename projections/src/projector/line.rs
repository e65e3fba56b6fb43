//! One projection, as a node sees it that does not write it.

use crate::changed::Changed;
use crate::fold::Projection;
use std::collections::VecDeque;
use std::sync::Arc;
use tributary_domain::{Position, Recorded};
use tributary_store::Page;

/// Events that a projection has yet to fold and that are remembered. Past it, it is followed by its
/// checkpoints alone until it has caught up: one that is parked costs no more memory, and holds up
/// nobody.
const PENDING_MAX: usize = 16_384;

pub(super) struct Line {
    pub(super) projection: Box<dyn Projection>,
    /// Where its rows stand in the table.
    pub(super) checkpoint: Position,
    /// What it has yet to fold.
    pending: VecDeque<Arc<Recorded>>,
    /// What it has yet to fold up to here is not known, only what comes after.
    blind_to: Option<Position>,
}

impl Line {
    /// A projection that stands at `checkpoint`; the log is read on from `read`.
    pub(super) fn new(
        projection: Box<dyn Projection>,
        checkpoint: Position,
        read: Position,
    ) -> Self {
        Self {
            projection,
            checkpoint,
            pending: VecDeque::new(),
            blind_to: (checkpoint < read).then_some(read),
        }
    }

    /// Takes in a page of the log: what is folded already is announced, the rest is waited for. Whether
    /// there is more to wait for than before.
    pub(super) fn take_in(&mut self, page: &Page, changed: &mut Changed) -> bool {
        let before = self.pending.len();
        for event in &page.events {
            if self.projection.want(event) {
                if event.position <= self.checkpoint {
                    self.projection.announce(event, changed);
                } else {
                    self.pending.push_back(Arc::clone(event));
                }
            }
        }
        // No row is looked at here.
        for table in self.projection.tables() {
            table.clear();
        }
        let waits_for_more = self.pending.len() > before;
        if self.pending.len() > PENDING_MAX {
            self.pending.clear();
            self.blind_to = Some(page.upto);
        }
        waits_for_more
    }

    /// Its rows are written up to `checkpoint`.
    pub(super) fn written(&mut self, checkpoint: Position, changed: &mut Changed) {
        if let Some(blind_to) = self.blind_to {
            changed.anything |= checkpoint > self.checkpoint;
            self.blind_to = (checkpoint < blind_to).then_some(blind_to);
        }
        self.checkpoint = checkpoint;
        while let Some(event) = self.pending.front()
            && event.position <= checkpoint
        {
            self.projection.announce(event, changed);
            self.pending.pop_front();
        }
    }

    /// Whether its writer has something to fold.
    pub(super) fn waits(&self) -> bool {
        !self.pending.is_empty() || self.blind_to.is_some()
    }

    /// Up to where its rows are those of the log, which is known up to `read`.
    pub(super) fn position(&self, read: Position) -> Position {
        if self.blind_to.is_some() {
            return self.checkpoint;
        }
        let before =
            |event: &Arc<Recorded>| Position::new(event.position.get() - 1).unwrap_or_default();
        let known = self.pending.front().map_or(read, before);
        known.max(self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
