//! Questions about what is there now.

use crate::Fault;
use crate::auth::Caller;
use crate::messages::Sentence;
use crate::schema::{
    Account, Cursor, GlobalId, LiveSort, Node, Position, Stream, StreamConnection, cost, lookups,
    page_size, shared, wait_for,
};
use async_graphql::{Context, ID, Object};
use futures::future::try_join_all;
use tributary_projections::{LiveFilter, LiveStream};

#[derive(Default)]
pub(crate) struct NounQuery;

#[Object]
impl NounQuery {
    /// The account that asks; null for somebody who has not logged in.
    async fn me(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
    ) -> Result<Option<Account>, Fault> {
        wait_for(ctx, at_least).await?;
        match Caller::of(ctx).account() {
            Some(account) => Ok(lookups(ctx).load_one(account).await?.map(Account::from)),
            None => Ok(None),
        }
    }

    /// Anything, by its global id; null for what is not there, or not for the caller to see. It takes nothing
    /// else, because Relay's compiler knows it only so; `nodes` waits for what was written.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<Node>, Fault> {
        Node::find(ctx, GlobalId::read("id", &id)?).await
    }

    /// Several at once, in the order of their ids; null for what is not there, or not for the caller to
    /// see.
    #[graphql(complexity = "cost(size(&ids), child_complexity)")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Their global ids, from 1 to 100.")] ids: Vec<ID>,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
    ) -> Result<Option<Vec<Option<Node>>>, Fault> {
        page_size("ids", size(&ids))?;
        let ids = ids.iter().map(|id| GlobalId::read("ids", id));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        wait_for(ctx, at_least).await?;
        let found = ids.into_iter().map(|id| Node::find(ctx, id));
        Ok(Some(try_join_all(found).await?))
    }

    /// The public streams that are live, or interrupted and expected back. Viewers come and go
    /// between two pages: a stream that moved may be on both or on neither.
    #[graphql(complexity = "cost(first, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is an argument of the schema"
    )]
    async fn live_streams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on; it belongs to one order.")] after: Option<
            String,
        >,
        #[graphql(desc = "Only those of this category, in capitals or not.")] category: Option<
            String,
        >,
        #[graphql(desc = "Only those with this text in their title, a tag or the channel's name.")]
        search: Option<String>,
        #[graphql(desc = "In which order.", default_with = "Some(LiveSort::Viewers)")] sort: Option<
            LiveSort,
        >,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
    ) -> Result<Option<StreamConnection>, Fault> {
        let first = page_size("first", first)?;
        let sort = sort.unwrap_or(LiveSort::Viewers).into();
        let after = after
            .map(|after| Cursor::read::<tributary_projections::LiveCursor>("after", &after))
            .transpose()?;
        if after.is_some_and(|after| after.sort() != sort) {
            let field = "after".to_owned();
            return Err(Fault::BadInput(Sentence::CursorOfAnotherOrder { field }));
        }
        wait_for(ctx, at_least).await?;
        let filter = LiveFilter {
            category: filled("category", category)?,
            search: filled("search", search)?,
        };
        let page = shared(ctx)
            .views
            .live_streams(&filter, sort, first, after)
            .await?;
        let item = |live: LiveStream| (Cursor::write(live.cursor(sort)), Stream::from(live));
        let items = page.items.into_iter().map(item).collect();
        let connection = StreamConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }

    /// The payment providers of this installation, by the names that `beginTopUp` and `sendPayout` take.
    async fn payment_providers(&self, ctx: &Context<'_>) -> Option<Vec<String>> {
        Some(shared(ctx).providers.names())
    }

    /// The newest place in the log that this server knows of.
    async fn head_position(&self, ctx: &Context<'_>) -> Option<Position> {
        Some(Position(shared(ctx).log.head()))
    }
}

/// How many ids there are, as the size of a page.
fn size(ids: &[ID]) -> i32 {
    i32::try_from(ids.len()).unwrap_or(i32::MAX)
}

/// A filter that says something. A database takes no zero bytes.
fn filled(field: &str, text: Option<String>) -> Result<Option<String>, Fault> {
    match text {
        Some(text) if text.contains('\0') => {
            let field = field.to_owned();
            Err(Fault::BadInput(Sentence::ZeroByte { field }))
        }
        text => Ok(text.filter(|text| !text.trim().is_empty())),
    }
}
