//! What was removed from a chat: nobody is told again what it said.

use crate::Fault;
use crate::api::Shared;
use std::collections::HashSet;
use tributary_domain::channel::Event as ChannelEvent;
use tributary_domain::{Event, Position, Recorded, wallet};
use tributary_store::Page;

/// How many events behind the head a follower may be and still count as following closely.
const CLOSE: u64 = 1_024;

/// What of a page was removed by now.
#[derive(Default)]
pub(super) struct Gone {
    deleted: HashSet<Position>,
    cleared_upto: Position,
}

/// Whether an event stands in a chat, with words that can be removed.
fn is_said(recorded: &Recorded) -> bool {
    matches!(
        recorded.event,
        Event::Channel(ChannelEvent::MessageSent(_)) | Event::Wallet(wallet::Event::Tipped(_))
    )
}

impl Gone {
    pub(super) fn has(&self, message: Position) -> bool {
        message <= self.cleared_upto || self.deleted.contains(&message)
    }

    /// Which messages of a page are removed by now. Of what happened up to `replay_to`, before somebody asked,
    /// or far behind the head, the removal may lie much further on: the read models know. To who follows
    /// closely, it is the next thing that they hear.
    pub(super) async fn of(
        page: &Page,
        shared: &Shared,
        replay_to: Position,
    ) -> Result<Self, Fault> {
        let mut sent = Vec::new();
        let mut gone = Self::default();
        for recorded in &page.events {
            match &recorded.event {
                Event::Channel(ChannelEvent::MessageDeleted(event)) => {
                    gone.deleted.insert(event.message);
                }
                Event::Channel(ChannelEvent::ChatCleared(event)) => {
                    gone.cleared_upto = gone.cleared_upto.max(event.upto);
                }
                _ if is_said(recorded) => sent.push(recorded.position),
                _ => {}
            }
        }
        let head = shared.log.head();
        let is_replay = sent.first().is_some_and(|first| *first <= replay_to);
        if sent.is_empty() || (!is_replay && head.since(page.upto) <= CLOSE) {
            return Ok(gone);
        }
        let views = &shared.views;
        views
            .wait_for(head, shared.settings.at_least_timeout)
            .await?;
        let rows = views.messages_at(&sent).await?;
        let removed = rows.into_values().filter(|row| row.deleted);
        gone.deleted.extend(removed.map(|row| row.position));
        Ok(gone)
    }
}
