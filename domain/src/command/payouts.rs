//! Commands about payouts.
//!
//! The channel's owner asks; finance, and another person than the one who asked, approves with a reason; a
//! provider is told to pay, by us or by finance, and what became of it is noted. See [`crate::payout`].

use super::till::Till;
use super::{Actor, books, is_finance, stated};
use crate::channel::{self, Reason};
use crate::decision::Reader;
use crate::finance;
use crate::payout::{self, Return};
use crate::wallet::{self, Wallet};
use crate::{ChannelId, Decision, EntryId, HistoryId, Money, PayoutId, Timestamp, Undecided};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Have earnings paid out.
    Request {
        /// Its id.
        payout: PayoutId,
        /// Whose earnings.
        channel: ChannelId,
        /// How much.
        amount: Money,
        /// The entry's id.
        entry: EntryId,
    },
    /// Agree.
    Approve {
        /// Which.
        payout: PayoutId,
        /// Why.
        reason: Reason,
    },
    /// Note that a provider is about to be told to pay.
    HandOver {
        /// Which.
        payout: PayoutId,
        /// The provider.
        provider: String,
    },
    /// Note that a provider was told to pay.
    Send {
        /// Which.
        payout: PayoutId,
        /// The provider.
        provider: String,
        /// What the provider calls it.
        reference: String,
    },
    /// Note that it has arrived.
    Settle {
        /// Which.
        payout: PayoutId,
        /// The entry's id.
        entry: EntryId,
        /// The day (UTC) on which it arrived; `None` for today.
        on: Option<NaiveDate>,
    },
    /// Note that it has not arrived.
    Fail {
        /// Which.
        payout: PayoutId,
        /// The entry's id.
        entry: EntryId,
        /// Why.
        reason: Reason,
    },
    /// Call it off.
    Cancel {
        /// Which.
        payout: PayoutId,
        /// The entry's id.
        entry: EntryId,
        /// Why. Finance must say.
        reason: Reason,
    },
}

impl Command {
    fn payout(&self) -> PayoutId {
        match self {
            Self::Request { payout, .. }
            | Self::Approve { payout, .. }
            | Self::HandOver { payout, .. }
            | Self::Send { payout, .. }
            | Self::Settle { payout, .. }
            | Self::Fail { payout, .. }
            | Self::Cancel { payout, .. } => *payout,
        }
    }

    pub(super) fn names(&self) -> Vec<HistoryId> {
        let mut names = vec![HistoryId::Payout(self.payout()), HistoryId::Books];
        if let Self::Request {
            channel, amount, ..
        } = self
        {
            names.push(HistoryId::Channel(*channel));
            names.push(HistoryId::Wallet(channel.owner(), amount.currency));
        }
        names
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        if let Self::Request {
            channel,
            amount,
            entry,
            ..
        } = *self
        {
            return self.request(actor, at, channel, amount, entry, read);
        }
        let history = self.payout();
        let found = read.payout(history, |payout| payout.terms)?;
        let finance = is_finance(actor, read)?;
        let own = found.is_some_and(|terms| actor.account() == Some(terms.channel.owner()));
        let by_owner = own && matches!(self, Self::Cancel { .. });
        // Whether there is such a payout is nobody else's to know.
        if !finance && !by_owner {
            return Err(finance::Rejection::NotFinance.into());
        }
        let terms = found.ok_or(payout::Rejection::NotFound)?;
        let day = match self {
            Self::Settle { on, .. } => *on,
            _ => None,
        };
        books::open(day, at, read)?;
        let owner = terms.channel.owner();
        let wallet = read.wallet(owner, terms.amount.currency, Wallet::clone)?;
        let repaid = wallet.pays_off(terms.amount.amount);
        let (command, comes_back) = self.told(actor, own, repaid)?;
        let events = read.payout(history, |payout| payout.decide(command))??;
        let happened = !events.is_empty();
        let channel = Some(terms.channel);
        let mut till = Till::new(read, terms.amount.currency);
        till.record(&HistoryId::Payout(history), channel, events);
        if let (Some(entry), true) = (comes_back, happened) {
            let amount = terms.amount;
            till.ask(owner, channel, wallet::Command::Credit { entry, amount })?;
        }
        Ok(till.close())
    }

    /// What the payout is told, and the entry by which it comes back.
    fn told(
        &self,
        actor: Actor,
        own: bool,
        repaid: Decimal,
    ) -> Result<(payout::Command, Option<EntryId>), Undecided> {
        let by = actor.account();
        let back = |entry: EntryId, reason: &Reason| Return {
            entry,
            repaid,
            reason: reason.text.clone(),
            salt: reason.salt,
        };
        Ok(match self {
            // It is decided before.
            Self::Request { .. } => return Err(payout::Rejection::Exists.into()),
            Self::Approve { reason, .. } => {
                let approve = payout::Command::Approve {
                    by,
                    reason: Some(stated(reason)?),
                    salt: reason.salt,
                };
                (approve, None)
            }
            Self::HandOver { provider, .. } => {
                let provider = provider.clone();
                (payout::Command::HandOver { provider }, None)
            }
            Self::Send {
                provider,
                reference,
                ..
            } => {
                let (provider, reference) = (provider.clone(), reference.clone());
                let send = payout::Command::Send {
                    provider,
                    reference,
                };
                (send, None)
            }
            Self::Settle { entry, on, .. } => {
                let (entry, on) = (*entry, *on);
                (payout::Command::Settle { entry, on }, None)
            }
            Self::Fail { entry, reason, .. } => {
                stated(reason)?;
                (payout::Command::Fail(back(*entry, reason)), Some(*entry))
            }
            Self::Cancel { entry, reason, .. } => {
                if !own {
                    stated(reason)?;
                }
                let back = back(*entry, reason);
                (payout::Command::Cancel { by, back }, Some(*entry))
            }
        })
    }

    fn request(
        &self,
        actor: Actor,
        at: Timestamp,
        channel: ChannelId,
        amount: Money,
        entry: EntryId,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        let by = channel.owner();
        if actor.account() != Some(by) {
            return Err(channel::Rejection::NotAllowed.into());
        }
        // A channel that was closed has earnings still, but its owner was erased and asks for nothing.
        read.channel(channel, |state| state.id)?
            .ok_or(channel::Rejection::NotFound)?;
        books::open(None, at, read)?;
        let payout = self.payout();
        let request = payout::Command::Request {
            channel,
            amount,
            by,
            entry,
        };
        let events = read.payout(payout, |state| state.decide(request))??;
        let mut till = Till::new(read, amount.currency);
        till.record(&HistoryId::Payout(payout), Some(channel), events);
        let may_owe = false;
        let debit = wallet::Command::Debit {
            entry,
            amount,
            may_owe,
        };
        till.ask(by, Some(channel), debit)?;
        Ok(till.close())
    }
}
