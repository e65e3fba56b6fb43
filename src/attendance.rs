//! Viewers who hold no connection: those of HLS come for one segment after the other.
//!
//! They are there from the first segment that they took until they took none for [`GONE_AFTER`]; their
//! session then ends when they took the last one.

use crate::parts::Core;
use crate::presence::{Arrival, Connection};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tributary_domain::viewer_session::Received;
use tributary_domain::{StreamId, Timestamp, ViewerId};

/// Who took no segment for so long has gone: two of the longest, for a player takes one while it plays
/// the one before.
pub const GONE_AFTER: Duration = Duration::from_secs(20);

/// How often that is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A channel's name as it was asked for, and who asked.
type Key = (String, ViewerId);

/// See the [module](self). Cheap to clone.
#[derive(Clone)]
pub struct Attendance {
    core: Core,
    here: Arc<Mutex<HashMap<Key, Seat>>>,
}

struct Seat {
    /// Of which stream of the channel.
    stream: StreamId,
    connection: Connection,
    last: Timestamp,
    until: Instant,
}

impl Attendance {
    /// Nobody is here.
    pub fn new(core: Core) -> Self {
        let here = Arc::default();
        Self { core, here }
    }

    /// Whether this viewer has taken a segment lately.
    pub fn is_here(&self, channel: &str, viewer: ViewerId) -> bool {
        self.here().contains_key(&(channel.to_owned(), viewer))
    }

    /// How many are here.
    pub fn count(&self) -> usize {
        self.here().len()
    }

    /// A viewer takes a segment of a stream, which it may arrive at by that.
    pub fn takes(
        &self,
        channel: &str,
        viewer: ViewerId,
        stream: StreamId,
        arrive: impl FnOnce() -> Arrival,
    ) {
        let key = (channel.to_owned(), viewer);
        let until = Instant::now() + GONE_AFTER;
        let mut here = self.here();
        if let Some(seat) = here.get_mut(&key).filter(|seat| seat.stream == stream) {
            (seat.last, seat.until) = (self.core.env().now(), until);
            return;
        }
        let connection = arrive().received(Received::Media);
        let seat = Seat {
            stream,
            connection,
            // Behind the arrival: nobody leaves before they came.
            last: self.core.env().now(),
            until,
        };
        let _of_the_stream_before = here.insert(key, seat);
    }

    /// Lets those go who came no more, until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = look.tick() => {}
            }
            let now = Instant::now();
            let gone: Vec<_> = {
                let mut here = self.here();
                here.extract_if(|_, seat| seat.until <= now).collect()
            };
            for (_, seat) in gone {
                seat.connection.ended_at(seat.last);
            }
        }
    }

    fn here(&self) -> MutexGuard<'_, HashMap<Key, Seat>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
