//! Lookups by id, many at a time: the items of a list share one query.

use super::shared;
use crate::gather::{Gather, Key};
use crate::{Fault, service};
use async_graphql::Context;
use async_graphql::dataloader::Loader;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use tributary_domain::channel::ReactedTo;
use tributary_domain::{AccountId, ChannelId, EntryId, Position, RecordingId, StreamId};
use tributary_projections::{
    Account, Channel, ChatMessage, LedgerEntry, Page, Reactions, Recording, Restriction,
    RestrictionCursor, Statistics, Stream, Tip, Views, Wallet,
};
use tributary_store::{Keyring, Log, StreamKey};

/// Reads the read models, and stream keys. Nothing is kept: what is loaded twice is read twice.
pub(crate) struct Lookups {
    views: Views,
    log: Log,
    keyring: Keyring,
}

impl Lookups {
    pub(crate) fn new(views: Views, log: Log, keyring: Keyring) -> Self {
        Self {
            views,
            log,
            keyring,
        }
    }
}

/// The lookups of a resolver.
pub(crate) fn lookups<'a>(ctx: &Context<'a>) -> &'a Gather {
    ctx.data_unchecked::<Arc<Gather>>()
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
    K: Key,
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

/// A stream's newest recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RecordingOf(pub(crate) StreamId);

/// An account's wallets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct WalletsOf(pub(crate) AccountId);

/// The message at a place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MessageAt(pub(crate) Position);

/// The tip at a place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TipAt(pub(crate) Position);

/// How many follow a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FollowersOf(pub(crate) ChannelId);

/// Whether somebody moderates a channel: there if they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ModeratedBy(pub(crate) ChannelId, pub(crate) AccountId);

/// A channel's stream key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StreamKeyOf(pub(crate) ChannelId);

macro_rules! pages {
    ($( $(#[$meta:meta])* $name:ident($asked:ty); )*) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) struct $name(pub(crate) ChannelId, pub(crate) $asked);
    )* };
}

pages! {
    /// A page of a channel's streams: with private ones or not, how many, after which place.
    StreamsOf((bool, usize, Option<Position>));
    /// A page of a channel's chat: how many, before which place.
    MessagesOf((usize, Option<Position>));
    /// A page of a channel's tips: how many, after which place.
    TipsOf((usize, Option<Position>));
    /// A page of a channel's bans and timeouts: how many, after which place.
    RestrictionsOf((usize, Option<RestrictionCursor>));
}

macro_rules! loaders {
    ($( $key:ty => $value:ty, |$keys:ident, $of:ident| $body:expr; )*) => { $(
        impl Loader<$key> for Lookups {
            type Value = $value;
            type Error = Fault;

            async fn load(&self, $keys: &[$key]) -> Result<HashMap<$key, $value>, Fault> {
                let $of = self;
                Ok($body)
            }
        }
    )* };
    (pages: $( $key:ident of $item:ty, |$channels:ident, $asked:pat_param, $of:ident| $ask:expr; )*) => { $(
        impl Loader<$key> for Lookups {
            type Value = Page<$item>;
            type Error = Fault;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Page<$item>>, Fault> {
                let $of = self;
                let mut found = HashMap::with_capacity(keys.len());
                for (asked, channels) in alike(keys.iter().map(|key| (key.0, key.1))) {
                    let ($channels, $asked) = (channels.as_slice(), asked);
                    let pages = rewrapped($ask.await?, |channel| $key(channel, asked));
                    found.extend(pages);
                }
                Ok(found)
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

/// The channels that the same is asked of: as a rule all of a list.
fn alike<A: Hash + Eq>(keys: impl Iterator<Item = (ChannelId, A)>) -> HashMap<A, Vec<ChannelId>> {
    let mut groups: HashMap<A, Vec<ChannelId>> = HashMap::new();
    for (channel, asked) in keys {
        groups.entry(asked).or_default().push(channel);
    }
    groups
}

loaders! {
    AccountId => Account, |keys, of| of.views.accounts(keys).await?;
    ChannelId => Channel, |keys, of| of.views.channels(keys).await?;
    StreamId => Stream, |keys, of| of.views.streams(keys).await?;
    EntryId => LedgerEntry, |keys, of| of.views.ledger_entries_of(keys).await?;
    RecordingId => Recording, |keys, of| of.views.recordings(keys).await?;
    RecordingOf => Recording, |keys, of| {
        let streams: Vec<_> = keys.iter().map(|key| key.0).collect();
        rewrapped(of.views.newest_recordings(&streams).await?, RecordingOf)
    };
    CurrentStreamOf => Stream, |keys, of| {
        let channels: Vec<_> = keys.iter().map(|key| key.0).collect();
        rewrapped(of.views.current_streams(&channels).await?, CurrentStreamOf)
    };
    StatisticsOf => Statistics, |keys, of| {
        let streams: Vec<_> = keys.iter().map(|key| key.0).collect();
        rewrapped(of.views.statistics_of(&streams).await?, StatisticsOf)
    };
    ReactedTo => Reactions, |keys, of| of.views.reactions_to(keys).await?;
    FollowersOf => i64, |keys, of| {
        let channels: Vec<_> = keys.iter().map(|key| key.0).collect();
        rewrapped(of.views.follower_counts(&channels).await?, FollowersOf)
    };
    WalletsOf => Vec<Wallet>, |keys, of| {
        let accounts: Vec<_> = keys.iter().map(|key| key.0).collect();
        rewrapped(of.views.wallets_of(&accounts).await?, WalletsOf)
    };
    MessageAt => ChatMessage, |keys, of| {
        let positions: Vec<_> = keys.iter().map(|key| key.0).collect();
        rewrapped(of.views.messages_at(&positions).await?, MessageAt)
    };
    TipAt => Tip, |keys, of| {
        let positions: Vec<_> = keys.iter().map(|key| key.0).collect();
        rewrapped(of.views.tips_at(&positions).await?, TipAt)
    };
    ModeratedBy => (), |keys, of| {
        let mut found = HashMap::new();
        for (account, channels) in alike(keys.iter().map(|key| (key.0, key.1))) {
            let moderated = of.views.moderated_by(account, &channels).await?;
            found.extend(moderated.into_iter().map(|channel| (ModeratedBy(channel, account), ())));
        }
        found
    };
    // Only the owner sees a key: however often a list shows the own channel, this is one question.
    StreamKeyOf => StreamKey, |keys, of| {
        let mut found = HashMap::new();
        for key in keys {
            let opened = service::stream_key(&of.log, &of.keyring, key.0).await?;
            found.extend(opened.map(|opened| (*key, opened)));
        }
        found
    };
}

loaders! {
    pages:
    StreamsOf of Stream, |channels, (with_private, first, after), of| {
        of.views.streams_of_channels(channels, with_private, first, after)
    };
    MessagesOf of ChatMessage, |channels, (last, before), of| {
        of.views.messages_of(channels, last, before)
    };
    TipsOf of Tip, |channels, (first, after), of| of.views.tips_of(channels, first, after);
    RestrictionsOf of Restriction, |channels, (first, after), of| {
        of.views.restrictions_of(channels, of.log.environment().now(), first, after)
    };
}
