//! Commands that take tips back.
//!
//! - **Who may.** The streamer, out of the earnings that are there: who was paid out and then gave tips back
//!   would otherwise hand out the platform's money. Staff and finance, with a reason; what the streamer no
//!   longer has is owed then (chargebacks receivable), and what comes in next pays it off.
//! - **The fee** goes back, too: the platform earns nothing on a tip that did not stay.
//! - **Once.** The payer's wallet knows which of its tips were taken back.

use super::till::Till;
use super::{Actor, books, is_finance, is_staff, reason_about, stated};
use crate::channel::{self, Reason};
use crate::decision::Reader;
use crate::entry::GivenTip;
use crate::wallet::{self, Refund, RefundCause};
use crate::{Decision, EntryId, HistoryId, Money, Timestamp, Undecided};

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Take a tip back.
    Tip {
        /// The new entry's id.
        entry: EntryId,
        /// The tip, as it stands in the log: see [`wallet::Tipped::given`].
        tip: GivenTip,
        /// Why. Staff must say.
        reason: Reason,
    },
}

impl Command {
    pub(super) fn names(&self) -> Vec<HistoryId> {
        let Self::Tip { tip, .. } = self;
        vec![
            HistoryId::Account(tip.payer),
            HistoryId::Wallet(tip.payer, tip.currency),
            HistoryId::Wallet(tip.channel.owner(), tip.currency),
            HistoryId::Books,
        ]
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        let Self::Tip { entry, tip, reason } = self;
        let cause = if actor.account() == Some(tip.channel.owner()) {
            RefundCause::Streamer
        } else if is_finance(actor, read)? || is_staff(actor, read)? {
            stated(reason)?;
            RefundCause::Staff
        } else {
            return Err(channel::Rejection::NotAllowed.into());
        };
        books::open(None, at, read)?;
        let reason = reason_about(tip.payer, reason, read)?;
        let mut till = Till::new(read, tip.currency);
        take_back(&mut till, *entry, tip, cause, reason)?;
        Ok(till.close())
    }
}

/// Takes a tip back: the payer has it again, and the streamer has it no more or owes it.
pub(super) fn take_back(
    till: &mut Till<'_, '_>,
    entry: EntryId,
    tip: &GivenTip,
    cause: RefundCause,
    reason: Reason,
) -> Result<(), Undecided> {
    let streamer = tip.channel.owner();
    let may_owe = match cause {
        RefundCause::Streamer => false,
        RefundCause::Staff | RefundCause::Payment => true,
    };
    let missing = till.look(streamer, |wallet| wallet.lacks(tip.net))?;
    let refund = Refund {
        entry,
        tip: *tip,
        missing,
        cause,
        reason: reason.text,
        salt: reason.salt,
    };
    let channel = Some(tip.channel);
    till.ask(tip.payer, channel, wallet::Command::RefundTip(refund))?;
    let amount = Money {
        amount: tip.net,
        currency: tip.currency,
    };
    let debit = wallet::Command::Debit {
        entry,
        amount,
        may_owe,
    };
    till.ask(streamer, channel, debit)
}
