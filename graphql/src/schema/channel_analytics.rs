//! A channel's numbers, for those who run it.

use super::totals::{ActivityPeriodConnection, ActivityTotals, Period, periods};
use super::{Stream, cost, lookups, shared};
use crate::Fault;
use crate::auth::Caller;
use async_graphql::{Context, Object};
use tributary_domain::ChannelId;
use tributary_domain::account::Role;

/// Whether the caller sees how a channel does: its owner, admins and analysts.
pub(super) async fn is_shown(ctx: &Context<'_>, channel: ChannelId) -> Result<bool, Fault> {
    let caller = Caller::of(ctx);
    Ok(caller.sees_as(channel.owner(), ctx) || of_the_platform(ctx).await?)
}

/// Whether the caller sees how all channels do: admins and analysts.
pub(crate) async fn of_the_platform(ctx: &Context<'_>) -> Result<bool, Fault> {
    let caller = Caller::of(ctx);
    Ok(caller.has(Role::Admin, ctx).await? || caller.has(Role::Analyst, ctx).await?)
}

/// How a channel does.
#[derive(Debug, Clone)]
pub(crate) struct ChannelAnalytics(pub(super) ChannelId);

/// How a channel does.
#[Object]
impl ChannelAnalytics {
    /// What it comes to over all time. Its `newViewers` are all its unique viewers.
    async fn totals(&self, ctx: &Context<'_>) -> Result<Option<ActivityTotals>, Fault> {
        let totals = shared(ctx).views.totals(Some(self.0)).await?;
        Ok(Some((&totals).into()))
    }

    /// What this month (UTC) comes to so far; its tips' `net` is what was earned.
    async fn this_month(&self, ctx: &Context<'_>) -> Result<Option<ActivityTotals>, Fault> {
        let shared = shared(ctx);
        let now = shared.log.environment().now();
        let totals = shared.views.this_month(Some(self.0), now).await?;
        Ok(Some((&totals).into()))
    }

    /// The stream with the most unique viewers.
    async fn best_stream(&self, ctx: &Context<'_>) -> Result<Option<Stream>, Fault> {
        match shared(ctx).views.best_stream(self.0).await? {
            Some(stream) => Ok(lookups(ctx).load_one(stream).await?.map(Stream::from)),
            None => Ok(None),
        }
    }

    /// Its newest days, weeks or months, the oldest first, those without events included.
    #[graphql(complexity = "cost(last, child_complexity)")]
    async fn periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How long each is.")] unit: Period,
        #[graphql(desc = "How many, from 1 to 100.")] last: i32,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Option<ActivityPeriodConnection>, Fault> {
        periods(ctx, Some(self.0), unit, last, before).await
    }
}
