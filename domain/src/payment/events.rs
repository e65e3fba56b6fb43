//! What can happen to a payment.

use crate::{AccountId, EntryId, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a payment.
    {
        /// Somebody is about to pay.
        ///
        /// Written when a top-up is begun at a provider.
        Intended = "payment.intended", 1;
        /// The money came.
        ///
        /// Written when the provider says so, together with `wallet.topped_up`.
        Confirmed = "payment.confirmed", 1;
        /// An attempt to pay came to nothing; another may follow.
        ///
        /// Written when the provider says so.
        Failed = "payment.failed", 1;
        /// A refund was told before the payment was confirmed: nothing moved yet.
        ///
        /// Written when the provider's messages come in another order.
        RefundAnnounced = "payment.refund_announced", 1;
        /// It was given back, in whole or in part.
        ///
        /// Written when the provider says so, together with `wallet.payment_reversed`.
        Refunded = "payment.refunded", 1;
        /// Who had paid disputes it with their bank.
        ///
        /// Written when the provider says so.
        DisputeOpened = "payment.dispute_opened", 1;
        /// The bank took the money back.
        ///
        /// Written together with `wallet.payment_reversed`, once the payment is confirmed.
        ChargedBack = "payment.charged_back", 1;
        /// The dispute was decided for us.
        ///
        /// Written when the provider says so, together with `wallet.payment_restored` where money had
        /// been taken.
        DisputeWon = "payment.dispute_won", 1;
        /// The dispute was decided against us: what was taken stays taken.
        ///
        /// Written when the provider says so.
        DisputeLost = "payment.dispute_lost", 1;
    }
}

/// Somebody is about to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intended {
    /// Who.
    pub account: AccountId,
    /// How much.
    pub amount: Money,
}

/// The money came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// Whose it is.
    pub account: AccountId,
    /// How much.
    pub amount: Money,
    /// The entry in their wallet.
    pub entry: EntryId,
}

/// An attempt came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The provider's word for why.
    pub code: String,
}

/// A refund was told before the payment was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundAnnounced {
    /// What was given back in all.
    pub total: Money,
}

/// It was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    /// To whom.
    pub account: AccountId,
    /// What was given back in all so far.
    pub total: Money,
    /// What of it was given back this time.
    pub amount: Decimal,
    /// The entry in their wallet.
    pub entry: EntryId,
}

/// Who had paid disputes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeOpened {
    /// What the provider calls the dispute.
    pub dispute: String,
    /// How much is disputed.
    pub amount: Money,
}

/// The bank took the money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargedBack {
    /// By which dispute.
    pub dispute: String,
    /// From whom.
    pub account: AccountId,
    /// How much.
    pub amount: Money,
    /// The entry in their wallet.
    pub entry: EntryId,
}

/// A dispute was decided for us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeWon {
    /// Which.
    pub dispute: String,
    /// The entry of what came back; null where nothing had been taken.
    pub entry: Option<EntryId>,
}

/// A dispute was decided against us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeLost {
    /// Which.
    pub dispute: String,
}
