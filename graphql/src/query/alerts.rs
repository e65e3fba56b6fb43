//! `followedStreams`: what went live at the channels that the caller follows.

use crate::Fault;
use crate::auth::Caller;
use crate::schema::{
    Cursor, Position, Stream, StreamConnection, cost, page_size, shared, wait_for,
};
use async_graphql::{Context, Object};
use tributary_projections::{self as views, LiveCursor};

#[derive(Default)]
pub(crate) struct AlertQuery;

#[Object]
impl AlertQuery {
    /// Public streams that went live at a channel while the caller followed it, the one that went live last
    /// first: what `alerts` told of, also of those that are over.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn followed_streams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
    ) -> Result<Option<StreamConnection>, Fault> {
        let account = Caller::of(ctx).account().ok_or_else(Fault::not_signed_in)?;
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::read::<LiveCursor>("after", &after))
            .transpose()?;
        wait_for(ctx, at_least).await?;
        let views = &shared(ctx).views;
        let page = views.followed_streams(account, first, after).await?;
        let item = |row: views::Stream| {
            let began = row.started_at.unwrap_or(row.created_at);
            let cursor = LiveCursor::Newest(began, row.id);
            (Cursor::write(cursor), Stream::from(row))
        };
        let items = page.items.into_iter().map(item).collect();
        let connection = StreamConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }
}
