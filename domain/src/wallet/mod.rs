//! A wallet: one account's money in one currency. It never goes below zero.
//!
//! What its owner pays in and spends is the **balance**; what a streamer earns are the **earnings**, which
//! can only be paid out. What a streamer **owes**, because a payment was taken back whose tip was paid
//! out, is paid off by what comes in next: it never makes anything negative.

mod command;
mod events;
pub mod holds;

pub use command::*;
pub use events::*;

use crate::entry::Entry;
use crate::{EntryId, HoldId, Money, Personal};
use holds::Hold;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

rejections! {
    /// Why a wallet refused.
    {
        /// Not enough there.
        InsufficientBalance { /// What is there.
            balance: Money } => "INSUFFICIENT_BALANCE", Some("amount");
        /// Over the limit of one payment.
        TopUpTooLarge { /// The most at once.
            limit: Money } => "TOP_UP_TOO_LARGE", Some("amount");
        /// To oneself.
        OwnChannel => "OWN_CHANNEL", Some("channelId");
        /// A streamer has not earned as much, or not kept it.
        InsufficientEarnings { /// What is there.
            earnings: Money } => "INSUFFICIENT_EARNINGS", Some("amount");
        /// The tip was taken back before.
        AlreadyRefunded => "ALREADY_REFUNDED", Some("tipId");
        /// No tip stands there.
        TipNotFound => "TIP_NOT_FOUND", Some("tipId");
        /// No such charge-back is open.
        NothingToRestore => "NOTHING_TO_RESTORE", None;
        /// No such hold, or it is over.
        HoldNotFound => "HOLD_NOT_FOUND", Some("holdId");
        /// It does not end in the time that is allowed.
        BadHoldTime => "BAD_HOLD_TIME", Some("until"), [days = holds::HOLD_DAYS_MAX];
        /// Too many at once.
        TooManyHolds => "TOO_MANY_HOLDS", None, [limit = holds::HOLDS_MAX];
        /// The wallet would hold more than can be counted.
        BalanceTooLarge => "BALANCE_TOO_LARGE", Some("amount"), [limit = BALANCE_MAX];
    }
}

/// The most that can be paid in at once, in whole units.
pub const TOP_UP_MAX: i64 = 10_000;

/// The most that one wallet holds, in whole units: sums stay within 64-bit minor units.
pub const BALANCE_MAX: i64 = 10_000_000_000;

/// A wallet's state, in its currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// What its owner can spend, what is set aside included.
    pub balance: Decimal,
    /// What its owner has earned and not been paid out.
    pub earnings: Decimal,
    /// What its owner owes, because more was taken back than earnings were there.
    pub owed: Decimal,
    /// What is set aside.
    pub holds: BTreeMap<HoldId, Hold>,
    /// Entries of tips given from here that were taken back. Grows with refunds only.
    pub refunded: BTreeSet<EntryId>,
    /// Charge-backs that may yet be won, by their entries, each with what it took from the balance.
    pub charged_back: BTreeMap<EntryId, Decimal>,
}

