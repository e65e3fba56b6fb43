//! Who gave most.

use super::page::connection;
use super::{Account, Cursor, Money, count, lookups, page_size, shared};
use crate::Fault;
use async_graphql::{Context, ID, Object};
use tributary_projections as views;

connection!(
    /// A page of those who gave most.
    TopTipperConnection,
    /// Somebody among those who gave most.
    TopTipperEdge,
    TopTipper
);

/// What a viewer gave in all.
#[derive(Debug, Clone)]
pub(crate) struct TopTipper(views::Tipper);

/// What a viewer gave in all.
#[Object]
impl TopTipper {
    /// The account's global id.
    async fn account_id(&self) -> ID {
        super::GlobalId::Account(self.0.payer).into()
    }

    /// Who; null once the account is no more.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        let found = lookups(ctx).load_one(self.0.payer).await?;
        Ok(found.map(Account::from))
    }

    /// How much, refunds taken off.
    async fn amount(&self) -> Money {
        self.0.amount.into()
    }

    /// In how many tips.
    async fn tip_count(&self) -> i32 {
        count(self.0.tips)
    }
}

/// Who gave most.
pub(super) async fn top_tippers(
    ctx: &Context<'_>,
    of: views::TippersOf,
    first: i32,
    after: Option<String>,
) -> Result<Option<TopTipperConnection>, Fault> {
    let first = page_size("first", first)?;
    let after = after
        .map(|after| Cursor::read::<views::TipperCursor>("after", &after))
        .transpose()?;
    let page = shared(ctx).views.top_tippers(of, first, after).await?;
    let item = |row: views::Tipper| {
        let cursor = Cursor::write(views::TipperCursor::from(&row));
        (cursor, TopTipper(row))
    };
    let items = page.items.into_iter().map(item).collect();
    let connection = TopTipperConnection::new(items, after.is_some(), page.has_more);
    Ok(Some(connection))
}
