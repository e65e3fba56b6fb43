//! Ledger entries: every movement of money, balanced to zero.

use crate::{AccountId, ChannelId, Currency, EntryId, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An account of the ledger.
///
/// Debits are positive and credits negative, so that a claim of ours (an asset) stands positive and
/// what we owe (a liability) negative.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LedgerAccount {
    /// What we owe a viewer who topped up (liability).
    ViewerBalance(AccountId),
    /// What we owe a streamer (liability).
    StreamerEarnings(ChannelId),
    /// What the platform has earned (income).
    PlatformFees,
    /// What a payment provider owes us (asset).
    ProviderClearing(String),
    /// What has left a streamer's earnings and not yet arrived at their bank (liability).
    PayoutsInFlight(ChannelId),
    /// What we gave back and nobody else bears (expense).
    Refunds,
    /// What a streamer owes us because a payment was taken back after its tip was paid out (asset).
    ChargebacksReceivable(ChannelId),
    /// What we gave away (expense).
    Promotions,
}

impl fmt::Display for LedgerAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ViewerBalance(account) => write!(f, "viewer_balance:{account}"),
            Self::StreamerEarnings(channel) => write!(f, "streamer_earnings:{channel}"),
            Self::PlatformFees => f.write_str("platform_fees"),
            Self::ProviderClearing(provider) => write!(f, "provider_clearing:{provider}"),
            Self::PayoutsInFlight(channel) => write!(f, "payouts_in_flight:{channel}"),
            Self::Refunds => f.write_str("refunds"),
            Self::ChargebacksReceivable(channel) => {
                write!(f, "chargebacks_receivable:{channel}")
            }
            Self::Promotions => f.write_str("promotions"),
        }
    }
}

/// A text that names no account of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no account of the ledger")]
pub struct NotALedgerAccount(String);

impl FromStr for LedgerAccount {
    type Err = NotALedgerAccount;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotALedgerAccount(text.chars().take(80).collect());
        Ok(match text.split_once(':') {
            None if text == "platform_fees" => Self::PlatformFees,
            None if text == "refunds" => Self::Refunds,
            None if text == "promotions" => Self::Promotions,
            Some(("viewer_balance", id)) => Self::ViewerBalance(id.parse().map_err(|_| wrong())?),
            Some(("streamer_earnings", id)) => {
                Self::StreamerEarnings(id.parse().map_err(|_| wrong())?)
            }
            Some(("provider_clearing", name)) => Self::ProviderClearing(name.to_owned()),
            Some(("payouts_in_flight", id)) => {
                Self::PayoutsInFlight(id.parse().map_err(|_| wrong())?)
            }
            Some(("chargebacks_receivable", id)) => {
                Self::ChargebacksReceivable(id.parse().map_err(|_| wrong())?)
            }
            _ => return Err(wrong()),
        })
    }
}

text_serde!(LedgerAccount);

/// One side of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The account that changes.
    pub account: LedgerAccount,
    /// By how much; a debit is positive.
    pub amount: Decimal,
}

/// A movement of money: two or more postings in one currency that sum to zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id, which receivers' histories name.
    pub id: EntryId,
    /// The currency of every posting.
    pub currency: Currency,
    /// The postings, debits first.
    pub postings: Vec<Posting>,
}

impl Entry {
    /// A viewer's top-up: the provider owes us, we owe the viewer.
    pub fn top_up(id: EntryId, account: AccountId, provider: &str, amount: Money) -> Self {
        Self::balanced(
            id,
            amount.currency,
            [
                (
                    LedgerAccount::ProviderClearing(provider.to_owned()),
                    amount.amount,
                ),
                (LedgerAccount::ViewerBalance(account), -amount.amount),
            ],
        )
    }

    /// A tip: we owe the viewer less, the streamer more, and keep the fee.
    pub fn tip(id: EntryId, payer: AccountId, to: ChannelId, fee: Money, net: Money) -> Self {
        Self::balanced(
            id,
            net.currency,
            [
                (LedgerAccount::ViewerBalance(payer), fee.amount + net.amount),
                (LedgerAccount::StreamerEarnings(to), -net.amount),
                (LedgerAccount::PlatformFees, -fee.amount),
            ],
        )
    }

    /// Postings of zero (a fee under a 0 % schedule) say nothing and are left out.
    fn balanced<const N: usize>(
        id: EntryId,
        currency: Currency,
        postings: [(LedgerAccount, Decimal); N],
    ) -> Self {
        let postings = postings
            .into_iter()
            .filter(|(_, amount)| !amount.is_zero())
            .map(|(account, amount)| Posting { account, amount })
            .collect();
        let entry = Self {
            id,
            currency,
            postings,
        };
        debug_assert!(
            entry.is_balanced(),
            "entries are made by functions that balance them"
        );
        entry
    }

    /// Whether the postings sum to zero.
    pub fn is_balanced(&self) -> bool {
        self.postings
            .iter()
            .map(|posting| posting.amount)
            .sum::<Decimal>()
            .is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::FeeSchedule;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn account(n: u128) -> AccountId {
        AccountId(Uuid::from_u128(n))
    }

    #[test]
    fn accounts_are_read_back_as_they_are_written() {
        for ledger_account in [
            LedgerAccount::ViewerBalance(account(1)),
            LedgerAccount::StreamerEarnings(account(2).into()),
            LedgerAccount::PlatformFees,
            LedgerAccount::ProviderClearing("sandbox".into()),
            LedgerAccount::PayoutsInFlight(account(3).into()),
            LedgerAccount::Refunds,
            LedgerAccount::ChargebacksReceivable(account(4).into()),
            LedgerAccount::Promotions,
        ] {
            assert_eq!(ledger_account.to_string().parse(), Ok(ledger_account));
        }
        assert!("petty_cash".parse::<LedgerAccount>().is_err());
        assert!("viewer_balance:nobody".parse::<LedgerAccount>().is_err());
    }

    proptest! {
        #[test]
        fn every_entry_balances(cents in 1_i64..100_000_000, rate in 0_i64..1_000_000) {
            let id = EntryId(Uuid::from_u128(9));
            let currency: Currency = "EUR".parse().unwrap();
            let gross = Money::from_minor(cents, currency);
            prop_assert!(Entry::top_up(id, account(1), "sandbox", gross).is_balanced());
            let (fee, net) = FeeSchedule::new("x".into(), Decimal::new(rate, 6)).unwrap().split(gross);
            prop_assert!(Entry::tip(id, account(1), account(2).into(), fee, net).is_balanced());
        }
    }
}
