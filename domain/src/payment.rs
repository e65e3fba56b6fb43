//! A payment at a provider: what the provider has said of it so far.
//!
//! Providers tell what happened by messages that may come twice, late, or in another order. So each fact is
//! kept when it is told, whatever was told before, and money moves once what it rests on is there: a
//! dispute of a payment that is not confirmed yet takes nothing, and is made up for when it is.

use crate::finance;
use crate::{AccountId, EntryId, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Names a payment: the provider, and what the provider calls it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaymentId {
    provider: String,
    reference: String,
}

impl PaymentId {
    /// A payment at `provider`, which calls it `reference`.
    ///
    /// # Errors
    /// `BAD_REFERENCE`.
    pub fn new(provider: &str, reference: &str) -> Result<Self, finance::Rejection> {
        finance::provider(provider)?;
        finance::reference(reference)?;
        Ok(Self {
            provider: provider.to_owned(),
            reference: reference.to_owned(),
        })
    }

    /// The sandbox's payment of an entry.
    pub fn of_sandbox(entry: EntryId) -> Self {
        Self {
            provider: SANDBOX.to_owned(),
            reference: entry.to_string(),
        }
    }

    /// The provider.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// What the provider calls it.
    pub fn reference(&self) -> &str {
        &self.reference
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider, self.reference)
    }
}

impl FromStr for PaymentId {
    type Err = finance::Rejection;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (provider, reference) = text.split_once(':').unwrap_or((text, ""));
        Self::new(provider, reference)
    }
}

/// The provider that is built in: it always says yes.
pub const SANDBOX: &str = "sandbox";

/// The most disputes of one payment.
pub const DISPUTES_MAX: usize = 16;

/// The longest word for why a payment failed, in characters.
pub const FAILURE_CHARACTERS_MAX: usize = 64;

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

rejections! {
    /// Why a payment refused.
    {
        /// What is told now is not what was told before.
        Differs => "PAYMENT_DIFFERS", None;
        /// Too many of one payment.
        TooManyDisputes => "TOO_MANY_DISPUTES", None, [limit = DISPUTES_MAX];
    }
}

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

/// How far a payment is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing was said that would tell.
    #[default]
    Unknown,
    /// Somebody is about to pay.
    Intended,
    /// They tried, and could not.
    Failed,
    /// The money came.
    Confirmed,
}

/// A dispute of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// How much is disputed.
    pub amount: Money,
    /// How it stands.
    pub standing: Standing,
    /// The entry by which the money was taken back, if it was.
    pub charged_back: Option<EntryId>,
}

/// A payment's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// How far it is.
    pub status: Status,
    /// Whose it is, as far as that was told.
    pub account: Option<AccountId>,
    /// How much it is, as far as that was told.
    pub amount: Option<Money>,
    /// What was told to be given back in all.
    pub refund_told: Option<Money>,
    /// What was taken from the wallet for that.
    pub refunded: Decimal,
    /// Disputes, by what the provider calls them.
    pub disputes: BTreeMap<String, Dispute>,
}

