//! Chats as rooms: settings, pins, moderators.

use super::{QueryError, by_keys, pages_of, read_all};
use crate::Views;
use crate::db::{Row, values};
use crate::project::chat::ChatMessage;
use crate::project::rooms::{Moderator, Room};
use crate::queries::chat::{MESSAGES, message};
use crate::record::Record;
use std::collections::HashSet;
use tributary_domain::channel::{ChatSettings, MODERATORS_MAX, PINS_MAX};
use tributary_domain::{AccountId, ChannelId};

const MODERATORS: &str = "SELECT channel, account, permissions, since FROM moderators \
     WHERE permissions <> '' AND";

impl Views {
    /// Who may speak in a channel's chat, and how often.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn chat_settings(&self, channel: ChannelId) -> Result<ChatSettings, QueryError> {
        let sql = |keys: &str| {
            format!(
                "SELECT channel, cleared_upto, slow_mode_seconds, followers_only_minutes, emote_only \
                 FROM chats WHERE channel IN ({keys})"
            )
        };
        let read = |row: &Row| Room::read(&mut row.columns());
        let room = by_keys(&self.serving().db, sql, [channel], read)
            .await?
            .pop();
        Ok(room.map(|room| room.settings).unwrap_or_default())
    }

    /// A channel's pinned messages, the last one pinned first.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn pinned(&self, channel: ChannelId) -> Result<Vec<ChatMessage>, QueryError> {
        let sql = format!(
            "{MESSAGES} JOIN pins p ON p.channel = m.channel AND p.message = m.position \
             WHERE p.channel = $1 AND NOT m.deleted AND m.position > COALESCE(c.cleared_upto, 0) \
             ORDER BY p.pinned_position DESC LIMIT $2"
        );
        // The domain keeps them to so many.
        let most = i64::try_from(PINS_MAX).unwrap_or(i64::MAX);
        let rows = self.serving().db.all(&sql, values![channel, most]).await?;
        read_all(&rows, message)
    }

    /// Who moderates a channel, the newest first.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn moderators(&self, channel: ChannelId) -> Result<Vec<Moderator>, QueryError> {
        let sql = format!("{MODERATORS} channel = $1 ORDER BY since DESC, account LIMIT $2");
        let most = i64::try_from(MODERATORS_MAX).unwrap_or(i64::MAX);
        let rows = self.serving().db.all(&sql, values![channel, most]).await?;
        read_all(&rows, |row| Moderator::read(&mut row.columns()))
    }

    /// Which of several channels somebody moderates.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn moderated_by(
        &self,
        account: AccountId,
        channels: &[ChannelId],
    ) -> Result<HashSet<ChannelId>, QueryError> {
        let one = |channel: &str| format!("{MODERATORS} channel = {channel} AND account = $1");
        let read = |row: &Row| Ok(Moderator::read(&mut row.columns())?.channel);
        let db = &self.serving().db;
        let found = pages_of(db, channels, values![account], one, read).await?;
        Ok(found.into_iter().collect())
    }

    /// What somebody may do in a channel as its moderator; `None` for who is none.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn moderator(
        &self,
        channel: ChannelId,
        account: AccountId,
    ) -> Result<Option<Moderator>, QueryError> {
        let sql = format!("{MODERATORS} channel = $1 AND account = $2");
        let rows = self
            .serving()
            .db
            .all(&sql, values![channel, account])
            .await?;
        Ok(read_all(&rows, |row| Moderator::read(&mut row.columns()))?.pop())
    }
}
