//! What can happen to a wallet.

use crate::entry::{Entry, GivenTip};
use crate::money::FeeSchedule;
use crate::{AccountId, ChannelId, EntryId, HoldId, Personal, Position, StreamId, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a wallet.
    {
        /// Its owner paid money in.
        ///
        /// Written when a provider has confirmed a payment; the sandbox confirms every one.
        ToppedUp = "wallet.topped_up", 1;
        /// The platform gave its owner money to spend.
        ///
        /// Written when finance or an admin grants a promotion.
        Granted = "wallet.granted", 1, personal;
        /// Its owner tipped a streamer.
        ///
        /// Written when a viewer tips, in the payer's wallet, together with `wallet.credited` in
        /// the streamer's.
        Tipped = "wallet.tipped", 1, personal;
        /// Its owner, a streamer, earned from an entry in another wallet.
        ///
        /// Written together with the event whose entry it names.
        Credited = "wallet.credited", 1;
        /// Its owner, a streamer, has less earnings by an entry in another history.
        ///
        /// Written together with the event whose entry it names: a tip that was taken back, or a payout
        /// that was asked for.
        Debited = "wallet.debited", 1;
        /// A tip that its owner gave was taken back.
        ///
        /// Written when the streamer or staff refunds a tip, or when the payment that it was given from
        /// is taken back; in the payer's wallet, together with `wallet.debited` in the streamer's.
        TipRefunded = "wallet.tip_refunded", 1, personal;
        /// A payment into it was given back to its payer, or charged back.
        ///
        /// Written when a provider says so.
        PaymentReversed = "wallet.payment_reversed", 1;
        /// A payment that was charged back came in after all.
        ///
        /// Written when a provider says that a dispute was won.
        PaymentRestored = "wallet.payment_restored", 1;
        /// An amount was set aside for a while: it can be spent only on what it was set aside for.
        ///
        /// Written when its owner asks for it.
        HoldPlaced = "wallet.hold_placed", 1;
        /// An amount that was set aside is there for anything again, or was spent.
        ///
        /// Written when its owner asks for it, spends it, or lets its time run out.
        HoldLifted = "wallet.hold_lifted", 1;
    }
}

/// What an event in one wallet says of an entry that stands in another history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Half {
    /// That entry.
    pub entry: EntryId,
    /// What its owner has more by it, debts counted off; less where negative.
    pub amount: Decimal,
}

impl Event {
    /// The whole movement, where this event holds it.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::ToppedUp(event) => Some(&event.entry),
            Self::Granted(event) => Some(&event.entry),
            Self::Tipped(event) => Some(&event.entry),
            Self::TipRefunded(event) => Some(&event.entry),
            Self::PaymentReversed(event) => Some(&event.entry),
            Self::PaymentRestored(event) => Some(&event.entry),
            Self::Credited(_) | Self::Debited(_) | Self::HoldPlaced(_) | Self::HoldLifted(_) => {
                None
            }
        }
    }

    /// What it says of an entry that another event holds, which stands before it in the same append.
    pub fn half(&self) -> Option<Half> {
        match self {
            Self::Credited(event) => Some(Half {
                entry: event.entry,
                amount: event.amount,
            }),
            Self::Debited(event) => Some(Half {
                entry: event.entry,
                amount: -event.amount,
            }),
            Self::ToppedUp(_)
            | Self::Granted(_)
            | Self::Tipped(_)
            | Self::TipRefunded(_)
            | Self::PaymentReversed(_)
            | Self::PaymentRestored(_)
            | Self::HoldPlaced(_)
            | Self::HoldLifted(_) => None,
        }
    }
}

/// Its owner paid money in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToppedUp {
    /// How much.
    pub amount: Decimal,
    /// Through which provider.
    pub provider: String,
    /// The whole movement.
    pub entry: Entry,
}

/// The platform gave its owner money to spend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Granted {
    /// Whose wallet.
    pub account: AccountId,
    /// How much.
    pub amount: Decimal,
    /// Who granted it; null for the console.
    pub by: Option<AccountId>,
    /// The whole movement.
    pub entry: Entry,
    /// Why, in their words.
    pub personal: Personal<Option<String>>,
}

