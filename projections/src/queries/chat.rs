//! The history of a chat.

use super::{Page, QueryError, before, bounded, by_channel, by_keys, pages_of};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::chat::ChatMessage;
use crate::record::Record;
use std::cmp::Reverse;
use std::collections::HashMap;
use tributary_domain::{ChannelId, Position};

fn message(row: &Row) -> Result<ChatMessage, DbError> {
    ChatMessage::read(&mut row.columns())
}

const MESSAGES: &str = "SELECT position, channel, stream, sender, sender_name, sender_role, kind, \
     text, sent_at, deleted FROM chat_messages WHERE";

impl Views {
    /// The `last` messages of a channel before a message, oldest first. `has_more`: whether there
    /// are earlier ones. Deleted messages are among them, without their text.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn messages(
        &self,
        channel: ChannelId,
        last: usize,
        before_message: Option<Position>,
    ) -> Result<Page<ChatMessage>, QueryError> {
        let mut found = self.messages_of(&[channel], last, before_message).await?;
        Ok(found.remove(&channel).unwrap_or_default())
    }

    /// The same of several channels. One without messages there is not in the map.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn messages_of(
        &self,
        channels: &[ChannelId],
        last: usize,
        before_message: Option<Position>,
    ) -> Result<HashMap<ChannelId, Page<ChatMessage>>, QueryError> {
        let (limit, rows) = bounded(last);
        let one = |channel: &str| {
            format!(
                "{MESSAGES} channel = {channel} AND position < $1 ORDER BY position DESC LIMIT $2"
            )
        };
        let shared = values![before(before_message), rows];
        let found = pages_of(&self.serving().db, channels, shared, one, message).await?;
        let newest = |message: &ChatMessage| Reverse(message.position);
        let mut pages = by_channel(found, limit, |message| message.channel, newest);
        for page in pages.values_mut() {
            page.items.reverse();
        }
        Ok(pages)
    }

    /// The message at this position, if a message is there.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn message(&self, position: Position) -> Result<Option<ChatMessage>, QueryError> {
        Ok(self.messages_at(&[position]).await?.remove(&position))
    }

    /// The messages at these positions. Replays ask which of theirs were deleted since.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn messages_at(
        &self,
        positions: &[Position],
    ) -> Result<HashMap<Position, ChatMessage>, QueryError> {
        let sql = |positions: &str| format!("{MESSAGES} position IN ({positions})");
        let positions = positions.iter().copied();
        let found = by_keys(&self.serving().db, sql, positions, message).await?;
        Ok(found
            .into_iter()
            .map(|message| (message.position, message))
            .collect())
    }
}
