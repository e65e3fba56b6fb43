//! Amounts set aside.

use super::conditions::Conditions;
use super::{Page, QueryError};
use crate::Views;
use crate::project::holds::Hold;
use crate::record::Record as _;
use tributary_domain::{AccountId, Currency, Position};

/// Which holds are wanted: all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HoldFilter {
    /// In this account's wallets.
    pub account: Option<AccountId>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// Only those that stand, or only those that were ended. One whose time is over stands until it is ended.
    pub standing: Option<bool>,
}

impl Views {
    /// Holds, the one that was placed last first. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn holds(
        &self,
        filter: &HoldFilter,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<Hold>, QueryError> {
        let select = format!("SELECT {} FROM holds", Hold::TABLE.names());
        let mut wanted = Conditions::newest(&select, "position", first, after);
        wanted.that_if("account = ?", filter.account);
        wanted.that_if("currency = ?", filter.currency);
        match filter.standing {
            Some(true) => wanted.and("hold_end IS NULL"),
            Some(false) => wanted.and("hold_end IS NOT NULL"),
            None => {}
        }
        let read = |row: &crate::db::Row| Hold::read(&mut row.columns());
        wanted.page(&self.serving().db, read).await
    }
}
