//! Payments through providers, and their disputes: what was told of each, and what taking one back left.
//!
//! When a payment is taken back, one append holds the tips that were taken back for it, the entry in the payer's
//! wallet, and what the payment itself records of it, in this order. What the first say is kept until the second
//! comes, and what the second says until the third: appends may be cut anywhere.

use crate::db::micros;
use crate::fold::{FoldError, Projection};
use crate::project::payment_rows::{
    Dispute, DisputeState, Payment, PaymentState, Reversal, TakingBack,
};
use crate::working::{Rows, Working};
use sha2::{Digest as _, Sha256};
use tributary_domain::entry::LedgerAccount;
use tributary_domain::money::minor;
use tributary_domain::payment::{Event as Happened, PaymentId};
use tributary_domain::wallet::{self, RefundCause, TipRefunded};
use tributary_domain::{AccountId, Currency, Event, HistoryId, Position, Recorded};
use uuid::Uuid;

/// Folds payments and disputes.
#[derive(Default)]
pub(crate) struct Payments {
    payments: Working<Payment>,
    disputes: Working<Dispute>,
    reversals: Working<Reversal>,
    takings: Working<TakingBack>,
}

impl Projection for Payments {
    fn name(&self) -> &'static str {
        "payments"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        match (&recorded.history, &recorded.event) {
            (HistoryId::Payment(id), Event::Payment(event)) => {
                self.payments.want((number(id, None),));
                if let Some(dispute) = dispute_of(event) {
                    self.disputes.want((number(id, Some(dispute)),));
                }
                if let Happened::ChargedBack(event) = event {
                    self.reversals.want((event.entry,));
                }
                true
            }
            (HistoryId::Wallet(account, currency), Event::Wallet(event)) => match event {
                wallet::Event::PaymentReversed(_) => {
                    self.takings.want((*account, *currency));
                    true
                }
                wallet::Event::TipRefunded(event) if event.cause == RefundCause::Payment => {
                    self.takings.want((*account, *currency));
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        match (&recorded.history, &recorded.event) {
            (HistoryId::Payment(id), Event::Payment(event)) => {
                self.told(id, event, recorded)?;
                if let Some(dispute) = dispute_of(event) {
                    self.disputed(id, dispute, event, recorded)?;
                }
                Ok(())
            }
            (_, Event::Payment(_)) => Err(FoldError::WrongHistory),
            (HistoryId::Wallet(account, currency), Event::Wallet(event)) => {
                let wallet = (*account, *currency);
                match event {
                    wallet::Event::TipRefunded(event) if event.cause == RefundCause::Payment => {
                        self.took(wallet, event, recorded.position)
                    }
                    wallet::Event::PaymentReversed(event) => self.reversed(wallet, event, recorded),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![
            &mut self.payments,
            &mut self.disputes,
            &mut self.reversals,
            &mut self.takings,
        ]
    }
}

impl Payments {
    /// What an event says of the payment itself.
    fn told(
        &mut self,
        id: &PaymentId,
        event: &Happened,
        recorded: &Recorded,
    ) -> Result<(), FoldError> {
        let at = micros(recorded.recorded_at);
        let number = number(id, None);
        let payment = self.payments.edit_or(&(number,), || Payment {
            payment: number,
            position: recorded.position,
            provider: id.provider().to_owned(),
            reference: id.reference().to_owned(),
            state: PaymentState::Announced,
            account: None,
            currency: None,
            amount: None,
            refunded: 0,
            failure: None,
            entry: None,
            begun_at: at,
            confirmed_at: None,
            changed_at: at,
        })?;
        payment.changed_at = at;
        match event {
            Happened::Intended(event) => {
                payment.state = PaymentState::Intended;
                payment.account = Some(event.account);
                payment.currency = Some(event.amount.currency);
                payment.amount = Some(event.amount.minor());
            }
            Happened::Confirmed(event) => {
                payment.state = PaymentState::Confirmed;
                payment.account = Some(event.account);
                payment.currency = Some(event.amount.currency);
                payment.amount = Some(event.amount.minor());
                payment.entry = Some(event.entry);
                payment.confirmed_at = Some(at);
                payment.failure = None;
            }
            Happened::Failed(event) => {
                payment.state = PaymentState::Failed;
                payment.failure = Some(event.code.clone());
            }
            Happened::Refunded(event) => payment.refunded = event.total.minor(),
            Happened::RefundAnnounced(_)
            | Happened::DisputeOpened(_)
            | Happened::ChargedBack(_)
            | Happened::DisputeWon(_)
            | Happened::DisputeLost(_) => {}
        }
        Ok(())
    }

    /// What it says of one of its disputes.
    fn disputed(
        &mut self,
        id: &PaymentId,
        reference: &str,
        event: &Happened,
        recorded: &Recorded,
    ) -> Result<(), FoldError> {
        let at = micros(recorded.recorded_at);
        let dispute = number(id, Some(reference));
        if let Happened::DisputeOpened(event) = event {
            let payment = self.payments.get(&(number(id, None),))?;
            self.disputes.put(Dispute {
                dispute,
                position: recorded.position,
                provider: id.provider().to_owned(),
                payment: id.reference().to_owned(),
                reference: reference.to_owned(),
                state: DisputeState::Open,
                account: payment.and_then(|payment| payment.account),
                currency: event.amount.currency,
                amount: event.amount.minor(),
                opened_at: at,
                charged_back_at: None,
                decided_at: None,
                entry: None,
                restored_by: None,
                taken: 0,
                tips: 0,
                receivable: 0,
                first_position: None,
                last_position: None,
            });
            return Ok(());
        }
        let dispute = self.disputes.edit(&(dispute,))?;
        match event {
            Happened::ChargedBack(event) => {
                let reversal = self.reversals.get(&(event.entry,))?;
                let missing = || FoldError::missing::<Reversal>(&(event.entry,));
                let reversal = reversal.ok_or_else(missing)?;
                dispute.account = Some(event.account);
                dispute.charged_back_at = Some(at);
                dispute.entry = Some(event.entry);
                dispute.taken = reversal.taken;
                dispute.tips = reversal.tips;
                dispute.receivable = reversal.receivable;
                dispute.first_position = Some(reversal.first_position);
                dispute.last_position = Some(reversal.last_position);
            }
            Happened::DisputeWon(event) => {
                dispute.state = DisputeState::Won;
                dispute.decided_at = Some(at);
                dispute.restored_by = event.entry;
            }
            Happened::DisputeLost(_) => {
                dispute.state = DisputeState::Lost;
                dispute.decided_at = Some(at);
            }
            Happened::Intended(_)
            | Happened::Confirmed(_)
            | Happened::Failed(_)
            | Happened::RefundAnnounced(_)
            | Happened::Refunded(_)
            | Happened::DisputeOpened(_) => {}
        }
        Ok(())
    }

    /// A tip that was taken back because its payment is.
    fn took(
        &mut self,
        (account, currency): (AccountId, Currency),
        event: &TipRefunded,
        position: Position,
    ) -> Result<(), FoldError> {
        let taking = self.takings.edit_or(&(account, currency), || TakingBack {
            account,
            currency,
            tips: 0,
            receivable: 0,
            first_position: position,
        })?;
        let owed =
            event.entry.postings.iter().filter(|posting| {
                matches!(posting.account, LedgerAccount::ChargebacksReceivable(_))
            });
        let owed: i64 = owed.map(|posting| minor(posting.amount, currency)).sum();
        taking.tips += 1;
        let sum = taking.receivable.checked_add(owed);
        taking.receivable = sum.ok_or(FoldError::TooLarge("what a dispute left"))?;
        Ok(())
    }

    fn reversed(
        &mut self,
        wallet: (AccountId, Currency),
        event: &wallet::PaymentReversed,
        recorded: &Recorded,
    ) -> Result<(), FoldError> {
        let taking = self.takings.get(&wallet)?.cloned();
        if taking.is_some() {
            self.takings.remove(&wallet);
        }
        let position = recorded.position;
        self.reversals.put(Reversal {
            entry: event.entry.id,
            taken: minor(event.taken, wallet.1),
            tips: taking.as_ref().map_or(0, |taking| taking.tips),
            receivable: taking.as_ref().map_or(0, |taking| taking.receivable),
            first_position: taking.map_or(position, |taking| taking.first_position),
            last_position: position,
        });
        Ok(())
    }
}

/// The dispute that an event is about, as the provider calls it.
fn dispute_of(event: &Happened) -> Option<&str> {
    match event {
        Happened::DisputeOpened(event) => Some(&event.dispute),
        Happened::ChargedBack(event) => Some(&event.dispute),
        Happened::DisputeWon(event) => Some(&event.dispute),
        Happened::DisputeLost(event) => Some(&event.dispute),
        Happened::Intended(_)
        | Happened::Confirmed(_)
        | Happened::Failed(_)
        | Happened::RefundAnnounced(_)
        | Happened::Refunded(_) => None,
    }
}

/// Names a payment, or one of its disputes: texts are no keys. Neither name holds a space.
fn number(payment: &PaymentId, dispute: Option<&str>) -> Uuid {
    let text = match dispute {
        Some(dispute) => format!("{payment} {dispute}"),
        None => payment.to_string(),
    };
    let digest = Sha256::digest(text);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(bytes)
}
