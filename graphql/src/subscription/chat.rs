//! `chat`: what is said in a channel, and what is deleted.

use super::of_log::{self, Items, Placed};
use super::{Feed, channel};
use crate::Fault;
use crate::api::Shared;
use crate::fanout::Topic;
use crate::schema::{ChatMessage, GlobalId, shared};
use async_graphql::{Context, ID, SimpleObject, Subscription};
use std::collections::HashSet;
use std::sync::Arc;
use tributary_domain::channel::Event as ChannelEvent;
use tributary_domain::{Event, Position};
use tributary_store::Page;

/// Something that happened in a chat: exactly one of the two.
#[derive(SimpleObject)]
pub(crate) struct ChatEvent {
    /// Give it as `after` to resume behind this event.
    cursor: String,
    /// A message was sent. In a replay, one that was deleted since comes without its text.
    message: Option<ChatMessage>,
    /// A message was deleted: its global id.
    deleted_message_id: Option<ID>,
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
        let deleted = self.deleted(page).await?;
        let event = |recorded: &Arc<tributary_domain::Recorded>| {
            let cursor = of_log::cursor(recorded);
            match &recorded.event {
                Event::Channel(ChannelEvent::MessageSent(sent)) => {
                    let message = ChatMessage::sent(recorded, sent);
                    let message = match deleted.contains(&recorded.position) {
                        true => message.redacted(),
                        false => message,
                    };
                    let event = ChatEvent {
                        cursor,
                        message: Some(message),
                        deleted_message_id: None,
                    };
                    Some(Placed::new(recorded, event))
                }
                Event::Channel(ChannelEvent::MessageDeleted(gone)) => {
                    let event = ChatEvent {
                        cursor,
                        message: None,
                        deleted_message_id: Some(GlobalId::ChatMessage(gone.message).into()),
                    };
                    Some(Placed::withdrawing(recorded, event, gone.message))
                }
                _ => None,
            }
        };
        Ok(page.events.iter().filter_map(event).collect())
    }
}

impl Chat {
    /// Which messages of a page are deleted by now. Of what happened before somebody asked, or far
    /// behind the head, the deletion may lie much further on: the read models know. To who follows
    /// closely, it is the next thing that they hear.
    async fn deleted(&self, page: &Page) -> Result<HashSet<Position>, Fault> {
        let mut sent = Vec::new();
        let mut deleted = HashSet::new();
        for recorded in &page.events {
            match &recorded.event {
                Event::Channel(ChannelEvent::MessageSent(_)) => sent.push(recorded.position),
                Event::Channel(ChannelEvent::MessageDeleted(gone)) => {
                    deleted.insert(gone.message);
                }
                _ => {}
            }
        }
        let head = self.shared.log.head();
        let is_replay = sent.first().is_some_and(|first| *first <= self.replay_to);
        if sent.is_empty() || (!is_replay && head.since(page.upto) <= CLOSE) {
            return Ok(deleted);
        }
        let views = &self.shared.views;
        views
            .wait_for(head, self.shared.settings.at_least_timeout)
            .await?;
        let rows = views.messages_at(&sent).await?;
        deleted.extend(
            rows.into_values()
                .filter(|row| row.deleted)
                .map(|row| row.position),
        );
        Ok(deleted)
    }
}
