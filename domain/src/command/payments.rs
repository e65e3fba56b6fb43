//! Commands about payments: what a provider says, and what follows from it for the payer's wallet.
//!
//! **When a payment is taken back** (given back by the provider, or charged back by the payer's bank):
//! 1. what is in the payer's balance is taken, also what is set aside there;
//! 2. if that is not enough, tips that the payer gave since the payment are taken back, the newest first,
//!    whole ones only: the streamer has them no more, or owes them where they were paid out;
//! 3. what is missing even then, the platform bears (refunds). No balance goes below zero.
//!
//! A dispute that is won gives back what was taken in 1 and 3; tips that were taken back stay so, and the
//! viewer can give them again.

use super::till::Till;
use super::{Actor, books, exists, is_finance, refunds, signed_in};
use crate::channel::Reason;
use crate::decision::Reader;
use crate::entry::GivenTip;
use crate::finance;
use crate::payment::{self, Event, PaymentId, Standing};
use crate::wallet::{self, RefundCause, ReversalCause};
use crate::{AccountId, Decision, EntryId, HistoryId, Money, Salt, Timestamp, Undecided};
use rust_decimal::Decimal;

/// The most tips that one message of a provider takes back.
pub const TIPS_TAKEN_BACK_MAX: usize = 100;

/// What can be asked. Everything but [`Command::Intend`] is what a provider says, and asked for by the part
/// that listens to it, on the console or by finance.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// The own account is about to pay.
    Intend {
        /// The payment.
        payment: PaymentId,
        /// How much.
        amount: Money,
    },
    /// The money came.
    Confirm {
        /// The payment.
        payment: PaymentId,
        /// Whose it is.
        account: AccountId,
        /// How much.
        amount: Money,
        /// Names the entries.
        entry: EntryId,
        /// What may have to be taken back, where the payment was disputed before it was confirmed.
        tips: GivenTips,
    },
    /// An attempt came to nothing.
    Fail {
        /// The payment.
        payment: PaymentId,
        /// The provider's word for why.
        code: String,
    },
    /// So much was given back in all.
    Refund {
        /// The payment.
        payment: PaymentId,
        /// In all so far.
        total: Money,
        /// Names the entries.
        entry: EntryId,
        /// What may have to be taken back.
        tips: GivenTips,
    },
    /// A dispute stands like this.
    Dispute {
        /// The payment.
        payment: PaymentId,
        /// What the provider calls the dispute.
        dispute: String,
        /// How much is disputed.
        amount: Money,
        /// How it stands.
        standing: Standing,
        /// Names the entries.
        entry: EntryId,
        /// What may have to be taken back.
        tips: GivenTips,
    },
}

/// Tips that the payer gave since the payment, the newest first, as they stand in the log; at most
/// [`TIPS_TAKEN_BACK_MAX`] of them are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenTips {
    /// The tips.
    pub tips: Vec<GivenTip>,
    /// For the personal parts of what takes them back.
    pub salt: Salt,
}

impl Command {
    fn payment(&self) -> &PaymentId {
        match self {
            Self::Intend { payment, .. }
            | Self::Confirm { payment, .. }
            | Self::Fail { payment, .. }
            | Self::Refund { payment, .. }
            | Self::Dispute { payment, .. } => payment,
        }
    }

