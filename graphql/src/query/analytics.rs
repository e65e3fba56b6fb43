//! How the platform does.

use crate::Fault;
use crate::messages::Sentence;
use crate::schema::{PlatformAnalytics, Position, sees_the_platform, wait_for};
use async_graphql::{Context, Object};

#[derive(Default)]
pub(crate) struct AnalyticsQuery;

#[Object]
impl AnalyticsQuery {
    /// How the platform does. Only admins and analysts see it.
    async fn platform_analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
    ) -> Result<Option<PlatformAnalytics>, Fault> {
        wait_for(ctx, at_least).await?;
        if !sees_the_platform(ctx).await? {
            return Err(Fault::Forbidden(Sentence::NotForYou));
        }
        Ok(Some(PlatformAnalytics::read(ctx).await?))
    }
}
