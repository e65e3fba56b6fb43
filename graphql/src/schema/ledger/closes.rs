//! Closes of the books.

use super::done_by::DoneBy;
use super::page_of;
use crate::Fault;
use crate::schema::page::connection;
use crate::schema::{Account, DateTime, Position, lookups, shared};
use async_graphql::{ComplexObject, Context, SimpleObject};
use tributary_domain::{Event, HistoryId, Recorded, books};

/// A period that was closed: nothing is dated into it any more.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct BooksClose {
    /// Its last day (UTC), such as `2026-10-31`.
    through: String,
    /// When it was closed.
    closed_at: DateTime,
    /// Who asked for it, such as `console` or `account:…`.
    closed_by: Option<String>,
    /// Why; null without words, or once who closed it was erased.
    reason: Option<String>,
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

#[ComplexObject]
impl BooksClose {
    /// The account that asked for it; null for the console, and once the account is no more.
    async fn closed_by_account(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        match self.closed_by.as_deref().map(DoneBy::read) {
            Some(DoneBy::Account(id)) => Ok(lookups(ctx).load_one(id).await?.map(Account::from)),
            Some(DoneBy::Part(_)) | None => Ok(None),
        }
    }
}

impl BooksClose {
    /// What an event says, if it is a close.
    pub(crate) fn of(recorded: &Recorded) -> Option<Self> {
        let Event::Books(books::Event::Closed(closed)) = &recorded.event else {
            return None;
        };
        Some(Self {
            through: closed.through.to_string(),
            closed_at: DateTime(recorded.recorded_at),
            closed_by: recorded.metadata.get("actor").cloned(),
            reason: closed.personal.get().cloned().flatten(),
            position: Position(recorded.position),
            sealed_position: Position(closed.seal.position),
            hash: closed.seal.hash.clone(),
            trial_balance_digest: closed.seal.trial_balance.clone(),
            signature: closed.seal.signature.clone(),
        })
    }
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
    let all = events.iter().filter_map(BooksClose::of).collect();
    let key = |close: &BooksClose| close.position.0.to_string();
    let (items, before, behind) = page_of(all, first, after, key)?;
    Ok(BooksCloseConnection::new(items, before, behind))
}