    pub(super) fn names(&self) -> Vec<HistoryId> {
        let mut names = vec![HistoryId::Payment(self.payment().clone()), HistoryId::Books];
        if let Self::Confirm {
            account, amount, ..
        } = self
        {
            names.push(HistoryId::Account(*account));
            names.push(HistoryId::Wallet(*account, amount.currency));
        }
        names
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        let payment = self.payment();
        let (said, currency, tips) = match self.clone() {
            Self::Intend { amount, .. } => {
                let account = signed_in(actor)?;
                exists(account, read)?;
                wallet::within_top_up_limit(amount)?;
                let intend = payment::Command::Intend { account, amount };
                let events = read.payment(payment, |state| state.decide(intend))??;
                let mut decision = Decision::default();
                decision.record(&HistoryId::Payment(payment.clone()), None, events);
                return Ok(decision);
            }
            Self::Confirm {
                account,
                amount,
                entry,
                tips,
                ..
            } => {
                let said = payment::Command::Confirm {
                    account,
                    amount,
                    entry,
                };
                (said, Some(amount.currency), Some(tips))
            }
            Self::Fail { code, .. } => (payment::Command::Fail { code }, None, None),
            Self::Refund {
                total, entry, tips, ..
            } => {
                let currency = Some(total.currency);
                (
                    payment::Command::Refund { total, entry },
                    currency,
                    Some(tips),
                )
            }
            Self::Dispute {
                dispute,
                amount,
                standing,
                entry,
                tips,
                ..
            } => {
                finance::reference(&dispute)?;
                let said = payment::Command::Dispute {
                    dispute,
                    amount,
                    standing,
                    entry,
                };
                (said, Some(amount.currency), Some(tips))
            }
        };
        if !is_finance(actor, read)? {
            return Err(finance::Rejection::NotFinance.into());
        }
        if let Self::Confirm { account, .. } = self {
            // Also of somebody who was erased meanwhile: the money has come.
            let registered = read.account(*account, |account| account.id.is_some())?;
            if !registered {
                return Err(crate::account::Rejection::NotFound.into());
            }
        }
        let (before, events) = read.payment(payment, |state| {
            let events = state.decide(said)?;
            Ok::<_, payment::Rejection>((state.clone(), events))
        })??;
        let history = HistoryId::Payment(payment.clone());
        let (Some(currency), Some(tips)) = (currency, tips) else {
            let mut decision = Decision::default();
            decision.record(&history, None, events);
            return Ok(decision);
        };
        if events.is_empty() {
            return Ok(Decision::default());
        }
        books::open(None, at, read)?;
        let mut till = Till::new(read, currency);
        for event in &events {
            follow(&mut till, payment, &before, event, &tips)?;
        }
        till.record(&history, None, events);
        Ok(till.close())
    }
}

/// Moves the money that an event of the payment stands for.
fn follow(
    till: &mut Till<'_, '_>,
    payment: &PaymentId,
    before: &payment::Payment,
    event: &Event,
    tips: &GivenTips,
) -> Result<(), Undecided> {
    match event {
        Event::Confirmed(event) => till.ask(
            event.account,
            None,
            wallet::Command::TopUp {
                account: event.account,
                entry: event.entry,
                amount: event.amount,
                provider: payment.provider().to_owned(),
                reference: Some(payment.reference().to_owned()),
            },
        ),
        Event::Refunded(event) => {
            let amount = Money {
                amount: event.amount,
                ..event.total
            };
            let cause = ReversalCause::Refund;
            take_back(
                till,
                payment,
                event.account,
                event.entry,
                amount,
                cause,
                tips,
            )
        }
        Event::ChargedBack(event) => {
            let (entry, amount) = (event.entry, event.amount);
            let cause = ReversalCause::Chargeback;
            take_back(till, payment, event.account, entry, amount, cause, tips)
        }
        Event::DisputeWon(event) => {
            let dispute = before.disputes.get(&event.dispute);
            let charged_back = dispute.and_then(|told| Some((told.amount, told.charged_back?)));
            let (Some(entry), Some((amount, reversed)), Some(account)) =
                (event.entry, charged_back, before.account)
            else {
                return Ok(());
            };
            till.ask(
                account,
                None,
                wallet::Command::RestorePayment {
                    account,
                    entry,
                    reversed,
                    amount,
                    provider: payment.provider().to_owned(),
                    reference: payment.reference().to_owned(),
                },
            )
        }
        Event::Intended(_)
        | Event::Failed(_)
        | Event::RefundAnnounced(_)
        | Event::DisputeOpened(_)
        | Event::DisputeLost(_) => Ok(()),
    }
}

/// Takes a payment back by the rule above.
fn take_back(
    till: &mut Till<'_, '_>,
    payment: &PaymentId,
    account: AccountId,
    entry: EntryId,
    amount: Money,
    cause: ReversalCause,
    given: &GivenTips,
) -> Result<(), Undecided> {
    let tips = given.tips.iter().take(TIPS_TAKEN_BACK_MAX);
    let own = tips.filter(|tip| tip.payer == account && tip.currency == amount.currency);
    for (number, tip) in (1..).zip(own) {
        let (missing, refunded) = till.look(account, |wallet| {
            let missing = amount.amount - wallet.balance;
            (missing, wallet.refunded.contains(&tip.entry))
        })?;
        if missing <= Decimal::ZERO {
            break;
        }
        if !refunded {
            let silent = Reason {
                text: None,
                salt: given.salt,
            };
            let id = entry.following(number);
            refunds::take_back(till, id, tip, RefundCause::Payment, silent)?;
        }
    }
    till.ask(
        account,
        None,
        wallet::Command::ReversePayment {
            account,
            entry,
            amount,
            provider: payment.provider().to_owned(),
            reference: payment.reference().to_owned(),
            cause,
        },
    )
}
