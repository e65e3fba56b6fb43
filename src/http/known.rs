//! What was found out lately of channels that are live: a player of segments asks anew each second or two, and
//! thousands who come at once ask the same.

use crate::parts::Parts;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tributary_domain::ChannelId;
use tributary_media::hub::PublicMark;
use tributary_projections::Stream;

/// How long what is known of a channel is good for.
const KNOWN_FOR: Duration = Duration::from_secs(1);

/// Channels of which something is known. More of them are asked for anew.
const KNOWN_MAX: usize = 4_096;

/// A channel and its stream, as they were at a moment.
#[derive(Clone)]
pub struct Known {
    /// Whose video it is.
    pub channel: ChannelId,
    /// The stream that is open.
    pub stream: Option<Arc<Stream>>,
    /// Taken before that was asked for.
    pub mark: PublicMark,
    /// Which broadcast there was.
    broadcast: Option<u64>,
    until: Instant,
}

impl Known {
    /// The same from now on, as it stood when `mark` and `broadcast` were taken.
    pub fn new(
        channel: ChannelId,
        stream: Option<Stream>,
        (mark, broadcast): (PublicMark, Option<u64>),
    ) -> Self {
        Self {
            channel,
            stream: stream.map(Arc::new),
            mark,
            broadcast,
            until: Instant::now() + KNOWN_FOR,
        }
    }

    /// Not if any broadcast was closed to the public since, or the channel has another one by now: who may
    /// watch is another question then.
    fn holds(&self, parts: &Parts) -> bool {
        Instant::now() < self.until
            && self.mark == parts.hub.public_mark()
            && self.broadcast == parts.hub.number(&Parts::broadcast(self.channel))
    }
}

/// What is known, by the name that was asked for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Lately(Arc<Mutex<HashMap<String, Known>>>);

impl Lately {
    /// What is known of a name, if that still holds.
    pub fn of(&self, name: &str, parts: &Parts) -> Option<Known> {
        let known = self.all().get(name).cloned();
        known.filter(|known| known.holds(parts))
    }

    /// Keeps it for a moment.
    pub fn keep(&self, name: &str, known: Known) {
        let mut all = self.all();
        if all.len() >= KNOWN_MAX {
            all.clear();
        }
        all.insert(name.to_owned(), known);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
