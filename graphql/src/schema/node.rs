//! Anything that has a global id.

use super::channel::is_moderated_by;
use super::ledger::{Dispute, Hold, Payment, Payout};
use super::lookups::{MessageAt, TipAt, WalletsOf};
use super::room::{ModerationAction, action_at};
use super::{
    Account, Channel, ChatMessage, Follow, GlobalId, LedgerEntry, LogEvent, Recording, Restriction,
    Stream, Tip, Wallet, is_finance, lookups, shared,
};
use crate::Fault;
use crate::auth::Caller;
use crate::reading::Reading;
use async_graphql::{Context, ID, Interface};
use tributary_domain::{AccountId, ChannelId, Currency, Position};

/// Anything that has a global id.
#[derive(Debug, Clone, Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "Its global id: opaque, and the same for ever."
))]
pub(crate) enum Node {
    /// See `Account`.
    Account(Account),
    /// See `Channel`.
    Channel(Channel),
    /// See `Stream`.
    Stream(Stream),
    /// See `ChatMessage`.
    ChatMessage(ChatMessage),
    /// See `Tip`.
    Tip(Tip),
    /// See `Wallet`.
    Wallet(Wallet),
    /// See `Restriction`.
    Restriction(Restriction),
    /// See `LogEvent`.
    LogEvent(LogEvent),
    /// See `ModerationAction`.
    ModerationAction(ModerationAction),
    /// See `Follow`.
    Follow(Follow),
    /// See `LedgerEntry`.
    LedgerEntry(LedgerEntry),
    /// See `Recording`.
    Recording(Recording),
    /// See `Payout`.
    Payout(Payout),
    /// See `Hold`.
    Hold(Hold),
    /// See `Payment`.
    Payment(Payment),
    /// See `Dispute`.
    Dispute(Dispute),
}

impl Node {
    /// What an id names, if it is there and the caller may see it.
    pub(crate) async fn find(ctx: &Context<'_>, id: GlobalId) -> Result<Option<Self>, Fault> {
        let lookups = lookups(ctx);
        Ok(match id {
            GlobalId::Account(id) => lookups
                .load_one(id)
                .await?
                .map(Account::from)
                .map(Self::Account),
            GlobalId::Channel(id) => lookups
                .load_one(id)
                .await?
                .map(Channel::from)
                .map(Self::Channel),
            GlobalId::Stream(id) => lookups
                .load_one(id)
                .await?
                .map(Stream::from)
                .map(Self::Stream),
            GlobalId::Recording(id) => lookups
                .load_one(id)
                .await?
                .map(Recording)
                .map(Self::Recording),
            GlobalId::ChatMessage(position) => lookups
                .load_one(MessageAt(position))
                .await?
                .map(ChatMessage::from)
                .map(Self::ChatMessage),
            GlobalId::Tip(position) => lookups
                .load_one(TipAt(position))
                .await?
                .map(Tip::from)
                .map(Self::Tip),
            GlobalId::Wallet(account, currency) => wallet(ctx, account, currency).await?,
            GlobalId::Restriction(channel, account) => restriction(ctx, channel, account).await?,
            GlobalId::LogEvent(position) => event(ctx, position).await?,
            GlobalId::ModerationAction(position) => {
                action_at(ctx, position).await?.map(Self::ModerationAction)
            }
            GlobalId::Follow(account, channel) if Caller::of(ctx).is(account) => {
                let found = shared(ctx).views.follow(account, channel).await?;
                found.map(Follow).map(Self::Follow)
            }
            // Only the account itself sees what it follows.
            GlobalId::Follow(..) => None,
            GlobalId::LedgerEntry(id) if is_finance(ctx).await? => lookups
                .load_one(id)
                .await?
                .map(LedgerEntry)
                .map(Self::LedgerEntry),
            // What it moved elsewhere is for finance alone.
            GlobalId::LedgerEntry(_) => None,
            GlobalId::Payout(position) => Payout::at(ctx, position).await?.map(Self::Payout),
            GlobalId::Hold(position) => Hold::at(ctx, position).await?.map(Self::Hold),
            GlobalId::Payment(position) => Payment::at(ctx, position).await?.map(Self::Payment),
            GlobalId::Dispute(position) => Dispute::at(ctx, position).await?.map(Self::Dispute),
        })
    }
}

async fn wallet(
    ctx: &Context<'_>,
    account: AccountId,
    currency: Currency,
) -> Result<Option<Node>, Fault> {
    if !Wallet::is_shown(ctx, account).await? {
        return Ok(None);
    }
    let wallets = lookups(ctx).load_one(WalletsOf(account)).await?;
    let wallet = wallets
        .into_iter()
        .flatten()
        .find(|wallet| wallet.balance.currency == currency);
    Ok(wallet.map(Wallet::from).map(Node::Wallet))
}

async fn event(ctx: &Context<'_>, position: Position) -> Result<Option<Node>, Fault> {
    let reading = Reading::of(ctx).await?;
    let recorded = shared(ctx).log.event_at(position).await?;
    let event = recorded.and_then(|recorded| LogEvent::for_reading(recorded, reading));
    Ok(event.map(Node::LogEvent))
}

async fn restriction(
    ctx: &Context<'_>,
    channel: ChannelId,
    account: AccountId,
) -> Result<Option<Node>, Fault> {
    if !is_moderated_by(ctx, channel).await? {
        return Ok(None);
    }
    let shared = shared(ctx);
    let now = shared.log.environment().now();
    let found = shared.views.restriction(channel, account, now).await?;
    Ok(found.map(Restriction).map(Node::Restriction))
}
