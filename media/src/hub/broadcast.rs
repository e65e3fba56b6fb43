//! One broadcast: a ring, a publisher that comes and goes, a signal for viewers.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{BroadcastStats, Counters, PublisherInfo, Settings, unpoisoned};
use crate::flv::{MediaInfo, Tag};
use crate::gate::{IngestId, StopReason};
use crate::health::{Meter, Report, Stretch};
use crate::ring::{Cursor, Ring};

/// How far viewers may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Signal {
    /// Changes whenever there is something new; the value itself says nothing.
    wakes: u64,
    /// Nothing will follow.
    pub ended: bool,
    /// The number of the last closing to the public; 0 before any.
    pub closed: u64,
}

/// A broadcast of the hub.
#[derive(Debug)]
pub(crate) struct Broadcast {
    pub settings: Settings,
    pub node: Arc<Counters>,
    pub own: Counters,
    /// Which one it is of all of the hub's.
    pub number: u64,
    ring: Mutex<Ring>,
    publisher: Mutex<Option<Publisher>>,
    signal: watch::Sender<Signal>,
    began: Instant,
    /// Of the current publisher.
    health: Mutex<Meter>,
}

/// Who publishes now.
#[derive(Debug)]
struct Publisher {
    ingest: IngestId,
    last_media: Instant,
    stop: Arc<Stop>,
}

/// Tells a publisher's connection to end.
#[derive(Debug, Default)]
pub(super) struct Stop {
    pub token: CancellationToken,
    pub reason: Mutex<Option<StopReason>>,
}

impl Stop {
    fn now(&self, reason: StopReason) {
        unpoisoned(&self.reason).get_or_insert(reason);
        self.token.cancel();
    }
}

impl Broadcast {
    pub(super) fn new(settings: Settings, node: Arc<Counters>, number: u64) -> Self {
        Self {
            settings,
            node,
            own: Counters::default(),
            number,
            ring: Mutex::new(Ring::new(settings.ring)),
            publisher: Mutex::new(None),
            signal: watch::Sender::new(Signal::default()),
            began: Instant::now(),
            health: Mutex::default(),
        }
    }

    pub(super) fn attach(&self, ingest: IngestId) -> Arc<Stop> {
        let stop = Arc::new(Stop::default());
        let new = Publisher {
            ingest,
            last_media: Instant::now(),
            stop: Arc::clone(&stop),
        };
        let mut publisher = unpoisoned(&self.publisher);
        if let Some(old) = publisher.replace(new) {
            old.stop.now(StopReason::Replaced);
        } else {
            self.count_publisher(true);
        }
        self.node.publishers_total.fetch_add(1, Relaxed);
        // With the publisher's lock held, so that no tag of the old one comes in between.
        unpoisoned(&self.ring).attach();
        *unpoisoned(&self.health) = Meter::default();
        stop
    }

    /// Runs `change` on the ring if this ingest is still the publisher.
    pub(super) fn with_ring<T>(
        &self,
        ingest: IngestId,
        change: impl FnOnce(&mut Ring) -> T,
    ) -> Option<T> {
        let mut publisher = unpoisoned(&self.publisher);
        let current = publisher
            .as_mut()
            .filter(|publisher| publisher.ingest == ingest)?;
        current.last_media = Instant::now();
        Some(change(&mut unpoisoned(&self.ring)))
    }

    /// Removes this ingest, unless it was replaced already.
    pub(super) fn detach(&self, ingest: IngestId) {
        let mut publisher = unpoisoned(&self.publisher);
        if publisher
            .take_if(|publisher| publisher.ingest == ingest)
            .is_some()
        {
            self.count_publisher(false);
        }
    }

    fn count_publisher(&self, came: bool) {
        if came {
            self.node.publishers.fetch_add(1, Relaxed);
        } else {
            self.node.publishers.fetch_sub(1, Relaxed);
        }
    }

    pub(super) fn stop_publisher(&self, reason: StopReason) -> bool {
        let publisher = unpoisoned(&self.publisher);
        publisher
            .as_ref()
            .map(|publisher| publisher.stop.now(reason))
            .is_some()
    }

    pub(super) fn publisher(&self) -> Option<PublisherInfo> {
        unpoisoned(&self.publisher)
            .as_ref()
            .map(|publisher| PublisherInfo {
                ingest: publisher.ingest,
                last_media_age: publisher.last_media.elapsed(),
            })
    }

    pub(super) fn observe(&self, tag: &Tag) {
        unpoisoned(&self.health).observe(tag, self.began.elapsed());
    }

    /// How the publisher does, if there is one.
    pub(super) fn health(&self) -> Option<Report> {
        self.publisher()?;
        Some(unpoisoned(&self.health).report(self.began.elapsed()))
    }

    /// What there is to write down of how the publisher does.
    pub(super) fn note_health(&self) -> Option<Stretch> {
        self.publisher()?;
        unpoisoned(&self.health).note(self.began.elapsed())
    }

    pub(super) fn stats(&self) -> BroadcastStats {
        BroadcastStats {
            is_live: self.publisher().is_some(),
            viewers: self.own.viewers.load(Relaxed),
            ingest_bytes: self.own.ingest_bytes.load(Relaxed),
            egress_bytes: self.own.egress_bytes.load(Relaxed),
            frames: self.own.frames.load(Relaxed),
        }
    }

    /// Wakes whoever has read everything. What came since the last time is in one piece by then.
    pub(super) fn wake(&self) {
        unpoisoned(&self.ring).gather();
        self.signal
            .send_modify(|signal| signal.wakes = signal.wakes.wrapping_add(1));
    }

    pub(super) fn end(&self) {
        unpoisoned(&self.ring).gather();
        self.signal.send_modify(|signal| signal.ended = true);
    }

    pub(super) fn close_to_public(&self, closing: u64) {
        self.signal
            .send_modify(|signal| signal.closed = signal.closed.max(closing));
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Signal> {
        self.signal.subscribe()
    }

    /// What the current publisher sends.
    pub(crate) fn info(&self) -> MediaInfo {
        unpoisoned(&self.ring).info().clone()
    }

    /// Whether a cursor has read everything that viewers know of.
    pub(crate) fn is_read(&self, cursor: &Cursor) -> bool {
        unpoisoned(&self.ring).is_read(cursor)
    }

    /// Reads with a cursor, and counts where it had to jump; the number of bytes.
    pub(crate) fn read(&self, cursor: &mut Cursor, pieces: &mut VecDeque<Bytes>) -> usize {
        let jumps = cursor.jumps();
        let bytes = unpoisoned(&self.ring).read(cursor, pieces);
        let jumped = cursor.jumps() - jumps;
        if jumped > 0 {
            self.node.jumps.fetch_add(jumped, Relaxed);
        }
        bytes
    }
}
