//! Accounts.

use super::{Channel, CurrentStreamOf, DateTime, GlobalId, Wallet, WalletsOf, lookups};
use crate::Fault;
use crate::auth::Caller;
use async_graphql::{Context, Enum, ID, Object};
use tributary_domain::{ChannelId, account};

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
pub(crate) struct Account(pub(crate) tributary_projections::Account);

impl Account {
    fn home(&self) -> ChannelId {
        self.0.id.into()
    }
}

/// A person's identity.
#[Object]
impl Account {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Account(self.0.id).into()
    }

    /// The name, as its owner writes it; empty once the person was erased.
    async fn name(&self) -> &str {
        self.0.name.as_deref().unwrap_or_default()
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Whether its channel is live, or interrupted and expected back.
    async fn is_streaming(&self, ctx: &Context<'_>) -> Result<Option<bool>, Fault> {
        let stream = lookups(ctx).load_one(CurrentStreamOf(self.home())).await?;
        Ok(Some(stream.is_some_and(|stream| stream.status.is_live())))
    }

    /// Its channel, once it is open.
    async fn channel(&self, ctx: &Context<'_>) -> Result<Option<Channel>, Fault> {
        let channel = lookups(ctx).load_one(self.home()).await?;
        Ok(channel.map(Channel::from))
    }

    /// The e-mail address. Only the account itself and admins see it.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<&str>, Fault> {
        let caller = Caller::of(ctx);
        let shown = caller.is(self.0.id) || caller.has(account::Role::Admin, ctx).await?;
        Ok(self.0.email.as_deref().filter(|_| shown))
    }

    /// Its roles on the platform.
    async fn roles(&self) -> Vec<Role> {
        self.0.roles.iter().copied().map(Role::from).collect()
    }

    /// Its money, a wallet for each currency that it ever had. Only the account itself and finance see
    /// it; for others it is empty.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn wallets(&self, ctx: &Context<'_>) -> Result<Option<Vec<Wallet>>, Fault> {
        if !Wallet::is_shown(ctx, self.0.id).await? {
            return Ok(Some(vec![]));
        }
        let wallets = lookups(ctx).load_one(WalletsOf(self.0.id)).await?;
        let wallets = wallets.unwrap_or_default().into_iter();
        Ok(Some(wallets.map(Wallet::from).collect()))
    }
}
