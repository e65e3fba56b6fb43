//! What a socket waits for, and how long.

use std::time::Duration;
use tokio::time::Instant;

/// How long a client may take to take what is written to it, or to send the rest of a message.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// How long a client may take to close its side.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);

/// A wait that never ends, as far as timers go.
pub(super) const NEVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What a socket waits for.
pub(super) struct Deadlines {
    /// `connection_init`, or the end of the token.
    pub(super) introduction: Instant,
    /// The next ping.
    pub(super) ping: Instant,
    /// The client takes what is written, or sends the rest of what it began.
    pub(super) patience: Option<Instant>,
}

impl Deadlines {
    /// The first of them.
    pub(super) fn next(&self) -> Instant {
        let first = self.introduction.min(self.ping);
        self.patience.map_or(first, |patience| first.min(patience))
    }
}
