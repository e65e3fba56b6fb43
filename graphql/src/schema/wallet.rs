//! Wallets.

use super::ledger::{LedgerAsOf, LedgerStatement, Side, days};
use super::{Decimal, GlobalId};
use crate::Fault;
use crate::auth::Caller;
use async_graphql::{Context, ID, Object};
use tributary_domain::AccountId;
use tributary_domain::account::Role;
use tributary_domain::entry::LedgerAccount;
use tributary_projections as views;

/// An account's money in one currency.
#[derive(Debug, Clone)]
pub(crate) struct Wallet(views::Wallet);

impl Wallet {
    /// Whether the caller may see an account's money.
    pub(crate) async fn is_shown(ctx: &Context<'_>, account: AccountId) -> Result<bool, Fault> {
        let caller = Caller::of(ctx);
        Ok(caller.sees_as(account, ctx) || caller.has(Role::Finance, ctx).await?)
    }
}

/// An account's money in one currency.
#[Object]
impl Wallet {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Wallet(self.0.account, self.0.balance.currency).into()
    }

    /// An ISO 4217 code such as `USD`.
    async fn currency(&self) -> String {
        self.0.balance.currency.to_string()
    }

    /// What its owner can spend. Never below zero.
    async fn balance(&self) -> Decimal {
        self.0.balance.amount.into()
    }

    /// What its owner has earned from tips, after fees, and not been paid out.
    async fn earnings(&self) -> Decimal {
        self.0.earnings.amount.into()
    }

    /// The statement of the balance: what was paid in, given, and taken back. What comes in is positive.
    async fn statement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first effective day (UTC), such as `2026-10-01`.")] from: Option<
            String,
        >,
        #[graphql(desc = "The last effective day (UTC).")] to: Option<String>,
        #[graphql(desc = "As it was then; left out: now.")] as_of: Option<LedgerAsOf>,
    ) -> Result<Option<LedgerStatement>, Fault> {
        let days = days(from.as_deref(), to.as_deref())?;
        let account = LedgerAccount::ViewerBalance(self.0.account);
        let of = (account, self.0.balance.currency);
        let statement = LedgerStatement::of(ctx, of, days, as_of, Side::Owner).await?;
        Ok(Some(statement))
    }

    /// What of the balance is set aside by holds.
    async fn held(&self) -> Decimal {
        self.0.held.amount.into()
    }

    /// What its owner, a streamer, owes: more was taken back than earnings were there. What comes in next
    /// pays it off.
    async fn owed(&self) -> Decimal {
        self.0.owed.amount.into()
    }
}

impl From<views::Wallet> for Wallet {
    fn from(wallet: views::Wallet) -> Self {
        Self(wallet)
    }
}
