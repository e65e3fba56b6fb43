//! What can be asked of a wallet.

use super::{HoldEnd, RefundCause, ReversalCause, TipText};
use crate::entry::GivenTip;
use crate::money::FeeSchedule;
use crate::{AccountId, ChannelId, EntryId, HoldId, Money, Salt, StreamId, Timestamp};
use rust_decimal::Decimal;

/// What can be asked of a wallet.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Pay money in that has come.
    TopUp {
        /// Whose wallet.
        account: AccountId,
        /// The entry's id.
        entry: EntryId,
        /// How much.
        amount: Money,
        /// Through which provider.
        provider: String,
        /// What the provider calls it, where it is one outside.
        reference: Option<String>,
    },
    /// Be given money to spend by the platform.
    Grant(Grant),
    /// Give to a streamer.
    Tip(Tip),
    /// Earn from an entry in another wallet. What is owed is paid off first.
    Credit {
        /// That entry.
        entry: EntryId,
        /// How much.
        amount: Money,
    },
    /// Have less earnings by an entry in another history.
    Debit {
        /// That entry.
        entry: EntryId,
        /// How much.
        amount: Money,
        /// Whether what is not there is owed from then on; if not, it is refused.
        may_owe: bool,
    },
    /// Have a tip again that was given.
    RefundTip(Refund),
    /// Lose a payment that had come in.
    ReversePayment {
        /// Whose wallet.
        account: AccountId,
        /// The entry's id.
        entry: EntryId,
        /// How much.
        amount: Money,
        /// Through which provider it had come.
        provider: String,
        /// What the provider calls it.
        reference: String,
        /// Why.
        cause: ReversalCause,
    },
    /// Have a payment again that was charged back.
    RestorePayment {
        /// Whose wallet.
        account: AccountId,
        /// The entry's id.
        entry: EntryId,
        /// The entry of the charge-back.
        reversed: EntryId,
        /// How much.
        amount: Money,
        /// Through which provider.
        provider: String,
        /// What the provider calls it.
        reference: String,
    },
    /// Set an amount aside.
    PlaceHold {
        /// The hold's id.
        hold: HoldId,
        /// How much.
        amount: Money,
        /// Until when.
        until: Timestamp,
        /// Now.
        at: Timestamp,
    },
    /// Have it for anything again. Nothing happens if there is no such hold, or if it is to expire and its
    /// time is not over.
    LiftHold {
        /// The hold's id.
        hold: HoldId,
        /// Why.
        reason: HoldEnd,
        /// Now.
        at: Timestamp,
    },
}

/// A promotion to be granted.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// Whose wallet.
    pub account: AccountId,
    /// The entry's id.
    pub entry: EntryId,
    /// How much.
    pub amount: Money,
    /// Who grants it; `None` for the console.
    pub by: Option<AccountId>,
    /// Why.
    pub reason: Option<String>,
    /// For the personal part.
    pub salt: Salt,
}

/// A tip to be given.
#[derive(Debug, Clone, PartialEq)]
pub struct Tip {
    /// The entry's id.
    pub entry: EntryId,
    /// Who pays.
    pub payer: AccountId,
    /// Whom.
    pub channel: ChannelId,
    /// The stream that is open, if one is.
    pub stream: Option<StreamId>,
    /// How much.
    pub amount: Money,
    /// What the platform keeps of it.
    pub fee_schedule: FeeSchedule,
    /// What of the net pays off what the streamer owes: see [`super::Wallet::pays_off`].
    pub repaid: Decimal,
    /// The hold that it is given from, if it is from one. What is left of that is free again.
    pub hold: Option<HoldId>,
    /// The sender's name and words.
    pub text: TipText,
    /// For the personal part.
    pub salt: Salt,
    /// Now.
    pub at: Timestamp,
}

/// A tip to be taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Refund {
    /// The entry's id.
    pub entry: EntryId,
    /// The tip, as it stands in the log.
    pub tip: GivenTip,
    /// What of the net the streamer no longer has: see [`super::Wallet::lacks`].
    pub missing: Decimal,
    /// By whom.
    pub cause: RefundCause,
    /// Why.
    pub reason: Option<String>,
    /// For the personal part.
    pub salt: Salt,
}
