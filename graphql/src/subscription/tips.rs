//! `tips`: what a channel is given.

use super::gone::Gone;
use super::of_log::{self, Items, Placed};
use super::{Feed, channel};
use crate::Fault;
use crate::api::Shared;
use crate::fanout::Topic;
use crate::schema::{self, GlobalId, Tip, shared};
use async_graphql::{Context, ID, SimpleObject, Subscription};
use std::sync::Arc;
use tributary_domain::channel::Event as ChannelEvent;
use tributary_domain::{Event, Position, Recorded, wallet};
use tributary_store::Page;

/// A tip was given, or its words were removed: exactly one of `tip`, `wordsRemovedId` and `wordsRemovedUpto`.
#[derive(SimpleObject)]
pub(crate) struct TipEvent {
    /// Give it as `after` to resume behind this event.
    cursor: String,
    /// The tip. In a replay, one whose words were removed since comes without them.
    tip: Option<Tip>,
    /// A moderator removed the words of the tip with this global id: drop them.
    words_removed_id: Option<ID>,
    /// A moderator cleared the chat: drop the words of every tip whose `position` is this or less.
    words_removed_upto: Option<schema::Position>,
}

impl TipEvent {
    fn new(recorded: &Recorded) -> Self {
        Self {
            cursor: of_log::cursor(recorded),
            tip: None,
            words_removed_id: None,
            words_removed_upto: None,
        }
    }
}

#[derive(Default)]
pub(crate) struct TipSubscription;

#[Subscription]
impl TipSubscription {
    /// What a channel is given. With `after`, first everything since then; nothing is left out and
    /// nothing comes twice.
    async fn tips(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel's global id.")] channel_id: ID,
        #[graphql(
            desc = "Resume behind this cursor, or behind a position such as `headPosition`. Left out: from now on."
        )]
        after: Option<String>,
    ) -> Result<Feed<TipEvent>, Fault> {
        let shared = shared(ctx);
        let channel = channel(ctx, &channel_id).await?;
        let tips = Tips {
            shared: Arc::clone(shared),
            replay_to: shared.log.head(),
        };
        of_log::feed(ctx, Topic::Channel(channel), after.as_deref(), tips)
    }
}

struct Tips {
    shared: Arc<Shared>,
    /// What lies up to here happened before somebody asked.
    replay_to: Position,
}

impl Items for Tips {
    type Item = TipEvent;

    async fn of(&self, page: &Page) -> Result<Vec<Placed<TipEvent>>, Fault> {
        let gone = Gone::of(page, &self.shared, self.replay_to).await?;
        let mut items = Vec::new();
        for recorded in &page.events {
            let mut item = TipEvent::new(recorded);
            match &recorded.event {
                Event::Wallet(wallet::Event::Tipped(tipped)) => {
                    let tip = Tip::given(recorded, tipped, tipped.entry.currency);
                    item.tip = Some(match gone.has(recorded.position) {
                        true => tip.without_words(),
                        false => tip,
                    });
                    items.push(Placed::new(recorded, item));
                }
                Event::Channel(ChannelEvent::MessageDeleted(deleted))
                    if self.is_a_tip(deleted.message).await? =>
                {
                    item.words_removed_id = Some(GlobalId::Tip(deleted.message).into());
                    items.push(Placed::withdrawing(recorded, item, deleted.message));
                }
                Event::Channel(ChannelEvent::ChatCleared(cleared)) => {
                    item.words_removed_upto = Some(schema::Position(cleared.upto));
                    items.push(Placed::withdrawing(recorded, item, cleared.upto));
                }
                _ => {}
            }
        }
        Ok(items)
    }
}

impl Tips {
    /// Most of what is removed is no tip.
    async fn is_a_tip(&self, place: Position) -> Result<bool, Fault> {
        let found = self.shared.log.event_at(place).await?;
        Ok(found
            .is_some_and(|found| matches!(found.event, Event::Wallet(wallet::Event::Tipped(_)))))
    }
}
