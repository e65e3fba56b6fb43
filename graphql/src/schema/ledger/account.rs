//! Accounts of the ledger.

use super::statement::{LedgerStatement, Side};
use super::{LedgerAsOf, days};
use crate::Fault;
use crate::schema::{Account, Money, lookups, shared};
use async_graphql::{Context, Enum, Object};
use tributary_domain::entry::LedgerAccount as Of;
use tributary_domain::ledger::Class;
use tributary_domain::{Currency, Money as Amount};
use tributary_projections::StatementOf;

/// What an account is to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Class")]
pub(crate) enum LedgerAccountClass {
    /// What others owe the platform: stands positive.
    Asset,
    /// What the platform owes: stands negative.
    Liability,
    /// What the platform earned: stands negative.
    Income,
    /// What it cost the platform: stands positive.
    Expense,
}

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum LedgerAccountKind {
    /// What a viewer paid in and has not spent.
    ViewerBalance,
    /// What a streamer earned and was not paid.
    StreamerEarnings,
    /// What the platform earned.
    PlatformFees,
    /// What a payment provider owes the platform.
    ProviderClearing,
    /// What left a streamer's earnings and has not arrived.
    PayoutsInFlight,
    /// What the platform gave back and nobody else bears.
    Refunds,
    /// What a streamer owes the platform.
    ChargebacksReceivable,
    /// What the platform gave away.
    Promotions,
}

impl From<&Of> for LedgerAccountKind {
    fn from(account: &Of) -> Self {
        match account {
            Of::ViewerBalance(_) => Self::ViewerBalance,
            Of::StreamerEarnings(_) => Self::StreamerEarnings,
            Of::PlatformFees => Self::PlatformFees,
            Of::ProviderClearing(_) => Self::ProviderClearing,
            Of::PayoutsInFlight(_) => Self::PayoutsInFlight,
            Of::Refunds => Self::Refunds,
            Of::ChargebacksReceivable(_) => Self::ChargebacksReceivable,
            Of::Promotions => Self::Promotions,
        }
    }
}

/// An account of the ledger.
#[derive(Debug, Clone)]
pub(crate) struct LedgerAccount(pub(crate) Of);

/// An account of the ledger.
#[Object]
impl LedgerAccount {
    /// Its name, the same in journals, exports and on the command line.
    async fn name(&self) -> String {
        self.0.to_string()
    }

    /// What it is for.
    async fn kind(&self) -> LedgerAccountKind {
        (&self.0).into()
    }

    /// What it is to the platform.
    async fn class(&self) -> LedgerAccountClass {
        self.0.class().into()
    }

    /// Whose it is, where it is a person's.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        match self.0.owner() {
            Some(owner) => Ok(lookups(ctx).load_one(owner).await?.map(Account::from)),
            None => Ok(None),
        }
    }
}

/// An account of the ledger in one currency.
#[derive(Debug, Clone)]
pub(crate) struct LedgerBook {
    pub(super) account: Of,
    pub(super) currency: Currency,
}

/// An account of the ledger in one currency.
#[Object]
impl LedgerBook {
    /// The account.
    async fn account(&self) -> LedgerAccount {
        LedgerAccount(self.account.clone())
    }

    /// What it comes to.
    async fn balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As it was then; left out: now.")] as_of: Option<LedgerAsOf>,
    ) -> Result<Option<Money>, Fault> {
        let as_of = LedgerAsOf::read(ctx, as_of).await?;
        let of = StatementOf {
            account: self.account.clone(),
            currency: self.currency,
            from: None,
            to: as_of.day,
            upto: as_of.position,
        };
        let sums = shared(ctx).views.statement_sums(&of).await?;
        Ok(Some(Amount::from_minor(sums.closing, self.currency).into()))
    }

    /// What it began with, each movement, and what it ended with.
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
        let of = (self.account.clone(), self.currency);
        let statement = LedgerStatement::of(ctx, of, days, as_of, Side::Ledger).await?;
        Ok(Some(statement))
    }
}
