//! Amounts set aside, for finance and for whose they are.

use super::currency;
use super::done_by::DoneBy;
use crate::Fault;
use crate::schema::page::connection;
use crate::schema::{
    Account, Cursor, DateTime, GlobalId, Money, Position, Uuid, Wallet, lookups, page_size, shared,
};
use async_graphql::{Context, Enum, ID, InputObject, Object};
use tributary_domain::wallet;
use tributary_domain::{AccountId, Money as Amount};
use tributary_projections as views;

/// Why an amount is no longer set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "wallet::HoldEnd")]
pub(crate) enum HoldEnd {
    /// Its owner asked for it.
    Released,
    /// It was spent on a tip.
    Spent,
    /// Its time was over.
    Expired,
}

/// Which holds are wanted. All that is given must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct HoldFilterInput {
    /// In this account's wallets: its global id. In the own wallets, where these are its holds.
    account_id: Option<ID>,
    /// In this currency: an ISO 4217 code such as `USD`.
    currency: Option<String>,
    /// Only those that stand, or only those that were ended. One whose time is over stands until that is noted.
    is_standing: Option<bool>,
}

connection!(
    /// A page of holds.
    HoldConnection,
    /// A hold in a list.
    HoldEdge,
    Hold
);

/// An amount that was set aside in a wallet: it can be spent only on a tip that names it.
#[derive(Debug, Clone)]
pub(crate) struct Hold(views::Hold);

impl Hold {
    /// The one at a place in the log, if there is one for the caller to see.
    pub(crate) async fn at(
        ctx: &Context<'_>,
        position: tributary_domain::Position,
    ) -> Result<Option<Self>, Fault> {
        let all = views::HoldFilter::default();
        let before = Some(position.next());
        let page = shared(ctx).views.holds(&all, 1, before).await?;
        let found = page.items.into_iter().find(|row| row.position == position);
        match found {
            Some(row) if Wallet::is_shown(ctx, row.account).await? => Ok(Some(Self(row))),
            Some(_) | None => Ok(None),
        }
    }
}

/// An amount that was set aside in a wallet: it can be spent only on a tip that names it.
#[Object]
impl Hold {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Hold(self.0.position).into()
    }

    /// Its id, as mutations take it.
    async fn hold_id(&self) -> Uuid {
        Uuid(self.0.hold.0)
    }

    /// In whose wallet; null once the account is no more.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        let found = lookups(ctx).load_one(self.0.account).await?;
        Ok(found.map(Account::from))
    }

    /// How much.
    async fn amount(&self) -> Money {
        Amount::from_minor(self.0.amount, self.0.currency).into()
    }

    /// When its time is over: from then on it is in nobody's way.
    async fn until(&self) -> DateTime {
        DateTime(self.0.until)
    }

    /// The place in the log where it was placed.
    async fn position(&self) -> Position {
        Position(self.0.position)
    }

    /// When it was placed, by its owner.
    async fn placed_at(&self) -> DateTime {
        DateTime(self.0.placed_at)
    }

    /// Why it is no longer set aside; null as long as it stands.
    async fn end(&self) -> Option<HoldEnd> {
        self.0.hold_end.map(Into::into)
    }

    /// Who ended it: its owner, or the part of Tributary that lifts those whose time is over; null as long as it
    /// stands.
    async fn lifted_by(&self) -> Option<DoneBy> {
        self.0.lifted_by.as_deref().map(DoneBy::read)
    }

    /// When; null as long as it stands.
    async fn lifted_at(&self) -> Option<DateTime> {
        self.0.lifted_at.map(DateTime)
    }

    /// The place in the log where it was ended, just before the tip that it was spent on, where it was; null as
    /// long as it stands.
    async fn lifted_position(&self) -> Option<Position> {
        self.0.lifted_position.map(Position)
    }
}

/// A page of holds, of one account or of all.
pub(crate) async fn holds(
    ctx: &Context<'_>,
    of: Option<AccountId>,
    filter: Option<HoldFilterInput>,
    first: i32,
    after: Option<String>,
) -> Result<HoldConnection, Fault> {
    let first = page_size("first", first)?;
    let after = after
        .map(|after| Cursor::position("after", &after))
        .transpose()?;
    let filter = filter.unwrap_or_default();
    let asked = filter
        .account_id
        .map(|id| GlobalId::account("accountId", &id));
    let asked = asked.transpose()?;
    // Others' holds are not among one's own.
    if of.is_some() && asked.is_some() && asked != of {
        return Ok(HoldConnection::new(vec![], false, false));
    }
    let code = filter.currency.map(|code| currency(&code));
    let filter = views::HoldFilter {
        account: of.or(asked),
        currency: code.transpose()?,
        standing: filter.is_standing,
    };
    let page = shared(ctx).views.holds(&filter, first, after).await?;
    let item = |row: views::Hold| (Cursor::write(row.position), Hold(row));
    let items = page.items.into_iter().map(item).collect();
    Ok(HoldConnection::new(items, after.is_some(), page.has_more))
}

/// None: for those who may not see any.
pub(crate) fn no_holds() -> HoldConnection {
    HoldConnection::new(vec![], false, false)
}
