//! Disputes of payments, and what each left.

use super::entry::{LedgerEntry, LedgerEntryConnection, entries, entry, name};
use super::{currency, is_finance};
use crate::Fault;
use crate::schema::page::connection;
use crate::schema::{
    Account, Cursor, DateTime, GlobalId, Money, Position, cost, lookups, page_size, shared,
};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use tributary_domain::Money as Amount;
use tributary_projections as views;

/// How a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "views::DisputeState")]
pub(crate) enum DisputeState {
    /// The payer's bank has not decided.
    Open,
    /// It was decided for us: what was taken came back.
    Won,
    /// It was decided against us: what was taken stays taken.
    Lost,
}

/// Which disputes are wanted. All that is given must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct DisputeFilterInput {
    /// Of this account's payments: its global id.
    account_id: Option<ID>,
    /// That stand like this.
    state: Option<DisputeState>,
    /// In this currency: an ISO 4217 code such as `USD`.
    currency: Option<String>,
    /// Of payments through this provider, such as `stripe`.
    provider: Option<String>,
    /// Of what the provider calls this payment, such as `pi_…`.
    payment_reference: Option<String>,
    /// Only those that left a streamer owing something, or only those that left nobody owing anything.
    has_receivable: Option<bool>,
}

impl DisputeFilterInput {
    fn read(self) -> Result<views::DisputeFilter, Fault> {
        let account = self
            .account_id
            .map(|id| GlobalId::account("accountId", &id));
        let code = self.currency.map(|code| currency(&code));
        Ok(views::DisputeFilter {
            account: account.transpose()?,
            state: self.state.map(Into::into),
            currency: code.transpose()?,
            provider: name("provider", self.provider)?,
            payment: name("paymentReference", self.payment_reference)?,
            receivable: self.has_receivable,
        })
    }
}

connection!(
    /// A page of disputes.
    DisputeConnection,
    /// A dispute in a list.
    DisputeEdge,
    Dispute
);

/// A payment that its payer disputes with their bank: a charge-back, once the money was taken back.
#[derive(Debug, Clone)]
pub(crate) struct Dispute(views::Dispute);

impl Dispute {
    fn money(&self, minor: i64) -> Money {
        Amount::from_minor(minor, self.0.currency).into()
    }
}

impl Dispute {
    /// The one at a place in the log, if there is one for the caller to see.
    pub(crate) async fn at(
        ctx: &Context<'_>,
        position: tributary_domain::Position,
    ) -> Result<Option<Self>, Fault> {
        let all = views::DisputeFilter::default();
        let before = Some(position.next());
        let page = shared(ctx).views.disputes(&all, 1, before).await?;
        let found = page.items.into_iter().find(|row| row.position == position);
        match found {
            Some(row) if is_finance(ctx).await? => Ok(Some(Self(row))),
            Some(_) | None => Ok(None),
        }
    }
}

/// A payment that its payer disputes with their bank: a charge-back, once the money was taken back.
#[Object]
impl Dispute {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Dispute(self.0.position).into()
    }

    /// Through whom the payment came, such as `stripe`.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// What the provider calls the payment.
    async fn payment_reference(&self) -> &str {
        &self.0.payment
    }

    /// What the provider calls the dispute.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// How it stands.
    async fn state(&self) -> DisputeState {
        self.0.state.into()
    }

    /// Who paid; null as long as that is not known, and once the account is no more.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        match self.0.account {
            Some(account) => Ok(lookups(ctx).load_one(account).await?.map(Account::from)),
            None => Ok(None),
        }
    }

    /// How much is disputed.
    async fn amount(&self) -> Money {
        self.money(self.0.amount)
    }

    /// The place in the log where it was told of first.
    async fn position(&self) -> Position {
        Position(self.0.position)
    }

    /// When it was told of first.
    async fn opened_at(&self) -> DateTime {
        DateTime(self.0.opened_at)
    }

    /// When the money was taken back; null where it was not.
    async fn charged_back_at(&self) -> Option<DateTime> {
        self.0.charged_back_at.map(DateTime)
    }

    /// When it was decided; null before.
    async fn decided_at(&self) -> Option<DateTime> {
        self.0.decided_at.map(DateTime)
    }

    /// How many tips of the payer's were taken back for it.
    async fn tips_taken_back(&self) -> i32 {
        super::super::count(self.0.tips)
    }

    /// What their streamers owe because of it, when it was taken back: it was not there any more.
    async fn receivable(&self) -> Money {
        self.money(self.0.receivable)
    }

    /// What came out of the payer's balance, with what tips that were taken back gave it; null where nothing was
    /// taken back.
    async fn taken(&self) -> Option<Money> {
        self.0.entry.map(|_| self.money(self.0.taken))
    }

    /// What was missing even then, and the platform bears; null where nothing was taken back.
    async fn borne(&self) -> Option<Money> {
        self.0
            .entry
            .map(|_| self.money(self.0.amount - self.0.taken))
    }

    /// The entry by which the money was taken back; null where it was not.
    async fn entry(&self, ctx: &Context<'_>) -> Result<Option<LedgerEntry>, Fault> {
        entry(ctx, self.0.entry).await
    }

    /// The entry by which it came back; null where it did not.
    async fn restored_by(&self, ctx: &Context<'_>) -> Result<Option<LedgerEntry>, Fault> {
        entry(ctx, self.0.restored_by).await
    }

    /// Every entry of taking it back, the newest first: the payment's own, then the tips that were taken back for
    /// it, at most 100, whose postings say who owes what.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<LedgerEntryConnection>, Fault> {
        let (Some(since), Some(upto)) = (self.0.first_position, self.0.last_position) else {
            page_size("first", first)?;
            return Ok(Some(LedgerEntryConnection::new(vec![], false, false)));
        };
        let filter = views::EntryFilter {
            since: Some(since),
            upto: Some(upto),
            ..views::EntryFilter::default()
        };
        Ok(Some(entries(ctx, &filter, first, after).await?))
    }
}

/// A page of disputes.
pub(super) async fn disputes(
    ctx: &Context<'_>,
    filter: Option<DisputeFilterInput>,
    first: i32,
    after: Option<String>,
) -> Result<DisputeConnection, Fault> {
    let first = page_size("first", first)?;
    let after = after
        .map(|after| Cursor::position("after", &after))
        .transpose()?;
    let filter = filter.unwrap_or_default().read()?;
    let page = shared(ctx).views.disputes(&filter, first, after).await?;
    let item = |row: views::Dispute| (Cursor::write(row.position), Dispute(row));
    let items = page.items.into_iter().map(item).collect();
    Ok(DisputeConnection::new(
        items,
        after.is_some(),
        page.has_more,
    ))
}
