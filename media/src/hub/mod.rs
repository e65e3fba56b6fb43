//! All broadcasts on this node.
//!
//! A broadcast begins when a publisher is attached and lasts until [`Hub::end`]: while its publisher
//! is away, its viewers stay and wait. Everything here is short critical sections over shared rings.

mod broadcast;
mod leave;
mod publishing;
mod stats;
mod tap;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) use self::broadcast::{Broadcast, Signal};
pub use self::leave::{Leave, PublicMark};
pub use self::publishing::Publishing;
pub(crate) use self::stats::Counters;
pub use self::stats::{BroadcastStats, Stats};
pub use self::tap::{Piece, Tap};
use crate::gate::{IngestId, StopReason};
use crate::health;
use crate::playback::Playback;
use crate::ring;

/// How long frames are gathered before viewers are woken: about one frame at 30 per second. One
/// write then takes everything of that time, which costs a third of one write per tag.
pub const MERGE_INTERVAL: Duration = Duration::from_millis(33);

/// The longest interval that makes sense: a group of ten frames. Beyond it a write costs hardly less.
pub const MERGE_INTERVAL_MAX: Duration = Duration::from_millis(350);

/// A viewer that takes nothing of what it was given for so long is cut.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Latest kicks remembered for publishers that are between their admission and their place in the hub.
const KICKS_MAX: usize = 1_024;

/// How a hub plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// See [`MERGE_INTERVAL`]; zero wakes viewers for every tag.
    pub merge_interval: Duration,
    /// See [`WRITE_TIMEOUT`].
    pub write_timeout: Duration,
    /// What each broadcast keeps.
    pub ring: ring::Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            merge_interval: MERGE_INTERVAL,
            write_timeout: WRITE_TIMEOUT,
            ring: ring::Limits::default(),
        }
    }
}

/// Who publishes a broadcast now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublisherInfo {
    /// Which attempt it is.
    pub ingest: IngestId,
    /// Time since its last tag, or since it was attached.
    pub last_media_age: Duration,
}

/// The broadcasts of this node by key.
#[derive(Debug, Default)]
pub struct Hub {
    settings: Settings,
    counters: Arc<Counters>,
    directory: Mutex<Directory>,
}

#[derive(Debug, Default)]
struct Directory {
    broadcasts: HashMap<String, Arc<Broadcast>>,
    /// The latest kicks in order, for [`Hub::attach`].
    kicks: std::collections::VecDeque<(u64, String, String)>,
    kicked: u64,
    /// How often any broadcast was closed to the public.
    closings: u64,
    /// How many broadcasts ever began.
    begun: u64,
}

/// A point in the order of kicks; see [`Hub::attach`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KickMark(u64);

impl Hub {
    /// An empty hub.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// The moment from which a later [`Hub::attach`] respects kicks. Taken before the gate is asked.
    pub fn mark(&self) -> KickMark {
        KickMark(self.directory().kicked)
    }

    /// Makes `ingest` the publisher of a broadcast, which begins if it does not exist. A publisher
    /// that is there already is replaced.
    ///
    /// # Errors
    /// [`StopReason::Kicked`] if the broadcast's publisher was disconnected, or the broadcast ended,
    /// after `since`: the admission is older than that decision.
    pub fn attach(
        &self,
        key: &str,
        ingest: IngestId,
        since: KickMark,
    ) -> Result<Publishing, StopReason> {
        let mut directory = self.directory();
        let late = directory
            .kicks
            .iter()
            .rev()
            .take_while(|(number, ..)| *number > since.0);
        if let Some((.., reason)) = late.into_iter().find(|(_, kicked, _)| kicked == key) {
            return Err(StopReason::Kicked(reason.clone()));
        }
        let known = directory.broadcasts.get(key).cloned();
        let broadcast = known.unwrap_or_else(|| {
            directory.begun += 1;
            let (settings, counters) = (self.settings, Arc::clone(&self.counters));
            let broadcast = Arc::new(Broadcast::new(settings, counters, directory.begun));
            directory
                .broadcasts
                .insert(key.to_owned(), Arc::clone(&broadcast));
            broadcast
        });
        Ok(Publishing::attach(broadcast, ingest))
    }

    /// The moment from which a viewer with [`Leave::Public`] respects closings. Taken before it is asked
    /// whether the broadcast is public.
    pub fn public_mark(&self) -> PublicMark {
        PublicMark(self.directory().closings)
    }

    /// Starts watching, if there is such a broadcast. The viewer counts until the playback is dropped.
    pub fn watch(&self, key: &str, leave: Leave) -> Option<Playback> {
        let broadcast = self.broadcast(key)?;
        Some(Playback::new(broadcast, leave))
    }

