//! Questions about what can also be told as of a past moment, because it is a fold of one aggregate.

use crate::Fault;
use crate::auth::Caller;
use crate::messages::Sentence;
use crate::past::Then;
use crate::schema::{
    Account, AsOf, Channel, GlobalId, Position, Stream, Wallet, lookups, shared, wait_for,
};
use async_graphql::{Context, ID, Object};
use tributary_domain::account::Role;
use tributary_domain::{AccountId, Currency};

#[derive(Default)]
pub(crate) struct PastQuery;

#[Object]
impl PastQuery {
    /// An account, by its name.
    async fn account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In capitals or not.")] name: String,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
        #[graphql(desc = "As it was then. Only the account itself and admins see that.")]
        as_of: Option<AsOf>,
    ) -> Result<Option<Account>, Fault> {
        let Some(name) = a_name(&name) else {
            return Ok(None);
        };
        wait_for(ctx, at_least).await?;
        let shared = shared(ctx);
        let account = shared.views.account_named(name).await?;
        let (Some(account), Some(as_of)) = (&account, as_of) else {
            return Ok(account.map(Account::from));
        };
        let then = moment(ctx, account.id, as_of).await?;
        let account = shared.past.account(account.id, then).await?;
        Ok(account.map(|account| Account::as_of(account, then)))
    }

    /// A channel, by its owner's name or by its id: exactly one of the two.
    async fn channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its owner's name, in capitals or not.")] name: Option<String>,
        #[graphql(desc = "Its global id.")] id: Option<ID>,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
        #[graphql(
            desc = "As it was then. Only its owner and admins see that; its lists are of now alone."
        )]
        as_of: Option<AsOf>,
    ) -> Result<Option<Channel>, Fault> {
        let shared = shared(ctx);
        let channel = match (name, id) {
            (Some(name), None) => {
                let Some(name) = a_name(&name) else {
                    return Ok(None);
                };
                wait_for(ctx, at_least).await?;
                shared.views.channel_named(name).await?
            }
            (None, Some(id)) => {
                let id = GlobalId::channel("id", &id)?;
                wait_for(ctx, at_least).await?;
                lookups(ctx).load_one(id).await?
            }
            (None, None) | (Some(_), Some(_)) => {
                let (one, other) = ("name", "id");
                return Err(Fault::BadInput(Sentence::ExactlyOneOf { one, other }));
            }
        };
        let (Some(channel), Some(as_of)) = (&channel, as_of) else {
            return Ok(channel.map(Channel::from));
        };
        let then = moment(ctx, channel.id.owner(), as_of).await?;
        let channel = shared.past.channel(channel.id, then).await?;
        Ok(channel.map(|channel| Channel::as_of(channel, then)))
    }

    /// A stream, by its id.
    async fn stream(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
        #[graphql(
            desc = "As it was then. Only its channel's owner and admins see that; its numbers are of now alone."
        )]
        as_of: Option<AsOf>,
    ) -> Result<Option<Stream>, Fault> {
        let id = GlobalId::stream("id", &id)?;
        wait_for(ctx, at_least).await?;
        let stream = lookups(ctx).load_one(id).await?;
        let (Some(stream), Some(as_of)) = (&stream, as_of) else {
            return Ok(stream.map(Stream::from));
        };
        let then = moment(ctx, stream.channel.owner(), as_of).await?;
        let stream = shared(ctx).past.stream(id, then).await?;
        Ok(stream.map(|stream| Stream::read(stream, Some(then))))
    }

    /// An account's money in one currency; null if it never had any, and for others than the account
    /// itself and finance.
    async fn wallet(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account's global id.")] account_id: ID,
        #[graphql(desc = "An ISO 4217 code such as `USD`.")] currency: String,
        #[graphql(desc = "Wait until what was written there can be read.")] at_least: Option<
            Position,
        >,
        #[graphql(desc = "As it was then.")] as_of: Option<AsOf>,
    ) -> Result<Option<Wallet>, Fault> {
        let account = GlobalId::account("accountId", &account_id)?;
        let currency: Currency = currency
            .parse()
            .map_err(|_| Fault::BadInput(Sentence::NotACurrency))?;
        wait_for(ctx, at_least).await?;
        if !Wallet::is_shown(ctx, account).await? {
            return Ok(None);
        }
        let shared = shared(ctx);
        let wallet = match as_of {
            Some(as_of) => {
                let then = shared.past.moment(as_of).await?;
                shared.past.wallet(account, currency, then).await?
            }
            None => shared.views.wallet(account, currency).await?,
        };
        Ok(wallet.map(Wallet::from))
    }
}

/// A past moment of something that belongs to `owner`. What somebody took back, a title for example, is
/// not shown to strangers.
async fn moment(ctx: &Context<'_>, owner: AccountId, as_of: AsOf) -> Result<Then, Fault> {
    let caller = Caller::of(ctx);
    if !caller.is(owner) && !caller.has(Role::Admin, ctx).await? {
        return Err(Fault::Forbidden(Sentence::PastOfOthers));
    }
    shared(ctx).past.moment(as_of).await
}

/// A text that can be the name of an account; anything else names nobody.
fn a_name(name: &str) -> Option<&str> {
    tributary_domain::text::AccountName::new(name)
        .is_ok()
        .then_some(name)
}
