//! A publisher's hold on its broadcast.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::broadcast::{Broadcast, Stop};
use super::unpoisoned;
use crate::flv::{self, Class, Kind, MediaInfo, Tag};
use crate::gate::{IngestId, StopReason};

/// A picture that comes so much before the interval is over is not held back: frames come unevenly,
/// and one that missed its turn would wait for a whole interval. A quarter of the interval at most.
const PICTURE_EARLY_MAX: Duration = Duration::from_millis(8);

/// Sound waits so much longer than the interval where no pictures come. Half of the interval at most.
const SOUND_LATE_MAX: Duration = Duration::from_millis(17);

/// Where pictures come, it waits so much longer for the one that it goes out with: at 24 frames a second the
/// next one comes 42 ms after the last, and on a busy network another frame's time later. Sent alone it would be
/// a write more for each viewer. Another interval at most.
const PICTURE_LATE_MAX: Duration = Duration::from_millis(50);

/// A picture within this time says that another one is to be expected.
const PICTURES_WITHIN: Duration = Duration::from_secs(1);

/// The right to publish into a broadcast, until it is dropped or taken away.
#[derive(Debug)]
pub struct Publishing {
    broadcast: Arc<Broadcast>,
    ingest: IngestId,
    stop: Arc<Stop>,
    last_wake: Option<Instant>,
    /// The last time that a picture was among what viewers were woken for.
    last_picture: Option<Instant>,
    /// Whether one is among what they do not know of yet.
    has_picture: bool,
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
            last_picture: None,
            has_picture: false,
            due: None,
        }
    }

    /// Adds a tag. Without effect once another publisher has taken over.
    pub fn push(&mut self, tag: &Tag) {
        let Some(is_new) = self.broadcast.with_ring(self.ingest, |ring| ring.push(tag)) else {
            return;
        };
        self.broadcast.observe(tag);
        self.broadcast.node.ingested(tag.payload.len());
        self.broadcast.own.ingested(tag.payload.len());
        if is_new {
            self.schedule(tag);
        }
        self.flush_if_due();
    }

    /// Sets when viewers hear of this tag. Pictures set the pace, and sound goes with them, so that
    /// both of a frame interval are one write and no picture waits for sound.
    fn schedule(&mut self, tag: &Tag) {
        // A configuration shows nothing: it goes with the frame behind it.
        if let Class::Header(_) | Class::Metadata = flv::classify(tag.kind, &tag.payload) {
            return;
        }
        let interval = self.broadcast.settings.merge_interval;
        let (last, pause) = match tag.kind {
            // Sound that went alone does not hold it back.
            Kind::Video => {
                self.has_picture = true;
                let early = PICTURE_EARLY_MAX.min(interval / 4);
                (self.last_picture, interval - early)
            }
            Kind::Audio | Kind::Script => (self.last_wake, interval + self.patience(interval)),
        };
        let due = last
            .and_then(|last| last.checked_add(pause))
            .unwrap_or_else(Instant::now);
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }

    /// How much longer than the interval sound waits.
    fn patience(&self, interval: Duration) -> Duration {
        let is_expected = |last: Instant| last.elapsed() < PICTURES_WITHIN;
        if self.last_picture.is_some_and(is_expected) {
            PICTURE_LATE_MAX.min(interval)
        } else {
            SOUND_LATE_MAX.min(interval / 2)
        }
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
            if std::mem::take(&mut self.has_picture) {
                self.last_picture = Some(now);
            }
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
