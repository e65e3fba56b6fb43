//! What an aggregate comes to.

use super::{DateTime, Json, Position, count};
use async_graphql::SimpleObject;
use serde_json::Value;
use tributary_domain::{HistoryId, Recorded};

/// What an aggregate's history comes to.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AggregateState {
    /// Its kind and id.
    aggregate: String,
    /// The place in the log that it is told as of.
    as_of: Position,
    /// How many events it is folded from.
    events: i32,
    /// Where the last of these stands.
    last_position: Position,
    /// When that was recorded.
    last_recorded_at: DateTime,
    /// The state itself. Its shape may change with the program's version. Of a wallet, a payment or a
    /// payout, amounts are shown to whom it belongs and to finance; for others they are null.
    state: Json,
}

impl AggregateState {
    pub(crate) fn new(
        history: &HistoryId,
        as_of: tributary_domain::Position,
        last: &Recorded,
        events: usize,
        state: Value,
    ) -> Self {
        Self {
            aggregate: format!("{}:{}", history.kind(), history.id()),
            as_of: Position(as_of),
            events: count(i64::try_from(events).unwrap_or(i64::MAX)),
            last_position: Position(last.position),
            last_recorded_at: DateTime(last.recorded_at),
            state: Json(state),
        }
    }
}
