//! What a stream's chat comes to in numbers.

use super::{Account, DateTime, count, page_size, shared, surely};
use crate::Fault;
use async_graphql::{Context, Object};
use tributary_domain::StreamId;
use tributary_projections as views;

/// What a stream's chat comes to in numbers. docs/analytics.md defines each. Messages that were deleted later
/// count.
pub(crate) struct ChatStatistics {
    stream: StreamId,
    numbers: views::ChatStatistics,
    /// How long the stream was on air, in milliseconds.
    air_ms: i64,
}

impl ChatStatistics {
    pub(super) fn new(stream: StreamId, numbers: views::ChatStatistics, air_ms: i64) -> Self {
        Self {
            stream,
            numbers,
            air_ms,
        }
    }
}

/// What a stream's chat comes to in numbers. docs/analytics.md defines each. Messages that were deleted later
/// count.
#[Object]
impl ChatStatistics {
    /// All messages that were sent while it was open. Tips are none.
    async fn message_count(&self) -> i32 {
        count(self.numbers.message_count)
    }

    /// Of these, what the platform announced.
    async fn announcement_count(&self) -> i32 {
        count(self.numbers.announcement_count)
    }

    /// Accounts that sent one.
    async fn chatter_count(&self) -> i32 {
        count(self.numbers.chatter_count)
    }

    /// Messages a minute of the time on air; 0 before that began.
    async fn messages_per_minute(&self) -> f64 {
        self.numbers.per_minute(self.air_ms)
    }

    /// The minute in which most were sent, the first of several.
    async fn busiest_minute(&self) -> Option<BusiestMinute> {
        let (began_at, message_count) = self.numbers.busiest?;
        Some(BusiestMinute {
            began_at: DateTime(began_at),
            message_count: count(message_count),
        })
    }

    /// Messages of emoji alone.
    async fn emoji_message_count(&self) -> i32 {
        count(self.numbers.emoji_count)
    }

    /// The share of all messages that is emoji alone, from 0 to 1; 0 without messages.
    async fn emoji_share(&self) -> f64 {
        self.numbers.emoji_share()
    }

    /// Messages that answer another.
    async fn reply_count(&self) -> i32 {
        count(self.numbers.reply_count)
    }

    /// Messages that mention somebody.
    async fn mentioning_message_count(&self) -> i32 {
        count(self.numbers.mentioning_count)
    }

    /// Who sent most, the most first.
    #[graphql(complexity = "super::cost(first, child_complexity)")]
    async fn most_active(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
    ) -> Result<Option<Vec<Chatter>>, Fault> {
        let first = page_size("first", first)?;
        let views = &shared(ctx).views;
        let found = views.most_active_chatters(self.stream, first).await?;
        Ok(Some(found.into_iter().map(Chatter).collect()))
    }
}

/// A minute of a stream.
#[derive(async_graphql::SimpleObject)]
pub(crate) struct BusiestMinute {
    /// Its beginning.
    began_at: DateTime,
    /// How many messages were sent in it.
    message_count: i32,
}

/// Who said something while a stream was open.
pub(crate) struct Chatter(views::Chatter);

/// Who said something while a stream was open.
#[Object]
impl Chatter {
    /// Who.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        Ok(Some(surely(ctx, self.0.account).await?.into()))
    }

    /// How many messages.
    async fn message_count(&self) -> i32 {
        count(self.0.message_count)
    }

    /// Of these, emoji alone.
    async fn emoji_message_count(&self) -> i32 {
        count(self.0.emoji_count)
    }

    /// When the last one.
    async fn last_message_at(&self) -> DateTime {
        DateTime(self.0.last_at)
    }
}
