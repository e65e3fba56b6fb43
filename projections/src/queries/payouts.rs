//! Payouts.

use super::conditions::Conditions;
use super::{Page, QueryError};
use crate::Views;
use crate::project::payouts::{Payout, PayoutState};
use crate::record::Record as _;
use crate::word::Word as _;
use tributary_domain::{ChannelId, Currency, PayoutId, Position, Timestamp};

/// Which payouts are wanted: all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PayoutFilter {
    /// This one.
    pub payout: Option<PayoutId>,
    /// Of this channel's earnings.
    pub channel: Option<ChannelId>,
    /// This far.
    pub state: Option<PayoutState>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// Through this provider.
    pub provider: Option<String>,
    /// Asked for at this moment or later.
    pub since: Option<Timestamp>,
    /// Asked for before this moment.
    pub until: Option<Timestamp>,
}

impl Views {
    /// Payouts, the one that was asked for last first. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn payouts(
        &self,
        filter: &PayoutFilter,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<Payout>, QueryError> {
        let select = format!("SELECT {} FROM payouts", Payout::TABLE.names());
        let mut wanted = Conditions::newest(&select, "position", first, after);
        wanted.that_if("payout = ?", filter.payout);
        wanted.that_if("channel = ?", filter.channel);
        wanted.that_if("state = ?", filter.state.map(PayoutState::word));
        wanted.that_if("currency = ?", filter.currency);
        wanted.that_if("provider = ?", filter.provider.clone());
        wanted.that_if("requested_at >= ?", filter.since);
        wanted.that_if("requested_at < ?", filter.until);
        let read = |row: &crate::db::Row| Payout::read(&mut row.columns());
        wanted.page(&self.serving().db, read).await
    }
}
