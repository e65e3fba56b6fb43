//! The history of a chat.

use super::{Page, QueryError, before, bounded, by_channel, by_keys, pages_of, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::chat::ChatMessage;
use crate::record::Record;
use std::cmp::Reverse;
use std::collections::HashMap;
use tributary_domain::{ChannelId, Position, StreamId, Timestamp};

pub(super) fn message(row: &Row) -> Result<ChatMessage, DbError> {
    ChatMessage::read(&mut row.columns())
}

/// What went with the whole chat is told from where that was cleared.
pub(super) const MESSAGES: &str = "SELECT m.position, m.channel, m.stream, m.sender, m.sender_name, \
     m.sender_role, m.kind, \
     CASE WHEN m.position <= COALESCE(c.cleared_upto, 0) THEN NULL ELSE m.text END AS text, m.sent_at, \
     (m.deleted OR m.position <= COALESCE(c.cleared_upto, 0)) AS deleted, \
     m.badges, m.reply_to, m.mentions, m.amount, m.currency \
     FROM chat_messages m LEFT JOIN chats c ON c.channel = m.channel";

/// After every moment: where a list without an end ends. Both engines hold it.
pub(super) const LATEST: Timestamp = match chrono::DateTime::from_timestamp(253_402_300_799, 0) {
    Some(latest) => latest,
    None => Timestamp::UNIX_EPOCH,
};

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
                "{MESSAGES} WHERE m.channel = {channel} AND m.position < $1 \
                 ORDER BY m.position DESC LIMIT $2"
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

    /// What was said while a stream was open, from a moment on and before another one, oldest first: for a
    /// replay beside its recording. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn messages_between(
        &self,
        stream: StreamId,
        (since, until): (Timestamp, Option<Timestamp>),
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<ChatMessage>, QueryError> {
        let (limit, rows) = bounded(first);
        let sql = format!(
            "{MESSAGES} WHERE m.stream = $1 AND m.sent_at >= $2 AND m.sent_at < $3 \
             AND m.position > $4 ORDER BY m.position LIMIT $5"
        );
        let until = until.unwrap_or(LATEST);
        let values = values![stream, since, until, after.unwrap_or_default(), rows];
        let found = self.serving().db.all(&sql, values).await?;
        Ok(Page::of(read_all(&found, message)?, limit))
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
        let sql = |positions: &str| format!("{MESSAGES} WHERE m.position IN ({positions})");
        let positions = positions.iter().copied();
        let found = by_keys(&self.serving().db, sql, positions, message).await?;
        Ok(found
            .into_iter()
            .map(|message| (message.position, message))
            .collect())
    }
}
