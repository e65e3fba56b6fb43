//! Payments through providers, and their disputes.

use super::conditions::Conditions;
use super::{Page, QueryError};
use crate::Views;
use crate::project::payment_rows::{Dispute, DisputeState, Payment, PaymentState};
use crate::record::Record as _;
use crate::word::Word as _;
use tributary_domain::{AccountId, Currency, Position, Timestamp};

/// Which payments are wanted: all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// This far.
    pub state: Option<PaymentState>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// Through this provider.
    pub provider: Option<String>,
    /// What the provider calls it.
    pub reference: Option<String>,
    /// Begun at this moment or later.
    pub since: Option<Timestamp>,
    /// Begun before this moment.
    pub until: Option<Timestamp>,
}

/// Which disputes are wanted: all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisputeFilter {
    /// Of this account's payments.
    pub account: Option<AccountId>,
    /// That stand like this.
    pub state: Option<DisputeState>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// Of payments through this provider.
    pub provider: Option<String>,
    /// Of what the provider calls this payment.
    pub payment: Option<String>,
    /// Only those that left a streamer owing something, or only those that did not.
    pub receivable: Option<bool>,
}

impl Views {
    /// Payments, the one that was begun last first. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn payments(
        &self,
        filter: &PaymentFilter,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<Payment>, QueryError> {
        let select = format!("SELECT {} FROM payments", Payment::TABLE.names());
        let mut wanted = Conditions::newest(&select, "position", first, after);
        wanted.that_if("account = ?", filter.account);
        wanted.that_if("state = ?", filter.state.map(PaymentState::word));
        wanted.that_if("currency = ?", filter.currency);
        wanted.that_if("provider = ?", filter.provider.clone());
        wanted.that_if("reference = ?", filter.reference.clone());
        wanted.that_if("begun_at >= ?", filter.since);
        wanted.that_if("begun_at < ?", filter.until);
        let read = |row: &crate::db::Row| Payment::read(&mut row.columns());
        wanted.page(&self.serving().db, read).await
    }

    /// Disputes, the one that was opened last first. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn disputes(
        &self,
        filter: &DisputeFilter,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<Dispute>, QueryError> {
        let select = format!("SELECT {} FROM disputes", Dispute::TABLE.names());
        let mut wanted = Conditions::newest(&select, "position", first, after);
        wanted.that_if("account = ?", filter.account);
        wanted.that_if("state = ?", filter.state.map(DisputeState::word));
        wanted.that_if("currency = ?", filter.currency);
        wanted.that_if("provider = ?", filter.provider.clone());
        wanted.that_if("payment = ?", filter.payment.clone());
        match filter.receivable {
            Some(true) => wanted.and("receivable > 0"),
            Some(false) => wanted.and("receivable = 0"),
            None => {}
        }
        let read = |row: &crate::db::Row| Dispute::read(&mut row.columns());
        wanted.page(&self.serving().db, read).await
    }
}
