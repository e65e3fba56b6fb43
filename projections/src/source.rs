//! Where events come from: the log, or a list of events in tests.

use std::future::Future;
use std::sync::Arc;
use tributary_domain::{Position, Recorded};

/// A stretch of the log.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Its events, in order of position.
    pub events: Vec<Arc<Recorded>>,
    /// Everything up to here is in `events`, or before them.
    pub upto: Position,
}

/// Why the log could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SourceError {
    /// It cannot be reached now; trying again may help.
    #[error("the log cannot be read now: {0}")]
    Unavailable(String),
    /// It holds what this program cannot read; trying again does not help.
    #[error("the log cannot be read on: {0}")]
    Unreadable(String),
}

/// A log that can be folded. Implemented by the store's log.
pub trait Source: Clone + Send + Sync + 'static {
    /// Follows the log.
    type Tail: Tail;

    /// The newest durable position that is known here.
    fn head(&self) -> Position;
    /// Follows every event after `after`: first what is there, then what comes.
    fn tail(&self, after: Position) -> Self::Tail;
    /// At most `limit` events after `after`, without waiting for more.
    fn read(
        &self,
        after: Position,
        limit: usize,
    ) -> impl Future<Output = Result<Page, SourceError>> + Send;
}

/// Follows a log.
pub trait Tail: Send + 'static {
    /// Waits for what comes next. Cancel-safe.
    fn next(&mut self) -> impl Future<Output = Result<Page, SourceError>> + Send;
}
