//! Another password: whoever knew the old one is signed out everywhere else.
//!
//! The passwords themselves are never here. What a command carries is how often the password had been changed
//! when the current one was checked: of two who change it at once, the later one no longer knows it.

use super::{Account, Event, Rejection, SessionClosed, SessionEnd};
use crate::{SessionId, Timestamp};
use serde::{Deserialize, Serialize};

/// The password is another one from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChanged {}

impl Account {
    pub(super) fn change_password(
        &self,
        kept: SessionId,
        changes: u32,
        at: Timestamp,
    ) -> Result<Vec<Event>, Rejection> {
        if changes != self.password_changes {
            return Err(Rejection::PasswordStale);
        }
        let reason = SessionEnd::PasswordChanged;
        let others = self.live(at).filter(|session| *session != kept);
        let closed = others.map(|session| SessionClosed { session, reason }.into());
        Ok([PasswordChanged {}.into()]
            .into_iter()
            .chain(closed)
            .collect())
    }
}
