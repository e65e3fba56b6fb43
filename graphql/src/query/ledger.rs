//! The books of the platform.

use crate::Fault;
use crate::auth::Caller;
use crate::messages::Sentence;
use crate::schema::{Ledger, Position, is_finance, wait_for};
use async_graphql::{Context, Object};

#[derive(Default)]
pub(crate) struct LedgerQuery;

#[Object]
impl LedgerQuery {
    /// The books of the whole platform: trial balance, accounts and their statements, entries, fees, closes.
    /// Only the role `finance` sees them.
    async fn ledger(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
    ) -> Result<Option<Ledger>, Fault> {
        let caller = Caller::of(ctx);
        caller.account().ok_or_else(Fault::not_signed_in)?;
        if !is_finance(ctx).await? {
            return Err(Fault::Forbidden(Sentence::NotForYou));
        }
        wait_for(ctx, at_least).await?;
        Ok(Some(Ledger))
    }
}
