//! What a stream's chat comes to in numbers.

use super::statistics::share;
use super::{QueryError, bounded, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::statistics_rows::MINUTE_MS;
use tributary_domain::{AccountId, StreamId, Timestamp};

/// The numbers of a stream's chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChatStatistics {
    /// All messages that were sent while it was open.
    pub message_count: i64,
    /// Of these, what the platform announced.
    pub announcement_count: i64,
    /// Of these, emoji alone.
    pub emoji_count: i64,
    /// Of these, answers.
    pub reply_count: i64,
    /// Of these, such that mention somebody.
    pub mentioning_count: i64,
    /// Accounts that sent one.
    pub chatter_count: i64,
    /// The minute in which most were sent, the first of several: its beginning, and how many.
    pub busiest: Option<(Timestamp, i64)>,
}

impl ChatStatistics {
    /// Messages a minute of so many milliseconds; 0 of none.
    pub fn per_minute(&self, air_ms: i64) -> f64 {
        share(self.message_count.saturating_mul(MINUTE_MS), air_ms)
    }

    /// The share of emoji alone, from 0 to 1; 0 without messages.
    pub fn emoji_share(&self) -> f64 {
        share(self.emoji_count, self.message_count)
    }
}

/// Somebody who said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chatter {
    /// Who.
    pub account: AccountId,
    /// How many messages.
    pub message_count: i64,
    /// Of these, emoji alone.
    pub emoji_count: i64,
    /// When the last one.
    pub last_at: Timestamp,
}

fn numbers(row: &Row) -> Result<ChatStatistics, DbError> {
    let mut columns = row.columns();
    Ok(ChatStatistics {
        message_count: columns.take()?,
        announcement_count: columns.take()?,
        emoji_count: columns.take()?,
        reply_count: columns.take()?,
        mentioning_count: columns.take()?,
        chatter_count: columns.take()?,
        busiest: None,
    })
}

fn minute(row: &Row) -> Result<(Timestamp, i64), DbError> {
    let mut columns = row.columns();
    let began: i64 = columns.take()?;
    let began = Timestamp::from_timestamp_millis(began.saturating_mul(MINUTE_MS));
    Ok((began.unwrap_or_default(), columns.take()?))
}

fn chatter(row: &Row) -> Result<Chatter, DbError> {
    let mut columns = row.columns();
    Ok(Chatter {
        account: columns.id(AccountId)?,
        message_count: columns.take()?,
        emoji_count: columns.take()?,
        last_at: columns.take()?,
    })
}

impl Views {
    /// What a stream's chat comes to in numbers.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn chat_statistics(&self, stream: StreamId) -> Result<ChatStatistics, QueryError> {
        let db = &self.serving().db;
        let sql = "SELECT message_count, announcement_count, emoji_count, reply_count, \
                   mentioning_count, chatter_count FROM chat_numbers WHERE stream = $1";
        let found = read_all(&db.all(sql, values![stream]).await?, numbers)?;
        let Some(statistics) = found.into_iter().next() else {
            return Ok(ChatStatistics::default());
        };
        let sql = "SELECT minute, message_count FROM stream_minutes WHERE stream = $1 \
                   AND message_count > 0 ORDER BY message_count DESC, minute LIMIT 1";
        let busiest = read_all(&db.all(sql, values![stream]).await?, minute)?;
        Ok(ChatStatistics {
            busiest: busiest.into_iter().next(),
            ..statistics
        })
    }

    /// Who said most while a stream was open, the most first.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn most_active_chatters(
        &self,
        stream: StreamId,
        first: usize,
    ) -> Result<Vec<Chatter>, QueryError> {
        let (limit, _) = bounded(first);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = "SELECT account, message_count, emoji_count, last_at FROM chatters \
                   WHERE stream = $1 ORDER BY message_count DESC, account LIMIT $2";
        let found = self.serving().db.all(sql, values![stream, limit]).await?;
        read_all(&found, chatter)
    }
}
