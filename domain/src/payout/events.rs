//! What can happen to a payout.

use super::upcasts;
use crate::entry::Entry;
use crate::{AccountId, ChannelId, Money, Personal};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a payout.
    {
        /// A streamer asked for it: the amount left the earnings.
        ///
        /// Written when a channel's owner asks for a payout, together with `wallet.debited`.
        Requested = "payout.requested", 1;
        /// Somebody else looked at it and agreed.
        ///
        /// Written when finance approves.
        Approved = "payout.approved", 2, personal upcast [
            upcasts::approval_has_a_reason: "Why stands in `personal`, null before.",
        ];
        /// A provider is about to be told to pay: it cannot be called off any more.
        ///
        /// Written before a provider is asked, so that nothing is paid that came back meanwhile.
        HandedOver = "payout.handed_over", 1;
        /// A provider was told to pay.
        ///
        /// Written when finance has handed it over.
        Sent = "payout.sent", 1;
        /// The money has arrived.
        ///
        /// Written when the provider says so.
        Settled = "payout.settled", 1;
        /// The money has not arrived, and is back in the earnings.
        ///
        /// Written when the provider says so, together with `wallet.credited`.
        Failed = "payout.failed", 1, personal;
        /// It was called off before it was sent, and is back in the earnings.
        ///
        /// Written when the streamer or finance calls it off, together with `wallet.credited`.
        Cancelled = "payout.cancelled", 1, personal;
    }
}

impl Event {
    /// The whole movement, where this event holds it.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Requested(event) => Some(&event.entry),
            Self::Settled(event) => Some(&event.entry),
            Self::Failed(event) => Some(&event.entry),
            Self::Cancelled(event) => Some(&event.entry),
            Self::Approved(_) | Self::HandedOver(_) | Self::Sent(_) => None,
        }
    }
}

/// A streamer asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// Whose earnings.
    pub channel: ChannelId,
    /// How much.
    pub amount: Money,
    /// Who asked.
    pub by: AccountId,
    /// The whole movement.
    pub entry: Entry,
}

/// Somebody else agreed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approved {
    /// Who; null for the console.
    pub by: Option<AccountId>,
    /// Why, in their words.
    pub personal: Personal<Option<String>>,
}

/// A provider is about to be told to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOver {
    /// Which.
    pub provider: String,
}

/// A provider was told to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Which.
    pub provider: String,
    /// What the provider calls it.
    pub reference: String,
}

/// The money has arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The whole movement, with the day on which it arrived.
    pub entry: Entry,
}

/// The money has not arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// The whole movement.
    pub entry: Entry,
    /// Why, in the words of who noted it.
    pub personal: Personal<Option<String>>,
}

/// It was called off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cancelled {
    /// Who called it off; null for the console.
    pub by: Option<AccountId>,
    /// The whole movement.
    pub entry: Entry,
    /// Why, in their words.
    pub personal: Personal<Option<String>>,
}
