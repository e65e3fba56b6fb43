//! Lookups by id, many at a time: the items of a list share one query.

use super::shared;
use crate::Fault;
use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, Loader};
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use tributary_domain::{AccountId, ChannelId, StreamId};
use tributary_projections::{Account, Channel, Statistics, Stream, Views, Wallet};

/// Reads the read models. Nothing is kept: what is loaded twice is read twice.
pub(crate) struct Lookups {
    views: Views,
}

impl Lookups {
    pub(crate) fn new(views: Views) -> Self {
        Self { views }
    }
}

/// The lookups of a resolver.
pub(crate) fn lookups<'a>(ctx: &Context<'a>) -> &'a DataLoader<Lookups> {
    ctx.data_unchecked::<DataLoader<Lookups>>()
}

/// Looks up what must be there because something else names it. Read models of different kinds move
/// apart: one that is behind gets the time to catch up.
///
/// # Errors
/// `NOT_YET` when it takes too long, `INTERNAL` when it is not there even then.
pub(crate) async fn surely<K>(
    ctx: &Context<'_>,
    key: K,
) -> Result<<Lookups as Loader<K>>::Value, Fault>
where
    K: Clone + Eq + Hash + Debug + Send + Sync + 'static,
    Lookups: Loader<K, Error = Fault>,
{
    if let Some(found) = lookups(ctx).load_one(key.clone()).await? {
        return Ok(found);
    }
    let shared = shared(ctx);
    let timeout = shared.settings.at_least_timeout;
    shared.views.wait_for(shared.log.head(), timeout).await?;
    let found = lookups(ctx).load_one(key.clone()).await?;
    found.ok_or_else(|| {
        tracing::error!(?key, "the read models name what they do not hold");
        Fault::Internal
    })
}

/// The stream of a channel that is starting, live or interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CurrentStreamOf(pub(crate) ChannelId);

/// A stream's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StatisticsOf(pub(crate) StreamId);

/// An account's wallets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct WalletsOf(pub(crate) AccountId);

macro_rules! loaders {
    ($( $key:ty => $value:ty, |$keys:ident, $views:ident| $body:expr; )*) => { $(
        impl Loader<$key> for Lookups {
            type Value = $value;
            type Error = Fault;

            async fn load(&self, $keys: &[$key]) -> Result<HashMap<$key, $value>, Fault> {
                let $views = &self.views;
                Ok($body)
            }
        }
    )* };
}

fn rewrapped<A: Hash + Eq, B, V>(found: HashMap<B, V>, wrap: impl Fn(B) -> A) -> HashMap<A, V> {
    found
        .into_iter()
        .map(|(key, value)| (wrap(key), value))
        .collect()
}

loaders! {
    AccountId => Account, |keys, views| views.accounts(keys).await?;
    ChannelId => Channel, |keys, views| views.channels(keys).await?;
    StreamId => Stream, |keys, views| views.streams(keys).await?;
    CurrentStreamOf => Stream, |keys, views| {
        let channels: Vec<_> = keys.iter().map(|key| key.0).collect();
        rewrapped(views.current_streams(&channels).await?, CurrentStreamOf)
    };
    StatisticsOf => Statistics, |keys, views| {
        let streams: Vec<_> = keys.iter().map(|key| key.0).collect();
        rewrapped(views.statistics_of(&streams).await?, StatisticsOf)
    };
    WalletsOf => Vec<Wallet>, |keys, views| {
        let accounts: Vec<_> = keys.iter().map(|key| key.0).collect();
        rewrapped(views.wallets_of(&accounts).await?, WalletsOf)
    };
}
