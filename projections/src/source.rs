//! Where events come from: the log, or a list of events in tests.

use std::future::Future;
use tributary_domain::Position;
use tributary_store::{Filter, Log, Page, StoreError, TailReader};

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

/// A log that can be folded.
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

impl From<StoreError> for SourceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Closed => Self::Unavailable(error.to_string()),
            StoreError::Refused(_)
            | StoreError::Unreadable { .. }
            | StoreError::Locked(_)
            | StoreError::Folder { .. }
            | StoreError::NoLog(_)
            | StoreError::TooNew { .. }
            | StoreError::NotDurable { .. } => Self::Unreadable(error.to_string()),
        }
    }
}

impl Source for Log {
    type Tail = TailReader;

    fn head(&self) -> Position {
        Self::head(self)
    }

    fn tail(&self, after: Position) -> TailReader {
        Self::tail(self, after, Filter::All)
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Page, SourceError> {
        Ok(Self::read(self, after, limit, &Filter::All).await?)
    }
}

impl Tail for TailReader {
    async fn next(&mut self) -> Result<Page, SourceError> {
        Ok(Self::next(self).await?)
    }
}
