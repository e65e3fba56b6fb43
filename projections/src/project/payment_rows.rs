//! The rows of payments and their disputes. Amounts stand in whole minor units.

use crate::project::plain_row::row;
use tributary_domain::{AccountId, Currency, EntryId, Position, Timestamp};
use uuid::Uuid;

/// How far a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentState {
    /// The provider told of it before anybody else did: whose it is, is not known yet.
    Announced,
    /// Somebody is about to pay.
    Intended,
    /// They tried, and could not; they may again.
    Failed,
    /// The money came.
    Confirmed,
}

/// How a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeState {
    /// Nobody has decided.
    Open,
    /// For us: what was taken came back.
    Won,
    /// Against us: what was taken stays taken.
    Lost,
}

row! {
    /// A payment through a provider.
    pub Payment in "payments" by (
        /// A hash of what the provider calls it.
        payment: Uuid,
    ) {
        /// Where it was told of first: orders it.
        position: Position,
        /// Through whom.
        provider: String,
        /// What the provider calls it.
        reference: String,
        /// How far it is.
        state: PaymentState,
        /// Who pays, as far as that was told.
        account: Option<AccountId>,
        /// Of the amount, as far as that was told.
        currency: Option<Currency>,
        /// In whole minor units, as far as that was told.
        amount: Option<i64>,
        /// What of it was given back so far.
        refunded: i64,
        /// The provider's word for why the last attempt came to nothing.
        failure: Option<String>,
        /// The entry in the payer's wallet, once the money came.
        entry: Option<EntryId>,
        /// When it was told of first.
        begun_at: Timestamp,
        /// When the money came.
        confirmed_at: Option<Timestamp>,
        /// When it was told of last.
        changed_at: Timestamp,
    }
}

row! {
    /// A payment that its payer disputes with their bank.
    pub Dispute in "disputes" by (
        /// A hash of what the provider calls it.
        dispute: Uuid,
    ) {
        /// Where it was told of first: orders it.
        position: Position,
        /// Through whom the payment came.
        provider: String,
        /// What the provider calls the payment.
        payment: String,
        /// What the provider calls the dispute.
        reference: String,
        /// How it stands.
        state: DisputeState,
        /// Who paid, as far as that was told.
        account: Option<AccountId>,
        /// Of every amount.
        currency: Currency,
        /// What is disputed, in whole minor units.
        amount: i64,
        /// When it was told of first.
        opened_at: Timestamp,
        /// When the money was taken back.
        charged_back_at: Option<Timestamp>,
        /// When it was decided.
        decided_at: Option<Timestamp>,
        /// The entry by which the money was taken back.
        entry: Option<EntryId>,
        /// The entry by which it came back.
        restored_by: Option<EntryId>,
        /// What came out of the payer's balance; the platform bears the rest.
        taken: i64,
        /// How many tips were taken back for it.
        tips: i64,
        /// What their streamers owe because of it: it was not there any more.
        receivable: i64,
        /// The first event of taking it back.
        first_position: Option<Position>,
        /// The last event of taking it back.
        last_position: Option<Position>,
    }
}

row! {
    /// What taking a payment back came to. What names it comes in the same append.
    pub(crate) Reversal in "payment_reversals" by (entry: EntryId) keeping 100 {
        taken: i64,
        tips: i64,
        receivable: i64,
        first_position: Position,
        last_position: Position,
    }
}

row! {
    /// Tips taken back, for a payment that is being taken back.
    pub(crate) TakingBack in "payment_takings" by (account: AccountId, currency: Currency)
        keeping 100
    {
        tips: i64,
        receivable: i64,
        first_position: Position,
    }
}
