//! The installation: who was made its first admin.

use crate::AccountId;
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to an installation.
    {
        /// The first account was made on the console.
        ///
        /// Written once, with the first account that the console makes.
        Founded = "installation.founded", 1;
    }
}

/// The first account was made on the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founded {
    /// The first admin.
    pub admin: AccountId,
}

/// Whether there is a first admin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Installation {
    /// The first admin, once there is one.
    pub admin: Option<AccountId>,
}

impl Installation {
    /// The event that makes `account` the first admin, unless there is one.
    pub(crate) fn found(self, account: AccountId) -> Option<Event> {
        self.admin
            .is_none()
            .then(|| Founded { admin: account }.into())
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::Founded(founded) => self.admin = Some(founded.admin),
        }
    }
}
