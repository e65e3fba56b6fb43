//! The audit log of the whole platform.

use crate::Fault;
use crate::auth::Caller;
use crate::messages::Sentence;
use crate::schema::{
    ModerationActionConnection, ModerationFilterInput, Position, audit_log, cost, wait_for,
};
use async_graphql::{Context, Object};
use tributary_domain::account::Role;

#[derive(Default)]
pub(crate) struct ModerationQuery;

#[Object]
impl ModerationQuery {
    /// What was done by whoever moderates on the whole platform, the newest first; of one channel,
    /// `channel.chat.moderationActions` shows it to its owner and moderators, too. Admins only.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn moderation_actions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "Which.")] filter: Option<ModerationFilterInput>,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
    ) -> Result<Option<ModerationActionConnection>, Fault> {
        let caller = Caller::of(ctx);
        caller.account().ok_or_else(Fault::not_signed_in)?;
        if !caller.has(Role::Admin, ctx).await? {
            return Err(Fault::Forbidden(Sentence::AdminsOnly));
        }
        wait_for(ctx, at_least).await?;
        Ok(Some(audit_log(ctx, None, filter, first, after).await?))
    }
}
