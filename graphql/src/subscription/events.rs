//! `events`: the log itself, as far as the caller may see it.

use super::Feed;
use super::of_log::{self, Items, Placed};
use crate::Fault;
use crate::api::Shared;
use crate::auth::Caller;
use crate::fanout::Topic;
use crate::reading::Reading;
use crate::schema::{EventFilterInput, LogEvent, Wanted, shared};
use async_graphql::{Context, SimpleObject, Subscription};
use std::sync::Arc;
use tributary_domain::AccountId;
use tributary_store::Page;

/// Something happened.
#[derive(SimpleObject)]
pub(crate) struct LogEventItem {
    /// Give it as `after` to resume behind this event.
    cursor: String,
    /// What.
    event: LogEvent,
}

#[derive(Default)]
pub(crate) struct EventSubscription;

#[Subscription]
impl EventSubscription {
    /// The log, as it grows: for an admin all of it, for an analyst without personal parts, for finance the
    /// events of money, and for anyone else who is signed in the events that concern themselves. With
    /// `after`, first everything since then; nothing is left out and nothing comes twice. A role counts as it
    /// is when the event is shown, and amounts of other people's money are shown to finance alone.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which events; left out: all.")] filter: Option<EventFilterInput>,
        #[graphql(
            desc = "Resume behind this cursor, or behind a position such as `headPosition`. Left out: from now on."
        )]
        after: Option<String>,
    ) -> Result<Feed<LogEventItem>, Fault> {
        let account = Caller::of(ctx).account().ok_or_else(Fault::not_signed_in)?;
        let events = Events {
            shared: Arc::clone(shared(ctx)),
            account,
            wanted: filter.unwrap_or_default().read()?,
        };
        let topic = events.wanted.channel.map_or(Topic::All, Topic::Channel);
        of_log::feed(ctx, topic, after.as_deref(), events)
    }
}

struct Events {
    shared: Arc<Shared>,
    account: AccountId,
    wanted: Wanted,
}

impl Items for Events {
    type Item = LogEventItem;

    async fn of(&self, page: &Page) -> Result<Vec<Placed<LogEventItem>>, Fault> {
        let mut wanted = Vec::new();
        for recorded in &page.events {
            if self.wanted.admits(recorded) {
                wanted.push(Arc::clone(recorded));
            }
        }
        if wanted.is_empty() {
            return Ok(vec![]);
        }
        let reading = Reading::of_account(&self.shared.views, self.account).await?;
        let mut items = Vec::with_capacity(wanted.len());
        for recorded in wanted {
            let cursor = of_log::cursor(&recorded);
            if let Some(event) = LogEvent::for_reading(Arc::clone(&recorded), reading) {
                items.push(Placed::new(&recorded, LogEventItem { cursor, event }));
            }
        }
        Ok(items)
    }
}