impl Payment {
    /// Decides what is said.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Intend { account, amount } => match self.status {
                Status::Unknown => Ok(vec![Intended { account, amount }.into()]),
                Status::Intended | Status::Failed | Status::Confirmed => {
                    self.is_of(account, amount)?;
                    Ok(vec![])
                }
            },
            Command::Confirm {
                account,
                amount,
                entry,
            } => self.confirm(account, amount, entry),
            Command::Fail { code } => Ok(match self.status {
                Status::Unknown | Status::Intended => vec![Failed { code }.into()],
                // Of an attempt before the one that succeeded, or told before.
                Status::Failed | Status::Confirmed => vec![],
            }),
            Command::Refund { total, entry } => self.refund(total, entry),
            Command::Dispute {
                dispute,
                amount,
                standing,
                entry,
            } => self.dispute(dispute, amount, standing, entry),
        }
    }

    /// Refuses what is another's, or another amount than was told before.
    fn is_of(&self, account: AccountId, amount: Money) -> Result<(), Rejection> {
        if self.account.is_some_and(|told| told != account)
            || self.amount.is_some_and(|told| told != amount)
        {
            return Err(Rejection::Differs);
        }
        Ok(())
    }

    fn confirm(
        &self,
        account: AccountId,
        amount: Money,
        entry: EntryId,
    ) -> Result<Vec<Event>, Rejection> {
        self.is_of(account, amount)?;
        match self.status {
            Status::Confirmed => return Ok(vec![]),
            Status::Unknown | Status::Intended | Status::Failed => {}
        }
        let mut events = vec![
            Confirmed {
                account,
                amount,
                entry,
            }
            .into(),
        ];
        // What was told too early is made up for, each by an entry of its own.
        if let Some(total) = self.refund_told {
            if total.currency != amount.currency || total.amount > amount.amount {
                return Err(Rejection::Differs);
            }
            events.push(
                Refunded {
                    account,
                    total,
                    amount: total.amount,
                    entry: entry.following(1),
                }
                .into(),
            );
        }
        let taken = |dispute: &&(&String, &Dispute)| dispute.1.standing != Standing::Won;
        let disputes: Vec<_> = self.disputes.iter().collect();
        for (number, (dispute, told)) in (2..).zip(disputes.iter().filter(taken)) {
            if told.amount.currency != amount.currency {
                return Err(Rejection::Differs);
            }
            events.push(
                ChargedBack {
                    dispute: (*dispute).clone(),
                    account,
                    amount: told.amount,
                    entry: entry.following(number),
                }
                .into(),
            );
        }
        Ok(events)
    }

    fn refund(&self, total: Money, entry: EntryId) -> Result<Vec<Event>, Rejection> {
        if let Some(amount) = self.amount
            && (amount.currency != total.currency || total.amount > amount.amount)
        {
            return Err(Rejection::Differs);
        }
        // Told before, or by a message that was overtaken.
        if self
            .refund_told
            .is_some_and(|told| told.currency == total.currency && told.amount >= total.amount)
        {
            return Ok(vec![]);
        }
        Ok(match (self.status, self.account) {
            (Status::Confirmed, Some(account)) => vec![
                Refunded {
                    account,
                    total,
                    amount: total.amount - self.refunded,
                    entry,
                }
                .into(),
            ],
            (Status::Unknown | Status::Intended | Status::Failed | Status::Confirmed, _) => {
                vec![RefundAnnounced { total }.into()]
            }
        })
    }

    fn dispute(
        &self,
        dispute: String,
        amount: Money,
        standing: Standing,
        entry: EntryId,
    ) -> Result<Vec<Event>, Rejection> {
        if self
            .amount
            .is_some_and(|told| told.currency != amount.currency)
        {
            return Err(Rejection::Differs);
        }
        let known = self.disputes.get(&dispute);
        if known.is_none() && self.disputes.len() >= DISPUTES_MAX {
            return Err(Rejection::TooManyDisputes);
        }
        let mut events = vec![];
        let mut charged_back = known.and_then(|known| known.charged_back);
        if known.is_none() {
            let opened = DisputeOpened {
                dispute: dispute.clone(),
                amount,
            };
            events.push(opened.into());
            if let (Status::Confirmed, Some(account)) = (self.status, self.account)
                && standing != Standing::Won
            {
                charged_back = Some(entry);
                events.push(
                    ChargedBack {
                        dispute: dispute.clone(),
                        account,
                        amount,
                        entry,
                    }
                    .into(),
                );
            }
        }
        let before = known.map_or(Standing::Open, |known| known.standing);
        match (before, standing) {
            (Standing::Open, Standing::Won) => {
                let entry = charged_back.map(|_| entry);
                events.push(DisputeWon { dispute, entry }.into());
            }
            (Standing::Open, Standing::Lost) => events.push(DisputeLost { dispute }.into()),
            // Decided once, or nothing new.
            (Standing::Won | Standing::Lost, _) | (Standing::Open, Standing::Open) => {}
        }
        Ok(events)
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::Intended(event) => {
                self.status = Status::Intended;
                self.account = Some(event.account);
                self.amount = Some(event.amount);
            }
            Event::Confirmed(event) => {
                self.status = Status::Confirmed;
                self.account = Some(event.account);
                self.amount = Some(event.amount);
            }
            Event::Failed(_) => self.status = Status::Failed,
            Event::RefundAnnounced(event) => self.refund_told = Some(event.total),
            Event::Refunded(event) => {
                self.refund_told = Some(event.total);
                self.refunded += event.amount;
            }
            Event::DisputeOpened(event) => {
                let dispute = Dispute {
                    amount: event.amount,
                    standing: Standing::Open,
                    charged_back: None,
                };
                self.disputes.insert(event.dispute.clone(), dispute);
            }
            Event::ChargedBack(event) => {
                if let Some(dispute) = self.disputes.get_mut(&event.dispute) {
                    dispute.charged_back = Some(event.entry);
                }
            }
            Event::DisputeWon(event) => self.decided(&event.dispute, Standing::Won),
            Event::DisputeLost(event) => self.decided(&event.dispute, Standing::Lost),
        }
    }

    fn decided(&mut self, dispute: &str, standing: Standing) {
        if let Some(dispute) = self.disputes.get_mut(dispute) {
            dispute.standing = standing;
        }
    }
}

aggregate!(Payment, "payment");

#[cfg(test)]
#[path = "payment_tests.rs"]
mod tests;
