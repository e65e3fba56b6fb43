//! Closes of the books.

use super::page_of;
use crate::Fault;
use crate::schema::page::connection;
use crate::schema::{DateTime, Position, shared};
use async_graphql::{Context, SimpleObject};
use tributary_domain::{Event, HistoryId, books};

/// A period that was closed: nothing is dated into it any more.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct BooksClose {
    /// Its last day (UTC), such as `2026-10-31`.
    through: String,
    /// When it was closed.
    closed_at: DateTime,
    /// Who asked for it, such as `console` or `account:…`.
    closed_by: Option<String>,
    /// The place in the log of the close itself.
    position: Position,
    /// The place in the log up to which the books were read.
    sealed_position: Position,
    /// The log's hash there, in hexadecimal digits.
    hash: String,
    /// The digest of the trial balance as of that place and that day, in hexadecimal digits.
    trial_balance_digest: String,
    /// The signature of all of this with the installation's key, in hexadecimal digits.
    signature: String,
}

connection!(
    /// A page of closes.
    BooksCloseConnection,
    /// A close in a list.
    BooksCloseEdge,
    BooksClose
);

pub(super) async fn closes(
    ctx: &Context<'_>,
    first: usize,
    after: Option<&str>,
) -> Result<BooksCloseConnection, Fault> {
    let past = &shared(ctx).past;
    let head = past.reader.head().await?.position;
    let events = past.history(&HistoryId::Books, head).await?;
    let close = |recorded: tributary_domain::Recorded| match recorded.event {
        Event::Books(books::Event::Closed(closed)) => Some(BooksClose {
            through: closed.through.to_string(),
            closed_at: DateTime(recorded.recorded_at),
            closed_by: recorded.metadata.get("actor").cloned(),
            position: Position(recorded.position),
            sealed_position: Position(closed.seal.position),
            hash: closed.seal.hash,
            trial_balance_digest: closed.seal.trial_balance,
            signature: closed.seal.signature,
        }),
        _ => None,
    };
    let all = events.into_iter().filter_map(close).collect();
    let key = |close: &BooksClose| close.position.0.to_string();
    let (items, before, behind) = page_of(all, first, after, key)?;
    Ok(BooksCloseConnection::new(items, before, behind))
}
