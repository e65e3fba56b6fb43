//! `chat`: what is said in a channel, and what is removed, pinned and set there.

use super::of_log::{self, Items, Placed};
use super::{Feed, channel};
use crate::Fault;
use crate::api::Shared;
use crate::fanout::Topic;
use crate::schema::{self, ChatMessage, ChatSettings, GlobalId, shared};
use async_graphql::{Context, ID, SimpleObject, Subscription};
use std::collections::HashSet;
use std::sync::Arc;
use tributary_domain::channel::Event as ChannelEvent;
use tributary_domain::{Event, Position};
use tributary_store::Page;

/// Something that happened in a chat: exactly one of `message`, `deletedMessageId`, `clearedUpto`,
/// `pinnedMessageId`, `unpinnedMessageId` and `settings`.
#[derive(SimpleObject)]
pub(crate) struct ChatEvent {
    /// Give it as `after` to resume behind this event.
    cursor: String,
    /// A message was sent. In a replay, one that was deleted since comes without its text.
    message: Option<ChatMessage>,
    /// A message was deleted: its global id. Drop it.
    deleted_message_id: Option<ID>,
    /// The chat was cleared: drop every message whose `position` is this or less.
    cleared_upto: Option<schema::Position>,
    /// A message was pinned: its global id.
    pinned_message_id: Option<ID>,
    /// A message was unpinned: its global id.
    unpinned_message_id: Option<ID>,
    /// Who may speak changed, or how often: as it is from now on.
    settings: Option<ChatSettings>,
}

impl ChatEvent {
    fn new(cursor: String) -> Self {
        Self {
            cursor,
            message: None,
            deleted_message_id: None,
            cleared_upto: None,
            pinned_message_id: None,
            unpinned_message_id: None,
            settings: None,
        }
    }
}

#[derive(Default)]
pub(crate) struct ChatSubscription;

#[Subscription]
impl ChatSubscription {
    /// What is said in a channel's chat, and what is deleted. With `after`, first everything since
    /// then; nothing is left out and nothing comes twice.
    async fn chat(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel's global id.")] channel_id: ID,
        #[graphql(
            desc = "Resume behind this cursor, or behind a position such as `headPosition`. Left out: from now on."
        )]
        after: Option<String>,
    ) -> Result<Feed<ChatEvent>, Fault> {
        let shared = shared(ctx);
        let channel = channel(ctx, &channel_id).await?;
        let chat = Chat {
            shared: Arc::clone(shared),
            replay_to: shared.log.head(),
        };
        of_log::feed(ctx, Topic::Channel(channel), after.as_deref(), chat)
    }
}

/// How many events behind the head a follower may be and still count as following closely.
const CLOSE: u64 = 1_024;

struct Chat {
    shared: Arc<Shared>,
    /// What lies up to here happened before somebody asked.
    replay_to: Position,
}

impl Items for Chat {
    type Item = ChatEvent;

    async fn of(&self, page: &Page) -> Result<Vec<Placed<ChatEvent>>, Fault> {
        let gone = self.gone(page).await?;
        let event = |recorded: &Arc<tributary_domain::Recorded>| {
            let Event::Channel(event) = &recorded.event else {
                return None;
            };
            let mut item = ChatEvent::new(of_log::cursor(recorded));
            let id = |message| Some(GlobalId::ChatMessage(message).into());
            match event {
                ChannelEvent::MessageSent(sent) => {
                    let message = ChatMessage::sent(recorded, sent);
                    item.message = Some(match gone.has(recorded.position) {
                        true => message.redacted(),
                        false => message,
                    });
                }
                ChannelEvent::MessageDeleted(deleted) => {
                    item.deleted_message_id = id(deleted.message);
                    return Some(Placed::withdrawing(recorded, item, deleted.message));
                }
                ChannelEvent::ChatCleared(cleared) => {
                    item.cleared_upto = Some(schema::Position(cleared.upto));
                    return Some(Placed::withdrawing(recorded, item, cleared.upto));
                }
                ChannelEvent::MessagePinned(pinned) => item.pinned_message_id = id(pinned.message),
                ChannelEvent::MessageUnpinned(unpinned) => {
                    item.unpinned_message_id = id(unpinned.message);
                }
                ChannelEvent::ChatSettingsChanged(changed) => {
                    item.settings = Some(changed.settings.into());
                }
                _ => return None,
            }
            Some(Placed::new(recorded, item))
        };
        Ok(page.events.iter().filter_map(event).collect())
    }
}

/// What of a page was removed by now.
#[derive(Default)]
struct Gone {
    deleted: HashSet<Position>,
    cleared_upto: Position,
}

impl Gone {
    fn has(&self, message: Position) -> bool {
        message <= self.cleared_upto || self.deleted.contains(&message)
    }
}

impl Chat {
    /// Which messages of a page are removed by now. Of what happened before somebody asked, or far
    /// behind the head, the removal may lie much further on: the read models know. To who follows
    /// closely, it is the next thing that they hear.
    async fn gone(&self, page: &Page) -> Result<Gone, Fault> {
        let mut sent = Vec::new();
        let mut gone = Gone::default();
        for recorded in &page.events {
            match &recorded.event {
                Event::Channel(ChannelEvent::MessageSent(_)) => sent.push(recorded.position),
                Event::Channel(ChannelEvent::MessageDeleted(event)) => {
                    gone.deleted.insert(event.message);
                }
                Event::Channel(ChannelEvent::ChatCleared(event)) => {
                    gone.cleared_upto = gone.cleared_upto.max(event.upto);
                }
                _ => {}
            }
        }
        let head = self.shared.log.head();
        let is_replay = sent.first().is_some_and(|first| *first <= self.replay_to);
        if sent.is_empty() || (!is_replay && head.since(page.upto) <= CLOSE) {
            return Ok(gone);
        }
        let views = &self.shared.views;
        views
            .wait_for(head, self.shared.settings.at_least_timeout)
            .await?;
        let rows = views.messages_at(&sent).await?;
        let removed = rows.into_values().filter(|row| row.deleted);
        gone.deleted.extend(removed.map(|row| row.position));
        Ok(gone)
    }
}
