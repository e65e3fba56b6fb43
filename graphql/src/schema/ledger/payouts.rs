//! Payouts, for finance and for the streamer.

use super::currency;
use super::done_by::DoneBy;
use super::entry::{LedgerEntry, entry, name};
use crate::Fault;
use crate::schema::page::connection;
use crate::schema::{
    Account, Channel, Cursor, DateTime, GlobalId, Money, Position, Uuid, Wallet, lookups,
    page_size, shared,
};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::NaiveDate;
use tributary_domain::{ChannelId, Money as Amount, PayoutId};
use tributary_projections as views;

/// How far a payout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "views::PayoutState")]
pub(crate) enum PayoutState {
    /// The streamer asked for it: it has left the earnings.
    Requested,
    /// Somebody of finance agreed.
    Approved,
    /// A provider is about to be told to pay, and may have been: it cannot be called off any more.
    HandedOver,
    /// A provider was told to pay.
    Sent,
    /// It has arrived.
    Settled,
    /// It has not arrived, and is back in the earnings.
    Failed,
    /// It was called off, and is back in the earnings.
    Cancelled,
}

/// Which payouts are wanted. All that is given must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct PayoutFilterInput {
    /// This one.
    payout_id: Option<Uuid>,
    /// Of this channel's earnings: its global id. Of the own channel, where these are its earnings.
    channel_id: Option<ID>,
    /// This far.
    state: Option<PayoutState>,
    /// In this currency: an ISO 4217 code such as `USD`.
    currency: Option<String>,
    /// Through this provider.
    provider: Option<String>,
    /// Asked for at this moment or later.
    since: Option<DateTime>,
    /// Asked for before this moment.
    until: Option<DateTime>,
}

impl PayoutFilterInput {
    fn read(self) -> Result<views::PayoutFilter, Fault> {
        let channel = self
            .channel_id
            .map(|id| GlobalId::channel("channelId", &id));
        let code = self.currency.map(|code| currency(&code));
        Ok(views::PayoutFilter {
            payout: self.payout_id.map(|id| PayoutId(id.0)),
            channel: channel.transpose()?,
            state: self.state.map(Into::into),
            currency: code.transpose()?,
            provider: name("provider", self.provider)?,
            since: self.since.map(|time| time.0),
            until: self.until.map(|time| time.0),
        })
    }
}

connection!(
    /// A page of payouts.
    PayoutConnection,
    /// A payout in a list.
    PayoutEdge,
    Payout
);

/// Money on its way to a streamer's bank.
#[derive(Debug, Clone)]
pub(crate) struct Payout(views::Payout);

impl Payout {
    /// The one at a place in the log, if there is one for the caller to see.
    pub(crate) async fn at(
        ctx: &Context<'_>,
        position: tributary_domain::Position,
    ) -> Result<Option<Self>, Fault> {
        let all = views::PayoutFilter::default();
        let before = Some(position.next());
        let page = shared(ctx).views.payouts(&all, 1, before).await?;
        let found = page.items.into_iter().find(|row| row.position == position);
        match found {
            Some(row) if Wallet::is_shown(ctx, row.channel.owner()).await? => Ok(Some(Self(row))),
            Some(_) | None => Ok(None),
        }
    }
}

/// Money on its way to a streamer's bank.
#[Object]
impl Payout {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Payout(self.0.position).into()
    }

    /// Its id, as mutations take it.
    async fn payout_id(&self) -> Uuid {
        Uuid(self.0.payout.0)
    }

    /// Whose earnings; null once the channel is no more.
    async fn channel(&self, ctx: &Context<'_>) -> Result<Option<Channel>, Fault> {
        let found = lookups(ctx).load_one(self.0.channel).await?;
        Ok(found.map(Channel::from))
    }

    /// How much.
    async fn amount(&self) -> Money {
        Amount::from_minor(self.0.amount, self.0.currency).into()
    }

    /// How far it is.
    async fn state(&self) -> PayoutState {
        self.0.state.into()
    }

    /// The place in the log where it was asked for.
    async fn position(&self) -> Position {
        Position(self.0.position)
    }

    /// Who asked for it; null once the account is no more.
    async fn requested_by(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        let found = lookups(ctx).load_one(self.0.requested_by).await?;
        Ok(found.map(Account::from))
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime {
        DateTime(self.0.requested_at)
    }

    /// Who agreed; null before.
    async fn approved_by(&self) -> Option<DoneBy> {
        self.0.approved_by.as_deref().map(DoneBy::read)
    }

    /// When; null before.
    async fn approved_at(&self) -> Option<DateTime> {
        self.0.approved_at.map(DateTime)
    }

    /// Why, in their words; null once the streamer was erased.
    async fn approval_reason(&self) -> Option<&str> {
        self.0.approval_reason.as_deref()
    }

    /// Who makes it; null before it is handed over.
    async fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// What the provider calls it; null before it was sent.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// Who had it sent, or the part of Tributary that the provider told; null before.
    async fn sent_by(&self) -> Option<DoneBy> {
        self.0.sent_by.as_deref().map(DoneBy::read)
    }

    /// When; null before.
    async fn sent_at(&self) -> Option<DateTime> {
        self.0.sent_at.map(DateTime)
    }

    /// Who noted that it has arrived or has not, or called it off, or the part of Tributary that the provider
    /// told; null before.
    async fn ended_by(&self) -> Option<DoneBy> {
        self.0.ended_by.as_deref().map(DoneBy::read)
    }

    /// When; null before.
    async fn ended_at(&self) -> Option<DateTime> {
        self.0.ended_at.map(DateTime)
    }

    /// Why it has not arrived or was called off; null without words, and once the streamer was erased.
    async fn end_reason(&self) -> Option<&str> {
        self.0.end_reason.as_deref()
    }

    /// The day (UTC) on which it arrived, such as `2026-10-31`; null where it has not.
    async fn arrived_on(&self) -> Option<String> {
        self.0.arrived_on.map(|day: NaiveDate| day.to_string())
    }

    /// The entry by which it left the earnings. Only finance sees it.
    async fn entry(&self, ctx: &Context<'_>) -> Result<Option<LedgerEntry>, Fault> {
        entry(ctx, Some(self.0.entry)).await
    }

    /// The entry by which it arrived or came back; null before. Only finance sees it.
    async fn end_entry(&self, ctx: &Context<'_>) -> Result<Option<LedgerEntry>, Fault> {
        entry(ctx, self.0.end_entry).await
    }
}

/// A page of payouts, of one channel or of all.
pub(crate) async fn payouts(
    ctx: &Context<'_>,
    of: Option<ChannelId>,
    filter: Option<PayoutFilterInput>,
    first: i32,
    after: Option<String>,
) -> Result<PayoutConnection, Fault> {
    let first = page_size("first", first)?;
    let after = after
        .map(|after| Cursor::position("after", &after))
        .transpose()?;
    let mut filter = filter.unwrap_or_default().read()?;
    if let Some(channel) = of {
        // Others' payouts are not among one's own.
        if filter.channel.is_some_and(|asked| asked != channel) {
            return Ok(PayoutConnection::new(vec![], false, false));
        }
        filter.channel = of;
    }
    let page = shared(ctx).views.payouts(&filter, first, after).await?;
    let item = |row: views::Payout| (Cursor::write(row.position), Payout(row));
    let items = page.items.into_iter().map(item).collect();
    Ok(PayoutConnection::new(items, after.is_some(), page.has_more))
}
