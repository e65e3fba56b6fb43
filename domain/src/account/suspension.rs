//! Suspension: an account that may do nothing on the whole platform, until an admin undoes it.

use super::{Account, Event};
use crate::channel::Reason;
use crate::{AccountId, Personal};
use serde::{Deserialize, Serialize};

/// The account may do nothing any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspended {
    /// Whose.
    pub account: AccountId,
    /// Why.
    pub personal: Personal<Option<String>>,
}

/// The account may act again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reinstated {
    /// Whose.
    pub account: AccountId,
    /// Why.
    pub personal: Personal<Option<String>>,
}

impl Account {
    pub(super) fn suspend(&self, account: AccountId, reason: Reason) -> Vec<Event> {
        if self.suspended {
            return vec![];
        }
        let personal = reason.seal();
        vec![Suspended { account, personal }.into()]
    }

    pub(super) fn reinstate(&self, account: AccountId, reason: Reason) -> Vec<Event> {
        if !self.suspended {
            return vec![];
        }
        let personal = reason.seal();
        vec![Reinstated { account, personal }.into()]
    }
}
