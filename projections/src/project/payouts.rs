//! Payouts: how far each is, who did what, and why.

use crate::db::{Type, Value, micros};
use crate::fold::{FoldError, Projection, account_of, asked_by, is_erasure};
use crate::project::plain_row::row;
use crate::working::{Rows, Working};
use chrono::NaiveDate;
use tributary_domain::entry::Entry;
use tributary_domain::payout::Event as Happened;
use tributary_domain::{
    AccountId, ChannelId, Currency, EntryId, Event, HistoryId, PayoutId, Personal, Position,
    Recorded, Timestamp,
};

/// How far a payout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayoutState {
    /// The streamer asked for it.
    Requested,
    /// Somebody else agreed.
    Approved,
    /// A provider is about to be told, and may have been.
    HandedOver,
    /// A provider was told.
    Sent,
    /// It has arrived.
    Settled,
    /// It has not, and is back in the earnings.
    Failed,
    /// It was called off, and is back in the earnings.
    Cancelled,
}

row! {
    /// Money on its way to a streamer's bank. Who did something is `account:` and an id, `console`, or `system:`
    /// and a part of Tributary.
    pub Payout in "payouts" by (
        /// Its id.
        payout: PayoutId,
    ) {
        /// Where it was asked for: orders it.
        position: Position,
        /// Whose earnings.
        channel: ChannelId,
        /// Of the amount.
        currency: Currency,
        /// In whole minor units.
        amount: i64,
        /// How far it is.
        state: PayoutState,
        /// Who asked for it.
        requested_by: AccountId,
        /// When.
        requested_at: Timestamp,
        /// Who agreed.
        approved_by: Option<String>,
        /// When.
        approved_at: Option<Timestamp>,
        /// Why; `None` without words, or once the streamer was erased.
        approval_reason: Option<String>,
        /// Who makes it.
        provider: Option<String>,
        /// What the provider calls it.
        reference: Option<String>,
        /// Who had it sent.
        sent_by: Option<String>,
        /// When the provider had been told.
        sent_at: Option<Timestamp>,
        /// Who said that it has arrived, or has not, or called it off.
        ended_by: Option<String>,
        /// When.
        ended_at: Option<Timestamp>,
        /// Why it has not arrived, or was called off; `None` without words, or once the streamer was erased.
        end_reason: Option<String>,
        /// The day on which it arrived.
        arrived_on: Option<NaiveDate>,
        /// The entry by which it left the earnings.
        entry: EntryId,
        /// The entry by which it arrived or came back.
        end_entry: Option<EntryId>,
    }
}

/// Folds payouts.
#[derive(Default)]
pub(crate) struct Payouts {
    payouts: Working<Payout>,
}

impl Projection for Payouts {
    fn name(&self) -> &'static str {
        "payouts"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        if let HistoryId::Payout(payout) = recorded.history {
            self.payouts.want((payout,));
            return true;
        }
        is_erasure(recorded)
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        if is_erasure(recorded) {
            let nothing = Value::Null(Type::Text);
            let sets = [
                ("approval_reason", nothing.clone()),
                ("end_reason", nothing),
            ];
            self.payouts.sweep("channel", account_of(recorded)?, sets);
        }
        let Event::Payout(event) = &recorded.event else {
            return Ok(());
        };
        let HistoryId::Payout(id) = recorded.history else {
            return Err(FoldError::WrongHistory);
        };
        if let Happened::Requested(event) = event {
            self.payouts.put(Payout {
                payout: id,
                position: recorded.position,
                channel: event.channel,
                currency: event.amount.currency,
                amount: event.amount.minor(),
                state: PayoutState::Requested,
                requested_by: event.by,
                requested_at: micros(recorded.recorded_at),
                approved_by: None,
                approved_at: None,
                approval_reason: None,
                provider: None,
                reference: None,
                sent_by: None,
                sent_at: None,
                ended_by: None,
                ended_at: None,
                end_reason: None,
                arrived_on: None,
                entry: event.entry.id,
                end_entry: None,
            });
            return Ok(());
        }
        let payout = self.payouts.edit(&(id,))?;
        let by = || asked_by(recorded);
        let at = Some(micros(recorded.recorded_at));
        match event {
            Happened::Requested(_) => {}
            Happened::Approved(event) => {
                payout.state = PayoutState::Approved;
                (payout.approved_by, payout.approved_at) = (by(), at);
                payout.approval_reason = words(&event.personal);
            }
            Happened::HandedOver(event) => {
                payout.state = PayoutState::HandedOver;
                payout.provider = Some(event.provider.clone());
            }
            Happened::Sent(event) => {
                payout.state = PayoutState::Sent;
                (payout.sent_by, payout.sent_at) = (by(), at);
                payout.provider = Some(event.provider.clone());
                payout.reference = Some(event.reference.clone());
            }
            Happened::Settled(event) => {
                payout.arrived_on = Some(event.entry.day(recorded.recorded_at));
                payout.end(PayoutState::Settled, &event.entry, recorded);
            }
            Happened::Failed(event) => {
                payout.end_reason = words(&event.personal);
                payout.end(PayoutState::Failed, &event.entry, recorded);
            }
            Happened::Cancelled(event) => {
                payout.end_reason = words(&event.personal);
                payout.end(PayoutState::Cancelled, &event.entry, recorded);
            }
        }
        Ok(())
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.payouts]
    }
}

impl Payout {
    fn end(&mut self, state: PayoutState, entry: &Entry, recorded: &Recorded) {
        self.state = state;
        self.ended_by = asked_by(recorded);
        self.ended_at = Some(micros(recorded.recorded_at));
        self.end_entry = Some(entry.id);
    }
}

/// What somebody said, if it was said and not erased.
fn words(personal: &Personal<Option<String>>) -> Option<String> {
    personal.get().cloned().flatten()
}
