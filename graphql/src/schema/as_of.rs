//! Past moments.

use super::{DateTime, Position};
use async_graphql::OneofObject;

/// A past moment: exactly one of the two.
#[derive(Debug, Clone, Copy, OneofObject)]
#[graphql(name = "AsOfInput")]
pub(crate) enum AsOf {
    /// Right after the event at this place in the log.
    Position(Position),
    /// At this time: every event that was recorded by then counts.
    Time(DateTime),
}
