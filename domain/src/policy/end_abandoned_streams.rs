//! An encoder that went away and does not come back ends its stream.

use super::{Due, Policy};
use crate::command::{Command, streams};
use crate::stream::{self, EndReason};
use crate::{Event, HistoryId, Position, Recorded, StreamId, Timestamp};
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// Since when a stream waits for its publisher, by which event, and why it will end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Waiting {
    cause: Position,
    since: Timestamp,
    reason: EndReason,
}

/// Ends a stream whose publisher did not come back within the grace period, or never sent media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndAbandonedStreams {
    grace: TimeDelta,
    waiting: BTreeMap<StreamId, Waiting>,
}

impl EndAbandonedStreams {
    /// `grace`: how long a publisher may be away.
    pub fn new(grace: TimeDelta) -> Self {
        Self {
            grace,
            waiting: BTreeMap::new(),
        }
    }
}

impl Policy for EndAbandonedStreams {
    fn name(&self) -> &'static str {
        "end_abandoned_streams"
    }

    fn anew(&self) -> Box<dyn Policy> {
        Box::new(Self::new(self.grace))
    }

    fn observe(&mut self, recorded: &Recorded) {
        let (HistoryId::Stream(stream), Event::Stream(event)) =
            (&recorded.history, &recorded.event)
        else {
            return;
        };
        let waiting = |reason| Waiting {
            cause: recorded.position,
            since: recorded.recorded_at,
            reason,
        };
        match event {
            stream::Event::Started(_) => {
                self.waiting.insert(*stream, waiting(EndReason::NeverLive));
            }
            // From when it was noticed: after a crash of ours, the publisher has its whole grace.
            stream::Event::Interrupted(_) => {
                self.waiting.insert(*stream, waiting(EndReason::Abandoned));
            }
            stream::Event::WentLive(_)
            | stream::Event::Resumed(_)
            | stream::Event::Ending(_)
            | stream::Event::Ended(_)
            | stream::Event::Cancelled(_) => {
                self.waiting.remove(stream);
            }
            stream::Event::Scheduled(_)
            | stream::Event::Updated(_)
            | stream::Event::HealthNoted(_)
            | stream::Event::RecordingStarted(_)
            | stream::Event::RecordingStopped(_)
            | stream::Event::Anchored(_)
            | stream::Event::RecordingFinished(_)
            | stream::Event::RecordingDeleted(_) => {}
        }
    }

    fn due(&self, now: Timestamp) -> Vec<Due> {
        let over = self
            .waiting
            .iter()
            .filter(|(_, waiting)| now - waiting.since >= self.grace);
        over.map(|(stream, waiting)| {
            let (stream, reason) = (*stream, waiting.reason);
            Due {
                cause: waiting.cause,
                command: Command::Streams(streams::Command::End { stream, reason }),
            }
        })
        .collect()
    }

    fn next_at(&self) -> Option<Timestamp> {
        let times = self
            .waiting
            .values()
            .map(|waiting| waiting.since + self.grace);
        times.min()
    }

    fn settled(&mut self, cause: Position) {
        self.waiting.retain(|_, waiting| waiting.cause != cause);
    }

    fn waits_for(&self) -> Option<Position> {
        self.waiting.values().map(|waiting| waiting.cause).min()
    }
}

#[cfg(test)]
mod tests;
