//! Accounts.

use super::ledger::{HoldConnection, HoldFilterInput, holds, no_holds};
use super::{
    Channel, CurrentStreamOf, Cursor, DateTime, Follow, FollowConnection, GlobalId, Tip,
    TipConnection, Wallet, WalletsOf, cost, lookups, page_size, shared,
};
use crate::Fault;
use crate::auth::Caller;
use crate::past::Then;
use async_graphql::{Context, Enum, ID, Object};
use futures::future::try_join_all;
use tributary_domain::{ChannelId, account};
use tributary_projections as views;

/// A role on the whole platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "account::Role")]
pub(crate) enum Role {
    /// May do everything that staff can do, and grant roles.
    Admin,
    /// May replay the history without personal parts.
    Analyst,
    /// May see balances and the ledger.
    Finance,
}

/// A person's identity.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    row: views::Account,
    /// As of when, where that is not now.
    then: Option<Then>,
}

impl From<views::Account> for Account {
    fn from(row: views::Account) -> Self {
        Self { row, then: None }
    }
}

impl Account {
    /// As it was.
    pub(crate) fn as_of(row: views::Account, then: Then) -> Self {
        let then = Some(then);
        Self { row, then }
    }

    fn home(&self) -> ChannelId {
        self.row.id.into()
    }
}

/// A person's identity.
#[Object]
impl Account {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Account(self.row.id).into()
    }

    /// The name, as its owner writes it; empty once the person was erased.
    async fn name(&self) -> &str {
        self.row.name.as_deref().unwrap_or_default()
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// Whether its channel is live, or interrupted and expected back.
    async fn is_streaming(&self, ctx: &Context<'_>) -> Result<Option<bool>, Fault> {
        let stream = match self.then {
            Some(then) => shared(ctx).past.current_stream(self.home(), then).await?,
            None => lookups(ctx).load_one(CurrentStreamOf(self.home())).await?,
        };
        Ok(Some(stream.is_some_and(|stream| stream.status.is_live())))
    }

    /// Its channel, once it is open.
    async fn channel(&self, ctx: &Context<'_>) -> Result<Option<Channel>, Fault> {
        match self.then {
            Some(then) => {
                let channel = shared(ctx).past.channel(self.home(), then).await?;
                Ok(channel.map(|channel| Channel::as_of(channel, then)))
            }
            None => {
                let channel = lookups(ctx).load_one(self.home()).await?;
                Ok(channel.map(Channel::from))
            }
        }
    }

    /// The e-mail address. Only the account itself and admins see it.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<&str>, Fault> {
        let caller = Caller::of(ctx);
        let shown =
            caller.sees_as(self.row.id, ctx) || caller.has(account::Role::Admin, ctx).await?;
        Ok(self.row.email.as_deref().filter(|_| shown))
    }

    /// Whether an admin keeps it from the platform. Only the account itself and admins see it.
    async fn is_suspended(&self, ctx: &Context<'_>) -> Result<Option<bool>, Fault> {
        let caller = Caller::of(ctx);
        let shown =
            caller.sees_as(self.row.id, ctx) || caller.has(account::Role::Admin, ctx).await?;
        Ok(shown.then_some(self.row.suspended_at.is_some()))
    }

    /// The channels that it follows, the newest first. Only the account itself sees it; for others it is
    /// empty.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn follows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<FollowConnection>, Fault> {
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::position("after", &after))
            .transpose()?;
        if !Caller::of(ctx).sees_as(self.row.id, ctx) {
            return Ok(Some(FollowConnection::new(vec![], false, false)));
        }
        let views = &shared(ctx).views;
        let page = views.followed_by(self.row.id, first, after).await?;
        let item = |row: views::Follow| (Cursor::write(row.position), Follow(row));
        let items = page.items.into_iter().map(item).collect();
        let connection = FollowConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }

    /// The tips that it gave, the newest first. Only the account itself and finance see them; for others the
    /// list is empty.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn tips_given(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<TipConnection>, Fault> {
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::position("after", &after))
            .transpose()?;
        if !Wallet::is_shown(ctx, self.row.id).await? {
            return Ok(Some(TipConnection::new(vec![], false, false)));
        }
        let views = &shared(ctx).views;
        let page = views.tips_given(self.row.id, first, after).await?;
        let item = |row: views::Tip| (Cursor::write(row.position), Tip::from(row));
        let items = page.items.into_iter().map(item).collect();
        let connection = TipConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }

    /// Amounts that it has set aside in its wallets, the one that was placed last first. Only the account itself
    /// and finance see them; for others the list is empty.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn holds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "Which; left out: all.")] filter: Option<HoldFilterInput>,
    ) -> Result<Option<HoldConnection>, Fault> {
        if !Wallet::is_shown(ctx, self.row.id).await? {
            page_size("first", first)?;
            return Ok(Some(no_holds()));
        }
        let of = Some(self.row.id);
        Ok(Some(holds(ctx, of, filter, first, after).await?))
    }

    /// Its roles on the platform.
    async fn roles(&self) -> Vec<Role> {
        self.row.roles.iter().copied().map(Role::from).collect()
    }

    /// Its money, a wallet for each currency that it ever had. Only the account itself and finance see
    /// it; for others it is empty.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn wallets(&self, ctx: &Context<'_>) -> Result<Option<Vec<Wallet>>, Fault> {
        if !Wallet::is_shown(ctx, self.row.id).await? {
            return Ok(Some(vec![]));
        }
        let wallets = lookups(ctx).load_one(WalletsOf(self.row.id)).await?;
        let mut wallets = wallets.unwrap_or_default();
        if let Some(then) = self.then {
            // A currency that was held then is held now, if only with nothing in it.
            let past = &shared(ctx).past;
            let were = wallets
                .iter()
                .map(|wallet| past.wallet(wallet.account, wallet.balance.currency, then));
            wallets = try_join_all(were).await?.into_iter().flatten().collect();
        }
        let wallets = wallets.into_iter();
        Ok(Some(wallets.map(Wallet::from).collect()))
    }
}
