//! Ledger entries: every movement of money, balanced to zero.
//!
//! An entry is for ever. What was wrong is put right by another entry, which names the one that it
//! reverses; what belongs to an earlier day than the one on which it was recorded says so.

use crate::{AccountId, ChannelId, Currency, EntryId, Money, Position, StreamId, Timestamp};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

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
    /// The day (UTC) that it belongs to in the books, where that is not the day on which it was
    /// recorded: see [`Entry::day`]. Never in a period that was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_on: Option<NaiveDate>,
    /// The entry that it takes back, in whole. An entry is reversed at most once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<EntryId>,
    /// What a provider calls the payment or the payout: what its own files are compared by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Entry {
    /// The day (UTC) that it belongs to, where it was recorded at `recorded_at`.
    pub fn day(&self, recorded_at: Timestamp) -> NaiveDate {
        self.effective_on
            .unwrap_or_else(|| recorded_at.date_naive())
    }

    /// The same, which takes back the entry `reversed`.
    #[must_use]
    pub fn reversing(self, reversed: EntryId) -> Self {
        Self {
            reverses: Some(reversed),
            ..self
        }
    }

    /// The same, which a provider knows under `reference`.
    #[must_use]
    pub fn known_as(self, reference: String) -> Self {
        Self {
            reference: Some(reference),
            ..self
        }
    }

    /// The same, which belongs to `day`.
    #[must_use]
    pub fn effective(self, day: NaiveDate) -> Self {
        Self {
            effective_on: Some(day),
            ..self
        }
    }

    /// The entry that takes this one back: every posting the other way round.
    #[must_use]
    pub fn reversal(&self, id: EntryId) -> Self {
        let turned = self.postings.iter().map(|posting| Posting {
            account: posting.account.clone(),
            amount: -posting.amount,
        });
        // Debits first, as everywhere.
        let (debits, credits): (Vec<_>, Vec<_>) =
            turned.partition(|posting| posting.amount.is_sign_positive());
        Self {
            id,
            currency: self.currency,
            postings: debits.into_iter().chain(credits).collect(),
            effective_on: None,
            reverses: Some(self.id),
            reference: self.reference.clone(),
        }
    }

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

    /// A promotion: we give it away, and owe it to the viewer.
    pub fn promotion(id: EntryId, account: AccountId, amount: Money) -> Self {
        Self::balanced(
            id,
            amount.currency,
            [
                (LedgerAccount::Promotions, amount.amount),
                (LedgerAccount::ViewerBalance(account), -amount.amount),
            ],
        )
    }

    /// A tip: we owe the viewer less, the streamer more, and keep the fee.
    pub fn tip(id: EntryId, payer: AccountId, to: ChannelId, fee: Money, net: Money) -> Self {
        Self::tip_to_debtor(id, payer, to, fee, net, Money::zero(net.currency))
    }

    /// A tip to a streamer who owes us: `repaid` of the net is no earning, but settles the debt.
    pub fn tip_to_debtor(
        id: EntryId,
        payer: AccountId,
        to: ChannelId,
        fee: Money,
        net: Money,
        repaid: Money,
    ) -> Self {
        Self::balanced(
            id,
            net.currency,
            [
                (LedgerAccount::ViewerBalance(payer), fee.amount + net.amount),
                (
                    LedgerAccount::StreamerEarnings(to),
                    repaid.amount - net.amount,
                ),
                (LedgerAccount::ChargebacksReceivable(to), -repaid.amount),
                (LedgerAccount::PlatformFees, -fee.amount),
            ],
        )
    }

    /// A tip taken back: the viewer has it again, the platform gives its fee back, and what the streamer
    /// no longer has (`missing` of the net) the streamer owes.
    pub fn tip_refund(id: EntryId, tip: &GivenTip, missing: Decimal) -> Self {
        Self::balanced(
            id,
            tip.currency,
            [
                (
                    LedgerAccount::StreamerEarnings(tip.channel),
                    tip.net - missing,
                ),
                (LedgerAccount::ChargebacksReceivable(tip.channel), missing),
                (LedgerAccount::PlatformFees, tip.fee),
                (LedgerAccount::ViewerBalance(tip.payer), -tip.amount),
            ],
        )
        .reversing(tip.entry)
    }

    /// A payment that the provider gave back to the payer, or had to: `taken` of it is taken from the
    /// viewer's balance, and the platform bears the rest.
    pub fn payment_reversal(
        id: EntryId,
        account: AccountId,
        provider: &str,
        amount: Money,
        taken: Decimal,
    ) -> Self {
        Self::balanced(
            id,
            amount.currency,
            [
                (LedgerAccount::ViewerBalance(account), taken),
                (LedgerAccount::Refunds, amount.amount - taken),
                (
                    LedgerAccount::ProviderClearing(provider.to_owned()),
                    -amount.amount,
                ),
            ],
        )
    }

    /// A streamer asked for a payout: it leaves the earnings.
    pub fn payout_request(id: EntryId, channel: ChannelId, amount: Money) -> Self {
        Self::balanced(
            id,
            amount.currency,
            [
                (LedgerAccount::StreamerEarnings(channel), amount.amount),
                (LedgerAccount::PayoutsInFlight(channel), -amount.amount),
            ],
        )
    }

    /// A payout came to nothing: it is back in the earnings, but for what the streamer owes (`repaid`).
    pub fn payout_return(id: EntryId, channel: ChannelId, amount: Money, repaid: Decimal) -> Self {
        Self::balanced(
            id,
            amount.currency,
            [
                (LedgerAccount::PayoutsInFlight(channel), amount.amount),
                (
                    LedgerAccount::StreamerEarnings(channel),
                    repaid - amount.amount,
                ),
                (LedgerAccount::ChargebacksReceivable(channel), -repaid),
            ],
        )
    }

    /// A payout has arrived: the provider has paid it out of what it owes us.
    pub fn payout_settled(id: EntryId, channel: ChannelId, provider: &str, amount: Money) -> Self {
        Self::balanced(
            id,
            amount.currency,
            [
                (LedgerAccount::PayoutsInFlight(channel), amount.amount),
                (
                    LedgerAccount::ProviderClearing(provider.to_owned()),
                    -amount.amount,
                ),
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
            effective_on: None,
            reverses: None,
            reference: None,
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

/// A tip as it stands in the payer's history: what taking it back goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenTip {
    /// Where it stands in the log.
    pub position: Position,
    /// Its entry.
    pub entry: EntryId,
    /// Who paid.
    pub payer: AccountId,
    /// Whom.
    pub channel: ChannelId,
    /// The stream that was open, if one was.
    pub stream: Option<StreamId>,
    /// The currency of all three amounts.
    pub currency: Currency,
    /// What the viewer gave.
    pub amount: Decimal,
    /// What the platform kept.
    pub fee: Decimal,
    /// What the streamer got.
    pub net: Decimal,
}

impl EntryId {
    /// The `n`th id after this one, for a command that makes several entries: as good as random to whoever
    /// does not know this one, and the same again when the command is decided again.
    #[must_use]
    pub fn following(self, n: u32) -> Self {
        let hash = Sha256::new_with_prefix(b"tributary.entry.v1\0")
            .chain_update(self.0.as_bytes())
            .chain_update(n.to_be_bytes())
            .finalize();
        let mut bytes = *self.0.as_bytes();
        // The time of a version 7 stays, and with it the order; so do version and variant.
        for (place, byte) in bytes.iter_mut().zip(hash).skip(9) {
            *place = byte;
        }
        Self(Uuid::from_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::FeeSchedule;
    use proptest::prelude::*;

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
            prop_assert!(Entry::promotion(id, account(1), gross).is_balanced());
            let (fee, net) = FeeSchedule::new("x".into(), Decimal::new(rate, 6)).unwrap().split(gross);
            let tip = Entry::tip(id, account(1), account(2).into(), fee, net);
            prop_assert!(tip.is_balanced() && tip.reversal(id.following(1)).is_balanced());
        }

        #[test]
        fn what_is_paid_back_or_missing_never_unbalances(
            net in 1_i64..1_000_000,
            fee in 0_i64..1_000_000,
            part in 0_i64..=1_000_000,
        ) {
            let id = EntryId(Uuid::from_u128(9));
            let currency: Currency = "JPY".parse().unwrap();
            let money = |minor| Money::from_minor(minor, currency);
            let (channel, part) = (ChannelId::from(account(2)), money(part.min(net)));
            let tip = Entry::tip_to_debtor(id, account(1), channel, money(fee), money(net), part);
            prop_assert!(tip.is_balanced());
            let given = GivenTip {
                position: Position::START,
                entry: id,
                payer: account(1),
                channel,
                stream: None,
                currency,
                amount: money(net + fee).amount,
                fee: money(fee).amount,
                net: money(net).amount,
            };
            let refund = Entry::tip_refund(id.following(1), &given, part.amount);
            prop_assert!(refund.is_balanced());
            prop_assert_eq!(refund.reverses, Some(id));
            let reversal = Entry::payment_reversal(id, account(1), "x", money(net), part.amount);
            prop_assert!(reversal.is_balanced());
            prop_assert!(Entry::payout_return(id, channel, money(net), part.amount).is_balanced());
            prop_assert!(Entry::payout_request(id, channel, money(net)).is_balanced());
            prop_assert!(Entry::payout_settled(id, channel, "x", money(net)).is_balanced());
        }

        #[test]
        fn an_entry_and_its_reversal_sum_to_nothing_on_every_account(cents in 1_i64..1_000_000) {
            let amount = Money::from_minor(cents, "EUR".parse().unwrap());
            let id = EntryId(Uuid::from_u128(9));
            let entry = Entry::payment_reversal(id, account(1), "x", amount, amount.amount / Decimal::TWO);
            let reversal = entry.reversal(id.following(1));
            prop_assert_eq!(reversal.reverses, Some(id));
            for posting in &entry.postings {
                let turned = reversal.postings.iter().find(|other| other.account == posting.account);
                prop_assert_eq!(turned.unwrap().amount + posting.amount, Decimal::ZERO);
            }
        }
    }
}