impl Wallet {
    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::TopUp {
                account,
                entry,
                amount,
                provider,
                reference,
            } => {
                within_bounds(self.balance + amount.amount)?;
                let entry = Entry::top_up(entry, account, &provider, amount);
                let entry = Entry { reference, ..entry };
                let amount = amount.amount;
                Ok(vec![
                    ToppedUp {
                        amount,
                        provider,
                        entry,
                    }
                    .into(),
                ])
            }
            Command::Grant(grant) => self.grant(grant),
            Command::Tip(tip) => self.tip(tip),
            Command::Credit { entry, amount } => {
                let repaid = self.pays_off(amount.amount);
                within_bounds(self.earnings + amount.amount - repaid)?;
                let amount = amount.amount;
                Ok(vec![
                    Credited {
                        entry,
                        amount,
                        repaid,
                    }
                    .into(),
                ])
            }
            Command::Debit {
                entry,
                amount,
                may_owe,
            } => self.debit(entry, amount, may_owe),
            Command::RefundTip(refund) => self.refund(refund),
            Command::ReversePayment {
                account,
                entry,
                amount,
                provider,
                reference,
                cause,
            } => {
                let taken = amount.amount.min(self.balance);
                let entry = Entry::payment_reversal(entry, account, &provider, amount, taken);
                Ok(vec![
                    PaymentReversed {
                        provider,
                        cause,
                        amount: amount.amount,
                        taken,
                        entry: entry.known_as(reference),
                    }
                    .into(),
                ])
            }
            Command::RestorePayment {
                account,
                entry,
                reversed,
                amount,
                provider,
                reference,
            } => {
                let taken = self.charged_back.get(&reversed);
                let given = *taken.ok_or(Rejection::NothingToRestore)?;
                within_bounds(self.balance + given)?;
                let was = Entry::payment_reversal(reversed, account, &provider, amount, given);
                Ok(vec![
                    PaymentRestored {
                        provider,
                        amount: amount.amount,
                        given,
                        entry: was.reversal(entry).known_as(reference),
                    }
                    .into(),
                ])
            }
            Command::PlaceHold {
                hold,
                amount,
                until,
                at,
            } => self.place(hold, amount, until, at),
            Command::LiftHold { hold, reason, at } => Ok(self.release(hold, reason, at)),
        }
    }

    /// What of an amount that comes in pays off what its owner owes.
    pub fn pays_off(&self, amount: Decimal) -> Decimal {
        self.owed.min(amount)
    }

    /// What of an amount that is to go its owner has not got.
    pub fn lacks(&self, amount: Decimal) -> Decimal {
        (amount - self.earnings).max(Decimal::ZERO)
    }

    fn grant(&self, grant: Grant) -> Result<Vec<Event>, Rejection> {
        let Grant {
            account,
            entry,
            amount,
            by,
            reason,
            salt,
        } = grant;
        within_bounds(self.balance + amount.amount)?;
        Ok(vec![
            Granted {
                account,
                amount: amount.amount,
                by,
                entry: Entry::promotion(entry, account, amount),
                personal: Personal::seal(reason, salt),
            }
            .into(),
        ])
    }

    fn tip(&self, tip: Tip) -> Result<Vec<Event>, Rejection> {
        let Tip {
            entry,
            payer,
            channel,
            stream,
            amount,
            fee_schedule,
            repaid,
            hold,
            text,
            salt,
            at,
        } = tip;
        if channel.owner() == payer {
            return Err(Rejection::OwnChannel);
        }
        let mut events = vec![];
        if let Some(id) = hold {
            let held = self.holds.get(&id).filter(|held| held.until > at);
            let held = held.ok_or(Rejection::HoldNotFound)?;
            events.push(holds::lifted(id, *held, HoldEnd::Spent));
        }
        self.covers(amount, at, hold)?;
        let (fee, net) = fee_schedule.split(amount);
        let repaid = Money {
            amount: repaid,
            ..net
        };
        events.push(
            Tipped {
                payer,
                channel,
                stream,
                amount: amount.amount,
                fee: fee.amount,
                net: net.amount,
                fee_schedule,
                entry: Entry::tip_to_debtor(entry, payer, channel, fee, net, repaid),
                personal: Personal::seal(text, salt),
            }
            .into(),
        );
        Ok(events)
    }

    fn debit(&self, entry: EntryId, amount: Money, may_owe: bool) -> Result<Vec<Event>, Rejection> {
        let owed = self.lacks(amount.amount);
        if !owed.is_zero() && !may_owe {
            let mut earnings = Money {
                amount: self.earnings,
                ..amount
            };
            earnings.amount.rescale(amount.currency.digits());
            return Err(Rejection::InsufficientEarnings { earnings });
        }
        within_bounds(self.owed + owed)?;
        let amount = amount.amount;
        Ok(vec![
            Debited {
                entry,
                amount,
                owed,
            }
            .into(),
        ])
    }

    fn refund(&self, refund: Refund) -> Result<Vec<Event>, Rejection> {
        let Refund {
            entry,
            tip,
            missing,
            cause,
            reason,
            salt,
        } = refund;
        if self.refunded.contains(&tip.entry) {
            return Err(Rejection::AlreadyRefunded);
        }
        within_bounds(self.balance + tip.amount)?;
        Ok(vec![
            TipRefunded {
                tip: tip.position,
                payer: tip.payer,
                channel: tip.channel,
                stream: tip.stream,
                amount: tip.amount,
                fee: tip.fee,
                net: tip.net,
                cause,
                entry: Entry::tip_refund(entry, &tip, missing),
                personal: Personal::seal(reason, salt),
            }
            .into(),
        ])
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::ToppedUp(event) => self.balance += event.amount,
            Event::Granted(event) => self.balance += event.amount,
            Event::Tipped(event) => self.balance -= event.amount,
            Event::Credited(event) => {
                self.earnings += event.amount - event.repaid;
                self.owed -= event.repaid;
            }
            Event::Debited(event) => {
                self.earnings -= event.amount - event.owed;
                self.owed += event.owed;
            }
            Event::TipRefunded(event) => {
                self.balance += event.amount;
                self.refunded.extend(event.entry.reverses);
            }
            Event::PaymentReversed(event) => {
                self.balance -= event.taken;
                if event.cause == ReversalCause::Chargeback {
                    self.charged_back.insert(event.entry.id, event.taken);
                }
            }
            Event::PaymentRestored(event) => {
                self.balance += event.given;
                if let Some(reversed) = event.entry.reverses {
                    self.charged_back.remove(&reversed);
                }
            }
            Event::HoldPlaced(event) => {
                let (amount, until) = (event.amount, event.until);
                self.holds.insert(event.hold, Hold { amount, until });
            }
            Event::HoldLifted(event) => {
                self.holds.remove(&event.hold);
            }
        }
    }
}

/// Refuses more than can be paid in at once.
///
/// # Errors
/// `TOP_UP_TOO_LARGE`.
pub fn within_top_up_limit(amount: Money) -> Result<(), Rejection> {
    let mut limit = Money {
        amount: Decimal::from(TOP_UP_MAX),
        ..amount
    };
    limit.amount.rescale(amount.currency.digits());
    if amount.amount > limit.amount {
        return Err(Rejection::TopUpTooLarge { limit });
    }
    Ok(())
}

fn within_bounds(amount: Decimal) -> Result<(), Rejection> {
    if amount > Decimal::from(BALANCE_MAX) {
        Err(Rejection::BalanceTooLarge)
    } else {
        Ok(())
    }
}

aggregate!(Wallet, "wallet");

#[cfg(test)]
mod tests;
