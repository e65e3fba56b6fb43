//! `chat`: what is said in a channel, and what is removed, pinned and set there.

use super::gone::Gone;
use super::of_log::{self, Items, Placed};
use super::{Feed, channel};
use crate::Fault;
use crate::api::Shared;
use crate::fanout::Topic;
use crate::schema::{self, ChatMessage, ChatSettings, GlobalId, shared};
use async_graphql::{Context, ID, SimpleObject, Subscription};
use std::sync::Arc;
use tributary_domain::channel::Event as ChannelEvent;
use tributary_domain::{Event, Position, wallet};
use tributary_store::Page;

/// Something that happened in a chat: exactly one of `message`, `deletedMessageId`, `clearedUpto`,
/// `pinnedMessageId`, `unpinnedMessageId` and `settings`.
#[derive(SimpleObject)]
pub(crate) struct ChatEvent {
    /// Give it as `after` to resume behind this event.
    cursor: String,
    /// A message was sent, or a tip was given. In a replay, one that was deleted since comes without its text.
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

struct Chat {
    shared: Arc<Shared>,
    /// What lies up to here happened before somebody asked.
    replay_to: Position,
}

impl Items for Chat {
    type Item = ChatEvent;

    async fn of(&self, page: &Page) -> Result<Vec<Placed<ChatEvent>>, Fault> {
        let gone = Gone::of(page, &self.shared, self.replay_to).await?;
        let event = |recorded: &Arc<tributary_domain::Recorded>| {
            let shown = |message: ChatMessage| match gone.has(recorded.position) {
                true => message.redacted(),
                false => message,
            };
            let event = match &recorded.event {
                Event::Channel(event) => event,
                Event::Wallet(wallet::Event::Tipped(tipped)) => {
                    let mut item = ChatEvent::new(of_log::cursor(recorded));
                    item.message = Some(shown(ChatMessage::tipped(recorded, tipped)));
                    return Some(Placed::new(recorded, item));
                }
                _ => return None,
            };
            let mut item = ChatEvent::new(of_log::cursor(recorded));
            let id = |message| Some(GlobalId::ChatMessage(message).into());
            match event {
                ChannelEvent::MessageSent(sent) => {
                    item.message = Some(shown(ChatMessage::sent(recorded, sent)));
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
