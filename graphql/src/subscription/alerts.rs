//! `alerts`: what somebody is told of the channels that they follow.

use super::Feed;
use super::of_log::{self, Items, Placed};
use crate::Fault;
use crate::api::Shared;
use crate::auth::Caller;
use crate::fanout::Topic;
use crate::schema::{DateTime, GlobalId, shared};
use async_graphql::{Context, Enum, ID, SimpleObject, Subscription};
use std::sync::Arc;
use tributary_domain::stream::{Event as StreamEventOf, Visibility};
use tributary_domain::{AccountId, Event, HistoryId};
use tributary_store::Page;

/// What somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum AlertKind {
    /// A channel that they follow went live.
    WentLive,
}

/// Something that somebody is told.
#[derive(SimpleObject)]
pub(crate) struct Alert {
    /// Give it as `after` to resume behind this alert.
    cursor: String,
    /// What.
    kind: AlertKind,
    /// The channel's global id.
    channel_id: ID,
    /// The stream's global id.
    stream_id: ID,
    /// When.
    at: DateTime,
}

#[derive(Default)]
pub(crate) struct AlertSubscription;

#[Subscription]
impl AlertSubscription {
    /// Tells the caller when a channel that they follow goes live with a public stream. With `after`, first
    /// everything since then; nothing is left out and nothing comes twice. `followedStreams` has the same as
    /// a list.
    async fn alerts(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Resume behind this cursor, or behind a position such as `headPosition`. Left out: from now on."
        )]
        after: Option<String>,
    ) -> Result<Feed<Alert>, Fault> {
        let account = Caller::of(ctx).account().ok_or_else(Fault::not_signed_in)?;
        let alerts = Alerts {
            shared: Arc::clone(shared(ctx)),
            account,
        };
        of_log::feed(ctx, Topic::GoingLive, after.as_deref(), alerts)
    }
}

struct Alerts {
    shared: Arc<Shared>,
    account: AccountId,
}

impl Items for Alerts {
    type Item = Alert;

    async fn of(&self, page: &Page) -> Result<Vec<Placed<Alert>>, Fault> {
        let mut items = Vec::new();
        for recorded in &page.events {
            let (
                HistoryId::Stream(stream),
                Event::Stream(StreamEventOf::WentLive(_)),
                Some(channel),
            ) = (&recorded.history, &recorded.event, recorded.channel)
            else {
                continue;
            };
            // Who follows, and who may find a stream, the read models know.
            let Shared {
                views, settings, ..
            } = &*self.shared;
            views.wait_for(page.upto, settings.at_least_timeout).await?;
            let follows = views.follow(self.account, channel).await?;
            if follows.is_none_or(|follow| follow.position > recorded.position) {
                continue;
            }
            let found = views.stream(*stream).await?;
            if found.is_none_or(|row| row.labels.visibility != Visibility::Public) {
                continue;
            }
            let item = Alert {
                cursor: of_log::cursor(recorded),
                kind: AlertKind::WentLive,
                channel_id: GlobalId::Channel(channel).into(),
                stream_id: GlobalId::Stream(*stream).into(),
                at: DateTime(recorded.recorded_at),
            };
            items.push(Placed::new(recorded, item));
        }
        Ok(items)
    }
}
