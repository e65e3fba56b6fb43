//! Who asks: from a checked token, and from nothing else.

mod tokens;

pub(crate) use tokens::{Identity, Refresh, Tokens};

use crate::Fault;
use crate::messages::{Language, Sentence};
use crate::schema::lookups;
use async_graphql::Context;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use tributary_domain::account::Role;
use tributary_domain::command::Actor;
use tributary_domain::{AccountId, ChannelId};
use tributary_projections::Views;

/// In the data of a request that is executed for everybody at once: nobody may ask who is there.
#[derive(Debug, Default)]
pub(crate) struct Unasked(AtomicBool);

impl Unasked {
    /// Whether somebody did: what was answered is not for everybody.
    pub(crate) fn was_asked(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// Who asks, for the length of a request or of a socket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Somebody who has signed in; `None` for anyone else.
    pub(crate) identity: Option<Identity>,
    /// What they read.
    pub(crate) language: Language,
}

impl Caller {
    /// The caller of a resolver.
    pub(crate) fn of(ctx: &Context<'_>) -> Self {
        if let Some(unasked) = ctx.data_opt::<Arc<Unasked>>() {
            unasked.0.store(true, Relaxed);
            return Self::default();
        }
        ctx.data_opt::<Self>().copied().unwrap_or_default()
    }

    /// The account, if one asks.
    pub(crate) fn account(self) -> Option<AccountId> {
        self.identity.map(|identity| identity.account)
    }

    /// As the domain names it.
    pub(crate) fn actor(self) -> Actor {
        self.account().map_or(Actor::Anonymous, Actor::Account)
    }

    /// Whether the caller is this account.
    pub(crate) fn is(self, account: AccountId) -> bool {
        self.account() == Some(account)
    }

    /// Whether the caller is this account, by its token or because the mutation that is being answered
    /// has just shown it. For what is seen; what is done takes a token.
    pub(crate) fn sees_as(self, account: AccountId, ctx: &Context<'_>) -> bool {
        self.is(account) || Proved::has(ctx, account)
    }

    /// Whether the caller has a role now. Read from the account each time: a token says who somebody
    /// is, never what they may do.
    pub(crate) async fn has(self, role: Role, ctx: &Context<'_>) -> Result<bool, Fault> {
        let Some(account) = self.account() else {
            return Ok(false);
        };
        let account = lookups(ctx).load_one(account).await?;
        Ok(account.is_some_and(|account| account.roles.contains(&role)))
    }
}

/// Whether an account sees what a channel's staff does at this moment: as its owner, as one of its
/// moderators, or as an admin.
pub(crate) async fn moderates(
    views: &Views,
    account: AccountId,
    channel: ChannelId,
) -> Result<bool, Fault> {
    if channel.owner() == account || views.moderator(channel, account).await?.is_some() {
        return Ok(true);
    }
    let account = views.account(account).await?;
    Ok(account.is_some_and(|account| account.roles.contains(&Role::Admin)))
}

/// Accounts that a mutation was shown to be asked for by, such as with a password: its payload shows them
/// what is theirs. In the data of each request that is a mutation.
#[derive(Debug, Default)]
pub(crate) struct Proved(Mutex<Vec<AccountId>>);

impl Proved {
    /// Notes that whoever asks is this account.
    pub(crate) fn note(ctx: &Context<'_>, account: AccountId) {
        if let Some(Self(accounts)) = ctx.data_opt() {
            let mut accounts = accounts.lock().unwrap_or_else(PoisonError::into_inner);
            accounts.push(account);
        }
    }

    fn has(ctx: &Context<'_>, account: AccountId) -> bool {
        ctx.data_opt::<Self>().is_some_and(|Self(accounts)| {
            let accounts = accounts.lock().unwrap_or_else(PoisonError::into_inner);
            accounts.contains(&account)
        })
    }
}

/// The token of an `Authorization` value.
///
/// # Errors
/// When it is of another kind.
pub(crate) fn bearer(value: &str) -> Result<&str, Fault> {
    let (scheme, token) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() {
        Ok(token.trim())
    } else {
        Err(Fault::Unauthenticated(Sentence::NotBearer))
    }
}

/// A key for one purpose, from a key that serves several.
pub(crate) fn key_for(purpose: &str, key: &[u8; 32]) -> [u8; 32] {
    keyed_digest(key, &[b"tributary.graphql.v1", purpose.as_bytes()])
}

/// HMAC-SHA-256 over parts, each with its length before it.
pub(crate) fn keyed_digest(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).expect("HMAC takes any key");
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        mac.update(&length.to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
