//! What can be said of a payment.

use crate::{AccountId, EntryId, Money};
use serde::{Deserialize, Serialize};

/// What can be said of a payment. `entry` names the entries that follow: the command's own, and those
/// [`following`](EntryId::following) it.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Somebody is about to pay.
    Intend {
        /// Who.
        account: AccountId,
        /// How much.
        amount: Money,
    },
    /// The money came.
    Confirm {
        /// Whose it is.
        account: AccountId,
        /// How much came.
        amount: Money,
        /// Names the entries.
        entry: EntryId,
    },
    /// An attempt came to nothing.
    Fail {
        /// The provider's word for why.
        code: String,
    },
    /// So much was given back in all.
    Refund {
        /// In all so far.
        total: Money,
        /// Names the entry.
        entry: EntryId,
    },
    /// A dispute stands like this.
    Dispute {
        /// What the provider calls it.
        dispute: String,
        /// How much is disputed.
        amount: Money,
        /// How it stands.
        standing: Standing,
        /// Names the entry.
        entry: EntryId,
    },
}

/// How a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is not decided.
    Open,
    /// For us.
    Won,
    /// Against us.
    Lost,
}
