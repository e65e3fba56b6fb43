//! The nouns of the schema, one file each.

mod account;
mod aggregate_state;
mod as_of;
mod channel;
mod channel_analytics;
mod chat;
mod chat_statistics;
mod earnings;
mod event;
mod follow;
mod id;
mod ledger;
mod lookups;
mod moderator;
mod money;
mod node;
mod page;
mod platform_analytics;
mod playback;
mod reaction;
mod recording;
mod restriction;
mod room;
mod scalars;
mod session;
mod statistics;
mod stream;
mod stream_analytics;
mod stream_health;
mod tip;
mod tipper;
mod totals;
mod user_error;
mod wallet;

pub(crate) use account::{Account, Role};
pub(crate) use aggregate_state::AggregateState;
pub(crate) use as_of::AsOf;
pub(crate) use channel::{Channel, StreamKey, is_run_by};
pub(crate) use channel_analytics::{ChannelAnalytics, of_the_platform as sees_the_platform};
pub(crate) use chat::{ChatMessage, ChatMessageConnection, MessageKind as ChatMessageKind};
pub(crate) use event::{EventFilterInput, LogEvent, LogEventConnection, Wanted, aggregate};
pub(crate) use follow::{Follow, FollowConnection};
pub(crate) use id::GlobalId;
pub(crate) use ledger::{BooksClose, Ledger, LedgerEntry, is_finance};
pub(crate) use lookups::{
    CurrentStreamOf, Lookups, RecordingOf, StatisticsOf, WalletsOf, lookups, surely,
};
pub(crate) use moderator::ModeratorPermission;
pub(crate) use money::Money;
pub(crate) use node::Node;
pub(crate) use page::{Cursor, cost, page_size};
pub(crate) use platform_analytics::PlatformAnalytics;
pub(crate) use reaction::ReactionCounts;
pub(crate) use recording::{Recording, RecordingConnection};
pub(crate) use restriction::{Restriction, RestrictionConnection};
pub(crate) use room::{
    ChatSettings, ModerationActionConnection, ModerationFilterInput, Room, audit_log,
};
pub(crate) use scalars::{DateTime, Decimal, Json, Position, Uuid};
pub(crate) use session::Session;
pub(crate) use statistics::{StreamStatistics, count};
pub(crate) use stream::{LiveSort, Stream, StreamConnection, StreamKind, Visibility};
pub(crate) use stream_analytics::StreamAnalytics;
pub(crate) use stream_health::StreamHealthWarning;
pub(crate) use tip::{Tip, TipConnection};
pub(crate) use user_error::UserError;
pub(crate) use wallet::Wallet;

use crate::Fault;
use crate::api::Shared;
use async_graphql::Context;
use std::sync::Arc;

/// What every resolver works with.
pub(crate) fn shared<'a>(ctx: &Context<'a>) -> &'a Arc<Shared> {
    ctx.data_unchecked::<Arc<Shared>>()
}

/// Waits until the read models have folded the log up to `at_least`, bounded.
pub(crate) async fn wait_for(ctx: &Context<'_>, at_least: Option<Position>) -> Result<(), Fault> {
    let shared = shared(ctx);
    if let Some(Position(position)) = at_least {
        shared
            .views
            .wait_for(position, shared.settings.at_least_timeout)
            .await?;
    }
    Ok(())
}
