//! Accounts and their channels.

use super::{ChannelKey, Desk, Reply};
use crate::parts::rtmp_url;
use tributary_domain::account::Role;
use tributary_domain::command::Actor;
use tributary_domain::text::AccountName;
use tributary_domain::{AccountId, HistoryId, State};
use tributary_graphql::service;

pub(super) async fn create(
    desk: &Desk,
    name: &str,
    email: &str,
    password: String,
    channel: bool,
) -> anyhow::Result<Reply> {
    let asker = Actor::Console.into();
    let made = service::register(&desk.log, &desk.keyring, asker, name, email, password).await?;
    let channel = if channel {
        Some(open(desk, made.account, name.to_owned()).await?)
    } else {
        None
    };
    let roles = match desk.log.state(&HistoryId::Account(made.account)).await? {
        State::Account(account) => account.roles,
        _ => vec![],
    };
    let name = name.to_owned();
    Ok(Reply::Account {
        name,
        roles,
        channel,
    })
}

/// By the claim to the name, which is never behind.
pub(super) async fn named(desk: &Desk, name: &str) -> anyhow::Result<AccountId> {
    let nobody = || anyhow::anyhow!("there is no account named {name:?}");
    let name = AccountName::new(name).map_err(|_| nobody())?;
    match desk
        .log
        .state(&HistoryId::NameClaim(desk.keyring.name_hash(&name)))
        .await?
    {
        State::Claim(claim) => claim.holder().ok_or_else(nobody),
        _ => Err(nobody()),
    }
}

pub(super) async fn change_role(
    desk: &Desk,
    name: &str,
    role: Role,
    grant: bool,
) -> anyhow::Result<Reply> {
    let account = named(desk, name).await?;
    service::change_role(&desk.log, Actor::Console.into(), account, role, grant).await?;
    Ok(Reply::Done)
}

pub(super) async fn open_channel(desk: &Desk, name: String) -> anyhow::Result<Reply> {
    let account = named(desk, &name).await?;
    open(desk, account, name).await.map(Reply::Channel)
}

async fn open(desk: &Desk, account: AccountId, name: String) -> anyhow::Result<ChannelKey> {
    let asker = Actor::Console.into();
    let opened = service::open_channel(&desk.log, &desk.keyring, asker, account).await?;
    channel_key(desk, name, opened)
}

pub(super) async fn rotate_key(desk: &Desk, name: String) -> anyhow::Result<Reply> {
    let channel = named(desk, &name).await?.into();
    let asker = Actor::Console.into();
    let rotated = service::rotate_stream_key(&desk.log, &desk.keyring, asker, channel).await?;
    channel_key(desk, name, rotated).map(Reply::Channel)
}

fn channel_key(
    desk: &Desk,
    name: String,
    opened: service::OpenedChannel,
) -> anyhow::Result<ChannelKey> {
    let key = opened.stream_key.ok_or_else(|| {
        anyhow::anyhow!(
            "the stream key was sealed under another secret than {}; rotate it",
            desk.settings.secret_file.display()
        )
    })?;
    let key = key.reveal().to_owned();
    Ok(ChannelKey {
        name,
        rtmp_url: rtmp_url(&desk.settings, desk.rtmp_addr),
        key,
    })
}
