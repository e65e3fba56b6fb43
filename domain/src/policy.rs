//! What follows from events without a person asking. Each policy is a pure fold with a question:
//! which commands are due now?

use crate::stream::{self, EndReason};
use crate::{Event, HistoryId, Recorded, StreamId, Timestamp};
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// Ends a stream whose publisher did not come back within the grace period, or never sent media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndAbandonedStreams {
    grace: TimeDelta,
    waiting: BTreeMap<StreamId, (Timestamp, EndReason)>,
}

impl EndAbandonedStreams {
    /// `grace`: how long a publisher may be away.
    pub fn new(grace: TimeDelta) -> Self {
        Self {
            grace,
            waiting: BTreeMap::new(),
        }
    }

    /// Takes in what happened.
    pub fn observe(&mut self, recorded: &Recorded) {
        let (HistoryId::Stream(stream), Event::Stream(event)) =
            (&recorded.history, &recorded.event)
        else {
            return;
        };
        match event {
            stream::Event::Started(_) => {
                self.waiting
                    .insert(*stream, (recorded.recorded_at, EndReason::NeverLive));
            }
            // From when it was noticed: after a crash of ours, the publisher has its whole grace.
            stream::Event::Interrupted(_) => {
                self.waiting
                    .insert(*stream, (recorded.recorded_at, EndReason::Abandoned));
            }
            stream::Event::WentLive(_)
            | stream::Event::Resumed(_)
            | stream::Event::Ending(_)
            | stream::Event::Ended(_)
            | stream::Event::Cancelled(_) => {
                self.waiting.remove(stream);
            }
            stream::Event::Scheduled(_) | stream::Event::Updated(_) => {}
        }
    }

    /// Takes in a stream that a read model shows as waiting: where the policy starts from.
    pub fn resume(&mut self, stream: StreamId, since: Timestamp, reason: EndReason) {
        self.waiting.insert(stream, (since, reason));
    }

    /// The streams to end at `now`.
    pub fn due(&self, now: Timestamp) -> Vec<(StreamId, EndReason)> {
        self.waiting
            .iter()
            .filter(|(_, (since, _))| now - *since >= self.grace)
            .map(|(stream, (_, reason))| (*stream, *reason))
            .collect()
    }

    /// When [`due`](Self::due) may next have something.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.waiting
            .values()
            .map(|(since, _)| *since + self.grace)
            .min()
    }

    /// Forgets a stream that turned out to be over.
    pub fn forget(&mut self, stream: StreamId) {
        self.waiting.remove(&stream);
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
