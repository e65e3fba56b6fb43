//! What a provider said, in our words, whoever it is.

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};
use tributary_domain::payment::Standing;
use tributary_domain::{AccountId, Money, PayoutId};

/// A message that a provider surely sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What the provider calls the message: the same however often it comes.
    pub id: String,
    /// The provider's word for its kind.
    pub kind: String,
    /// What it says.
    pub said: Said,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A payment's money came.
    Confirmed {
        payment: String,
        account: AccountId,
        amount: Money,
    },
    /// An attempt to pay came to nothing.
    Failed { payment: String, code: String },
    /// So much of a payment was given back in all.
    Refunded { payment: String, total: Money },
    /// A dispute of a payment stands like this.
    Disputed {
        payment: String,
        dispute: String,
        amount: Money,
        standing: Standing,
    },
    /// A payout is on its way.
    PayoutSent { payout: PayoutId, reference: String },
    /// A payout has arrived.
    PayoutSettled {
        payout: PayoutId,
        on: Option<NaiveDate>,
    },
    /// A payout has not arrived.
    PayoutFailed { payout: PayoutId, code: String },
    /// Something about nothing of ours: the provider's account serves others, too.
    Foreign,
    /// A kind of message that nothing follows from.
    Nothing,
}

impl Said {
    /// A digest of it. The words that go into it are stored in receipts: they never change.
    pub fn digest(&self) -> [u8; 32] {
        let words = match self {
            Self::Confirmed {
                payment,
                account,
                amount,
            } => format!("confirmed {payment} {account} {amount}"),
            Self::Failed { payment, code } => format!("failed {payment} {code}"),
            Self::Refunded { payment, total } => format!("refunded {payment} {total}"),
            Self::Disputed {
                payment,
                dispute,
                amount,
                standing,
            } => {
                let standing = match standing {
                    Standing::Open => "open",
                    Standing::Won => "won",
                    Standing::Lost => "lost",
                };
                format!("disputed {payment} {dispute} {amount} {standing}")
            }
            Self::PayoutSent { payout, reference } => format!("payout sent {payout} {reference}"),
            Self::PayoutSettled { payout, on } => {
                let on = on.map_or_else(|| "today".to_owned(), |on| on.to_string());
                format!("payout settled {payout} {on}")
            }
            Self::PayoutFailed { payout, code } => format!("payout failed {payout} {code}"),
            Self::Foreign => "foreign".to_owned(),
            Self::Nothing => "nothing".to_owned(),
        };
        let hash = Sha256::new_with_prefix(b"tributary.payment-message.v1\0");
        hash.chain_update(words).finalize().into()
    }
}