    /// Ends the viewing of whoever watches by everybody's leave, and of those who were let in by it and are
    /// on their way here. Gives whether there is such a broadcast.
    pub fn close_to_public(&self, key: &str) -> bool {
        let mut directory = self.directory();
        directory.closings += 1;
        let closing = directory.closings;
        let broadcast = directory.broadcasts.get(key).cloned();
        drop(directory);
        broadcast.is_some_and(|broadcast| {
            broadcast.close_to_public(closing);
            true
        })
    }

    /// Reads a broadcast for the server's own use, if there is such a broadcast: nobody watches by it.
    pub fn tap(&self, key: &str) -> Option<Tap> {
        self.broadcast(key).map(Tap::new)
    }

    /// Notes what was given to viewers of a broadcast that was packaged for them otherwise.
    pub fn played(&self, key: &str, bytes: usize) {
        self.counters.played(bytes);
        if let Some(broadcast) = self.broadcast(key) {
            broadcast.own.played(bytes);
        }
    }

    /// Ends a broadcast: viewers get what is there and then their end, a publisher is closed. Gives
    /// whether there was one.
    pub fn end(&self, key: &str) -> bool {
        let mut directory = self.directory();
        directory.remember_kick(key, "the broadcast has ended");
        let broadcast = directory.broadcasts.remove(key);
        drop(directory);
        broadcast.is_some_and(|broadcast| {
            broadcast.stop_publisher(StopReason::Kicked("the broadcast has ended".to_owned()));
            broadcast.end();
            true
        })
    }

    /// Closes the connection that publishes a broadcast, which itself goes on. Also holds for one
    /// that was admitted and is not attached yet. Gives whether there was one.
    pub fn disconnect_publisher(&self, key: &str, reason: &str) -> bool {
        let mut directory = self.directory();
        directory.remember_kick(key, reason);
        let broadcast = directory.broadcasts.get(key).cloned();
        drop(directory);
        broadcast.is_some_and(|broadcast| {
            broadcast.stop_publisher(StopReason::Kicked(reason.to_owned()))
        })
    }

    /// Who publishes this broadcast now, if anybody does.
    pub fn publisher(&self, key: &str) -> Option<PublisherInfo> {
        self.broadcast(key)?.publisher()
    }

    /// How a broadcast's publisher does, if it has one.
    pub fn health(&self, key: &str) -> Option<health::Report> {
        self.broadcast(key)?.health()
    }

    /// What there is to write down of how a broadcast's publisher does, if there is anything. To be asked
    /// about every second; see [`health::Meter::note`].
    pub fn note_health(&self, key: &str) -> Option<health::Stretch> {
        self.broadcast(key)?.note_health()
    }

    /// Whether a publisher is attached.
    pub fn is_live(&self, key: &str) -> bool {
        self.publisher(key).is_some()
    }

    /// Whether there is such a broadcast, with or without a publisher.
    pub fn contains(&self, key: &str) -> bool {
        self.directory().broadcasts.contains_key(key)
    }

    /// Which broadcast this is of all that there ever were, if there is one: one that ended and began again is
    /// another.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.broadcast(key).map(|broadcast| broadcast.number)
    }

    /// Who watches a broadcast, and what it has moved. `None` if there is no such broadcast.
    pub fn broadcast_stats(&self, key: &str) -> Option<BroadcastStats> {
        self.broadcast(key).map(|broadcast| broadcast.stats())
    }

    /// The whole node.
    pub fn stats(&self) -> Stats {
        let broadcasts = self.directory().broadcasts.len() as u64;
        self.counters.stats(broadcasts)
    }

    /// All broadcasts' keys, in no order.
    pub fn keys(&self) -> Vec<String> {
        self.directory().broadcasts.keys().cloned().collect()
    }

    fn broadcast(&self, key: &str) -> Option<Arc<Broadcast>> {
        self.directory().broadcasts.get(key).cloned()
    }

    fn directory(&self) -> MutexGuard<'_, Directory> {
        unpoisoned(&self.directory)
    }
}

impl Directory {
    fn remember_kick(&mut self, key: &str, reason: &str) {
        self.kicked += 1;
        if self.kicks.len() == KICKS_MAX {
            self.kicks.pop_front();
        }
        self.kicks
            .push_back((self.kicked, key.to_owned(), reason.to_owned()));
    }
}

/// A lock's content. What panicked with it held left nothing half done that matters more than going
/// on: counters and rings are whole after each step.
pub(crate) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
