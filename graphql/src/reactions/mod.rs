//! Reactions on this node: taken one by one, shown at once, added up, and written as sums.
//!
//! ```text
//! mutation ─→ domain: may they? ─→ Counter ─→ a sum each second ─→ the log ─→ read models of all nodes
//!                              └─→ Passing ─→ `reactions` ◄─ sums of other nodes ◄─ the log
//! ```
//!
//! A single reaction is never written down: who follows `reactions` on this node sees it within a tenth of a
//! second, and who follows it on another one sees the sum. What was not written when a node dies, at most
//! what it took in about a second, is lost; a clean stop writes it first.

mod counter;
mod passing;
mod writer;

use crate::Fault;
use crate::messages::ID_REUSED;
use counter::Counter;
use lru::LruCache;
use passing::Passing;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tributary_domain::channel::{self, ReactedTo};
use tributary_domain::command::CommandId;
use tributary_domain::{ChannelId, Event, Recorded, Rejection};
use writer::Unsent;

/// How many ids of mutations are remembered; the oldest is forgotten first.
const IDS_MAX: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();
/// Of how many streams and messages it is remembered where they are.
const PLACES_MAX: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// See the [module](self).
pub(crate) struct Reactions {
    /// Names this run of this node in the sums that it writes.
    node: String,
    counter: Mutex<Counter>,
    /// Something was counted.
    counted: Notify,
    /// What was taken from the counter and is not known to be written. One writes at a time.
    unsent: tokio::sync::Mutex<Unsent>,
    pub(crate) passing: Arc<Passing>,
    /// Ids of mutations that were carried out, with what they asked for.
    ids: Mutex<LruCache<(String, String), [u8; 32]>>,
    /// Where streams and messages are, which never changes.
    places: Mutex<LruCache<ReactedTo, ChannelId>>,
}

impl Reactions {
    pub(crate) fn new(node: String) -> Self {
        Self {
            node,
            counter: Mutex::default(),
            counted: Notify::new(),
            unsent: tokio::sync::Mutex::default(),
            passing: Arc::default(),
            ids: Mutex::new(LruCache::new(IDS_MAX)),
            places: Mutex::new(LruCache::new(PLACES_MAX)),
        }
    }

    fn counter(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a reaction that may be taken.
    ///
    /// # Errors
    /// `OVERLOADED` where more is counted than can be written.
    pub(crate) fn take(&self, channel: ChannelId, to: ReactedTo, emoji: &str) -> Result<(), Fault> {
        if !self.counter().add(channel, to, emoji) {
            return Err(Fault::Overloaded);
        }
        self.counted.notify_one();
        self.passing.pass(channel, to, emoji, 1);
        Ok(())
    }

    /// What other nodes counted passes here, too.
    pub(crate) fn attend(&self, recorded: &Recorded) {
        let (Event::Channel(channel::Event::ReactionsTallied(tallied)), Some(channel)) =
            (&recorded.event, recorded.channel)
        else {
            return;
        };
        if tallied.node == self.node {
            return;
        }
        for tally in &tallied.tallies {
            let to = match (tally.message, tallied.stream) {
                (Some(message), _) => ReactedTo::Message(message),
                (None, Some(stream)) => ReactedTo::Stream(stream),
                (None, None) => continue,
            };
            self.passing.pass(channel, to, &tally.emoji, tally.count);
        }
    }

    /// Whether this mutation was carried out before under its id.
    ///
    /// # Errors
    /// `ID_REUSED` where something else was.
    pub(crate) fn is_repeated(&self, id: &CommandId) -> Result<bool, Rejection> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        match ids.get(&(id.scope.clone(), id.id.clone())) {
            None => Ok(false),
            Some(body) if *body == id.body => Ok(true),
            Some(_) => Err(Rejection::new(ID_REUSED, Some("clientMutationId"), vec![])),
        }
    }

    /// Notes that a mutation was carried out.
    pub(crate) fn note(&self, id: CommandId) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.put((id.scope, id.id), id.body);
    }

    /// The channel where a stream or a message is, if that was looked up before.
    pub(crate) fn place(&self, to: ReactedTo) -> Option<ChannelId> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.get(&to).copied()
    }

    /// Notes where a stream or a message is.
    pub(crate) fn is_at(&self, to: ReactedTo, channel: ChannelId) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.put(to, channel);
    }
}

#[cfg(test)]
mod tests;