/// Its owner tipped a streamer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tipped {
    /// Who paid.
    pub payer: AccountId,
    /// Whom.
    pub channel: ChannelId,
    /// The stream that was open, if one was.
    pub stream: Option<StreamId>,
    /// What the viewer gave.
    pub amount: Decimal,
    /// What the platform kept.
    pub fee: Decimal,
    /// What the streamer got.
    pub net: Decimal,
    /// The fee schedule as it was.
    pub fee_schedule: FeeSchedule,
    /// The whole movement.
    pub entry: Entry,
    /// The sender's name and words.
    pub personal: Personal<TipText>,
}

impl Tipped {
    /// What taking it back goes by; `position` is where it stands in the log.
    pub fn given(&self, position: Position) -> GivenTip {
        GivenTip {
            position,
            entry: self.entry.id,
            payer: self.payer,
            channel: self.channel,
            stream: self.stream,
            currency: self.entry.currency,
            amount: self.amount,
            fee: self.fee,
            net: self.net,
        }
    }
}

/// The sender's name and words: erasable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TipText {
    /// The sender's name as it was.
    pub sender_name: String,
    /// The message, if any.
    pub message: Option<String>,
}

/// Its owner earned from an entry that stands in another history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credited {
    /// That entry.
    pub entry: EntryId,
    /// How much.
    pub amount: Decimal,
    /// The part of it that paid off what its owner owed: no earning. Left out where it is zero.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub repaid: Decimal,
}

/// Its owner has less earnings by an entry that stands in another history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debited {
    /// That entry.
    pub entry: EntryId,
    /// How much.
    pub amount: Decimal,
    /// The part of it that was not there any more, and that its owner owes now. Left out where it is zero.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub owed: Decimal,
}

/// A tip was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TipRefunded {
    /// Where the tip stands in the log.
    pub tip: Position,
    /// Who had paid.
    pub payer: AccountId,
    /// Whom.
    pub channel: ChannelId,
    /// The stream that was open then, if one was.
    pub stream: Option<StreamId>,
    /// What the viewer has again.
    pub amount: Decimal,
    /// What the platform gave back of it.
    pub fee: Decimal,
    /// What the streamer gave back, or owes.
    pub net: Decimal,
    /// By whom.
    pub cause: RefundCause,
    /// The whole movement.
    pub entry: Entry,
    /// Why, in the words of who did it.
    pub personal: Personal<Option<String>>,
}

/// By whom a tip was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundCause {
    /// The streamer gave it back.
    Streamer,
    /// Staff did.
    Staff,
    /// The payment that it was given from was taken back.
    Payment,
}

/// A payment was given back or charged back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReversed {
    /// Through which provider it had come.
    pub provider: String,
    /// Why.
    pub cause: ReversalCause,
    /// How much of it.
    pub amount: Decimal,
    /// What was there to be taken from the balance; the platform bears the rest.
    pub taken: Decimal,
    /// The whole movement.
    pub entry: Entry,
}

/// Why a payment was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReversalCause {
    /// It was given back to who had paid.
    Refund,
    /// Who had paid disputed it with their bank.
    Chargeback,
}

/// A payment that was charged back came in after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRestored {
    /// Through which provider.
    pub provider: String,
    /// How much of it.
    pub amount: Decimal,
    /// What is in the balance again; the platform has the rest.
    pub given: Decimal,
    /// The whole movement.
    pub entry: Entry,
}

/// An amount was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldPlaced {
    /// Its id.
    pub hold: HoldId,
    /// How much.
    pub amount: Decimal,
    /// Until when.
    pub until: Timestamp,
}

/// An amount is no longer set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldLifted {
    /// Its id.
    pub hold: HoldId,
    /// How much it was.
    pub amount: Decimal,
    /// Why.
    pub reason: HoldEnd,
}

/// Why an amount is no longer set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldEnd {
    /// Its owner asked for it.
    Released,
    /// It was spent.
    Spent,
    /// Its time was over.
    Expired,
}
