//! A payment at a provider: what the provider has said of it so far.
//!
//! Providers tell what happened by messages that may come twice, late, or in another order. So each fact is
//! kept when it is told, whatever was told before, and money moves once what it rests on is there: a
//! dispute of a payment that is not confirmed yet takes nothing, and is made up for when it is.

mod command;
mod events;
mod id;

pub use command::*;
pub use events::*;
pub use id::*;

use crate::{AccountId, EntryId, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most disputes of one payment.
pub const DISPUTES_MAX: usize = 16;

/// The longest word for why a payment failed, in characters.
pub const FAILURE_CHARACTERS_MAX: usize = 64;

rejections! {
    /// Why a payment refused.
    {
        /// What is told now is not what was told before.
        Differs => "PAYMENT_DIFFERS", None;
        /// Too many of one payment.
        TooManyDisputes => "TOO_MANY_DISPUTES", None, [limit = DISPUTES_MAX];
    }
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
mod tests;
