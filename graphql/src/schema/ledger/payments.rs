//! Payments through providers.

use super::entry::{LedgerEntry, entry, name};
use super::{currency, is_finance};
use crate::Fault;
use crate::schema::page::connection;
use crate::schema::{
    Account, Cursor, DateTime, GlobalId, Money, Position, lookups, page_size, shared,
};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use tributary_domain::Money as Amount;
use tributary_projections as views;

/// How far a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "views::PaymentState")]
pub(crate) enum PaymentState {
    /// The provider told of it before anything else was: whose it is and how much is not known yet.
    Announced,
    /// Somebody is about to pay.
    Intended,
    /// They tried, and could not; they may again.
    Failed,
    /// The money came.
    Confirmed,
}

/// Which payments are wanted. All that is given must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct PaymentFilterInput {
    /// Of this account: its global id.
    account_id: Option<ID>,
    /// This far.
    state: Option<PaymentState>,
    /// In this currency: an ISO 4217 code such as `USD`.
    currency: Option<String>,
    /// Through this provider, such as `stripe`.
    provider: Option<String>,
    /// What the provider calls it, such as `pi_…`.
    reference: Option<String>,
    /// Begun at this moment or later.
    since: Option<DateTime>,
    /// Begun before this moment.
    until: Option<DateTime>,
}

impl PaymentFilterInput {
    fn read(self) -> Result<views::PaymentFilter, Fault> {
        let account = self
            .account_id
            .map(|id| GlobalId::account("accountId", &id));
        let code = self.currency.map(|code| currency(&code));
        Ok(views::PaymentFilter {
            account: account.transpose()?,
            state: self.state.map(Into::into),
            currency: code.transpose()?,
            provider: name("provider", self.provider)?,
            reference: name("reference", self.reference)?,
            since: self.since.map(|time| time.0),
            until: self.until.map(|time| time.0),
        })
    }
}

connection!(
    /// A page of payments.
    PaymentConnection,
    /// A payment in a list.
    PaymentEdge,
    Payment
);

/// A viewer's payment through a provider: a top-up.
#[derive(Debug, Clone)]
pub(crate) struct Payment(views::Payment);

impl Payment {
    fn money(&self, minor: i64) -> Option<Money> {
        let currency = self.0.currency?;
        Some(Amount::from_minor(minor, currency).into())
    }
}

impl Payment {
    /// The one at a place in the log, if there is one for the caller to see.
    pub(crate) async fn at(
        ctx: &Context<'_>,
        position: tributary_domain::Position,
    ) -> Result<Option<Self>, Fault> {
        let all = views::PaymentFilter::default();
        let before = Some(position.next());
        let page = shared(ctx).views.payments(&all, 1, before).await?;
        let found = page.items.into_iter().find(|row| row.position == position);
        match found {
            Some(row) if is_finance(ctx).await? => Ok(Some(Self(row))),
            Some(_) | None => Ok(None),
        }
    }
}

/// A viewer's payment through a provider: a top-up.
#[Object]
impl Payment {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Payment(self.0.position).into()
    }

    /// Through whom, such as `stripe`.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// What the provider calls it.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// How far it is. What was given back of it and its disputes do not change that.
    async fn state(&self) -> PaymentState {
        self.0.state.into()
    }

    /// Who pays; null as long as that is not known, and once the account is no more.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        match self.0.account {
            Some(account) => Ok(lookups(ctx).load_one(account).await?.map(Account::from)),
            None => Ok(None),
        }
    }

    /// How much; null as long as that is not known.
    async fn amount(&self) -> Option<Money> {
        self.0.amount.and_then(|minor| self.money(minor))
    }

    /// What of it was given back so far; null as long as the amount is not known.
    async fn refunded(&self) -> Option<Money> {
        self.money(self.0.refunded)
    }

    /// The provider's word for why the last attempt came to nothing, where it did.
    async fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// The place in the log where it was told of first.
    async fn position(&self) -> Position {
        Position(self.0.position)
    }

    /// When it was told of first.
    async fn begun_at(&self) -> DateTime {
        DateTime(self.0.begun_at)
    }

    /// When the money came; null before.
    async fn confirmed_at(&self) -> Option<DateTime> {
        self.0.confirmed_at.map(DateTime)
    }

    /// When it was told of last.
    async fn changed_at(&self) -> DateTime {
        DateTime(self.0.changed_at)
    }

    /// The entry in the payer's wallet; null before the money came.
    async fn entry(&self, ctx: &Context<'_>) -> Result<Option<LedgerEntry>, Fault> {
        entry(ctx, self.0.entry).await
    }
}

/// A page of payments.
pub(super) async fn payments(
    ctx: &Context<'_>,
    filter: Option<PaymentFilterInput>,
    first: i32,
    after: Option<String>,
) -> Result<PaymentConnection, Fault> {
    let first = page_size("first", first)?;
    let after = after
        .map(|after| Cursor::position("after", &after))
        .transpose()?;
    let filter = filter.unwrap_or_default().read()?;
    let page = shared(ctx).views.payments(&filter, first, after).await?;
    let item = |row: views::Payment| (Cursor::write(row.position), Payment(row));
    let items = page.items.into_iter().map(item).collect();
    Ok(PaymentConnection::new(
        items,
        after.is_some(),
        page.has_more,
    ))
}
