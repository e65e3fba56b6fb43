//! The platform's numbers, for its staff.

use super::statistics::count;
use super::totals::{ActivityPeriodConnection, ActivityTotals, Period, periods};
use super::{cost, shared};
use crate::Fault;
use async_graphql::{Context, Object};
use tributary_projections::{Now, Totals};

/// How the platform does.
#[derive(Debug, Clone)]
pub(crate) struct PlatformAnalytics {
    totals: Totals,
    now: Now,
}

impl PlatformAnalytics {
    pub(crate) async fn read(ctx: &Context<'_>) -> Result<Self, Fault> {
        let views = &shared(ctx).views;
        Ok(Self {
            totals: views.totals(None).await?,
            now: views.now().await?,
        })
    }
}

/// How the platform does.
#[Object]
impl PlatformAnalytics {
    /// Streams that are live, or interrupted and expected back.
    async fn live_streams(&self) -> i32 {
        count(self.now.live_streams)
    }

    /// How many watch them.
    async fn viewer_count(&self) -> i32 {
        count(self.now.viewers)
    }

    /// Accounts that were ever made.
    async fn accounts(&self) -> i32 {
        count(self.totals.new_accounts)
    }

    /// Channels that were ever opened.
    async fn channels(&self) -> i32 {
        count(self.totals.new_channels)
    }

    /// What it comes to over all time. Its `newViewers` are all unique viewers.
    async fn totals(&self) -> ActivityTotals {
        (&self.totals).into()
    }

    /// What this month (UTC) comes to so far; its tips' `fee` is what the platform kept.
    async fn this_month(&self, ctx: &Context<'_>) -> Result<Option<ActivityTotals>, Fault> {
        let shared = shared(ctx);
        let now = shared.log.environment().now();
        let totals = shared.views.this_month(None, now).await?;
        Ok(Some((&totals).into()))
    }

    /// The newest days, weeks or months, the oldest first, those without events included.
    #[graphql(complexity = "cost(last, child_complexity)")]
    async fn periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How long each is.")] unit: Period,
        #[graphql(desc = "How many, from 1 to 100.")] last: i32,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Option<ActivityPeriodConnection>, Fault> {
        periods(ctx, None, unit, last, before).await
    }
}
