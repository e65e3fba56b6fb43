//! Wallets.

use super::{Decimal, GlobalId};
use crate::Fault;
use crate::auth::Caller;
use async_graphql::{Context, ID, Object};
use tributary_domain::AccountId;
use tributary_domain::account::Role;
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
