//! A publisher's hold on its broadcast.

use std::sync::Arc;

use tokio::time::Instant;

use super::broadcast::{Broadcast, Stop};
use super::unpoisoned;
use crate::flv::{MediaInfo, Tag};
use crate::gate::{IngestId, StopReason};

/// The right to publish into a broadcast, until it is dropped or taken away.
#[derive(Debug)]
pub struct Publishing {
    broadcast: Arc<Broadcast>,
    ingest: IngestId,
    stop: Arc<Stop>,
    last_wake: Option<Instant>,
    /// When viewers have to be woken at the latest for what was pushed and they do not know of.
    due: Option<Instant>,
}

impl Publishing {
    pub(super) fn attach(broadcast: Arc<Broadcast>, ingest: IngestId) -> Self {
        let stop = broadcast.attach(ingest);
        Self {
            broadcast,
            ingest,
            stop,
            last_wake: None,
            due: None,
        }
    }

    /// Adds a tag. Without effect once another publisher has taken over.
    pub fn push(&mut self, tag: &Tag) {
        let Some(is_new) = self.broadcast.with_ring(self.ingest, |ring| ring.push(tag)) else {
            return;
        };
        self.broadcast.node.ingested(tag.payload.len());
        self.broadcast.own.ingested(tag.payload.len());
        if is_new && self.due.is_none() {
            let interval = self.broadcast.settings.merge_interval;
            let now = Instant::now();
            let due = self
                .last_wake
                .and_then(|last| last.checked_add(interval))
                .unwrap_or(now);
            self.due = Some(due);
        }
        self.flush_if_due();
    }

    /// When [`Self::flush_if_due`] has to be called, if anything waits.
    pub const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Wakes the viewers if the merge interval is over.
    pub fn flush_if_due(&mut self) {
        let now = Instant::now();
        if self.due.is_some_and(|due| now >= due) {
            self.due = None;
            self.last_wake = Some(now);
            self.broadcast.wake();
        }
    }

    /// What is being published, as far as it is known.
    pub fn info(&self) -> MediaInfo {
        self.broadcast
            .with_ring(self.ingest, |ring| ring.info().clone())
            .unwrap_or_default()
    }

    /// Waits until this publisher has to go, and says why.
    pub async fn stopped(&self) -> StopReason {
        self.stop.token.cancelled().await;
        unpoisoned(&self.stop.reason)
            .clone()
            .unwrap_or(StopReason::Disconnected)
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        self.broadcast.detach(self.ingest);
        self.broadcast.wake();
    }
}
