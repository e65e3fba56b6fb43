//! What a streamer earned: for the streamer, and for finance.

use super::ledger::{
    LedgerAsOf, LedgerStatement, PayoutConnection, PayoutFilterInput, Side, currency, days,
    is_finance, page_of, payouts,
};
use super::page::connection;
use super::{Money, cost, page_size, shared};
use crate::Fault;
use crate::auth::Caller;
use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::NaiveDate;
use tributary_domain::ChannelId;
use tributary_domain::entry::LedgerAccount;
use tributary_projections as views;

/// By what earnings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "views::EarnedBy")]
pub(crate) enum EarningsUnit {
    /// By effective day.
    Day,
    /// By calendar month.
    Month,
}

/// What a streamer earned in a day or month.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct EarningsPeriod {
    /// Its first day (UTC), such as `2026-10-01`.
    from: String,
    /// Its last day (UTC).
    to: String,
    /// What came in, after fees.
    earned: Money,
    /// What went out: refunds and payouts.
    taken: Money,
}

connection!(
    /// A page of days or months.
    EarningsPeriodConnection,
    /// A day or month in a list.
    EarningsPeriodEdge,
    EarningsPeriod
);

/// What a streamer earned.
#[derive(Debug, Clone)]
pub(crate) struct Earnings(ChannelId);

impl Earnings {
    /// Of a channel, for its owner and for finance.
    pub(super) async fn of(ctx: &Context<'_>, channel: ChannelId) -> Result<Option<Self>, Fault> {
        let shown = Caller::of(ctx).sees_as(channel.owner(), ctx) || is_finance(ctx).await?;
        Ok(shown.then_some(Self(channel)))
    }
}

/// What a streamer earned.
#[Object]
impl Earnings {
    /// The statement of the earnings: what came in by tips, after fees, and what went out by refunds and
    /// payouts. What comes in is positive.
    async fn statement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An ISO 4217 code such as `USD`.")] currency: String,
        #[graphql(desc = "The first effective day (UTC), such as `2026-10-01`.")] from: Option<
            String,
        >,
        #[graphql(desc = "The last effective day (UTC).")] to: Option<String>,
        #[graphql(desc = "As it was then; left out: now.")] as_of: Option<LedgerAsOf>,
    ) -> Result<Option<LedgerStatement>, Fault> {
        let days = days(from.as_deref(), to.as_deref())?;
        let account = LedgerAccount::StreamerEarnings(self.0);
        let of = (account, self::currency(&currency)?);
        let statement = LedgerStatement::of(ctx, of, days, as_of, Side::Owner).await?;
        Ok(Some(statement))
    }

    /// What was earned by day or by month, the oldest first. Those without a movement are left out; at most
    /// 3,700 days are looked at.
    #[graphql(complexity = "cost(first, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is an argument of the schema"
    )]
    async fn periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By what.")] unit: EarningsUnit,
        #[graphql(desc = "An ISO 4217 code such as `USD`.")] currency: String,
        #[graphql(desc = "The first effective day (UTC), such as `2026-10-01`.")] from: Option<
            String,
        >,
        #[graphql(desc = "The last effective day (UTC).")] to: Option<String>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<EarningsPeriodConnection>, Fault> {
        let first = page_size("first", first)?;
        let (from, to) = days(from.as_deref(), to.as_deref())?;
        let days = (from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX));
        let currency = self::currency(&currency)?;
        let views = &shared(ctx).views;
        let all = views.earnings(self.0, currency, days, unit.into()).await?;
        let key = |earned: &views::Earned| earned.from.to_string();
        let (items, before, behind) = page_of(all, first, after.as_deref(), key)?;
        let items = items
            .into_iter()
            .map(|(cursor, earned)| {
                let period = EarningsPeriod {
                    from: earned.from.to_string(),
                    to: earned.to.to_string(),
                    earned: earned.earned.into(),
                    taken: earned.taken.into(),
                };
                (cursor, period)
            })
            .collect();
        let connection = EarningsPeriodConnection::new(items, before, behind);
        Ok(Some(connection))
    }

    /// The payouts, the one that was asked for last first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn payouts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "Which; left out: all.")] filter: Option<PayoutFilterInput>,
    ) -> Result<Option<PayoutConnection>, Fault> {
        let of = Some(self.0);
        Ok(Some(payouts(ctx, of, filter, first, after).await?))
    }
}
