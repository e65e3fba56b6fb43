//! What can be asked of a payout.

use crate::{AccountId, ChannelId, EntryId, Money, Salt};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// What can be asked of a payout.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Take it out of the earnings.
    Request {
        /// Whose.
        channel: ChannelId,
        /// How much.
        amount: Money,
        /// Who asks.
        by: AccountId,
        /// The entry's id.
        entry: EntryId,
    },
    /// Agree.
    Approve {
        /// Who; `None` for the console.
        by: Option<AccountId>,
        /// Why.
        reason: Option<String>,
        /// For the personal part.
        salt: Salt,
    },
    /// Note that a provider is about to be told to pay.
    HandOver {
        /// Which.
        provider: String,
    },
    /// Note that a provider was told to pay.
    Send {
        /// Which.
        provider: String,
        /// What it calls the payout.
        reference: String,
    },
    /// Note that it has arrived.
    Settle {
        /// The entry's id.
        entry: EntryId,
        /// The day on which it arrived; `None` for today.
        on: Option<NaiveDate>,
    },
    /// Note that it has not.
    Fail(Return),
    /// Call it off.
    Cancel {
        /// Who; `None` for the console.
        by: Option<AccountId>,
        /// What comes back.
        back: Return,
    },
}

/// A payout that comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Return {
    /// The entry's id.
    pub entry: EntryId,
    /// What of it pays off what the streamer owes: see [`crate::wallet::Wallet::pays_off`].
    pub repaid: Decimal,
    /// Why.
    pub reason: Option<String>,
    /// For the personal part.
    pub salt: Salt,
}
