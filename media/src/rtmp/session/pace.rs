//! How many commands a peer may send.

use std::time::Duration;

use super::CloseReason;
use super::commands::refuse;
use super::limits::{COMMANDS_MAX, COMMANDS_PER_SECOND_MAX};

/// Counts a peer's commands: each costs a reply, and a stranger has no reason for many.
#[derive(Debug)]
pub(super) struct Pace {
    /// Of a stranger, since the connection began.
    in_all: u32,
    /// When the second that is counted began.
    second: Duration,
    in_second: u32,
}

impl Pace {
    pub(super) const fn new(now: Duration) -> Self {
        Self {
            in_all: 0,
            second: now,
            in_second: 0,
        }
    }

    /// Counts a command.
    ///
    /// # Errors
    /// When it is one too many.
    pub(super) fn command(&mut self, now: Duration, is_stranger: bool) -> Result<(), CloseReason> {
        if now.saturating_sub(self.second) >= Duration::from_secs(1) {
            self.second = now;
            self.in_second = 0;
        }
        self.in_second += 1;
        if self.in_second > COMMANDS_PER_SECOND_MAX {
            return Err(refuse("too many commands in a second"));
        }
        if is_stranger {
            self.in_all += 1;
            if self.in_all > COMMANDS_MAX {
                return Err(refuse("too many commands before publish or play"));
            }
        }
        Ok(())
    }
}
