//! The books: closing a period.

use super::{Asker, execute};
use crate::books::{NotSealed, Sealer};
use crate::{Fault, Refusal};
use chrono::NaiveDate;
use std::sync::Arc;
use tributary_domain::channel::Reason;
use tributary_domain::command::books::Command;
use tributary_domain::{Event, Recorded, Rejection, books};
use tributary_store::Log;

/// A period that was closed.
#[derive(Debug, Clone)]
pub struct BooksClosed {
    /// The close.
    pub recorded: Arc<Recorded>,
    /// The line that its seal is kept as.
    pub line: String,
}

/// Adds up the log, seals what comes out, records the close and keeps the seal. Asked again under the same id, it
/// keeps the seal that was recorded.
///
/// # Errors
/// `PERIOD_NOT_OVER`, `PERIOD_CLOSED`, `NOT_FINANCE` or `REASON_MISSING`; that the log could not be added up; or
/// that the close is recorded and its seal could not be kept: then it is to be asked for again.
pub async fn close_books(
    log: &Log,
    sealer: &dyn Sealer,
    asker: Asker,
    through: NaiveDate,
    reason: Reason,
) -> Result<BooksClosed, Refusal> {
    // Known without adding up anything.
    if through >= log.environment().now().date_naive() {
        return Err(Rejection::from(books::Rejection::PeriodNotOver).into());
    }
    let seal = sealer.seal(through).await?;
    let close = Command::Close {
        through,
        seal,
        reason,
    };
    let receipt = execute(log, asker, tributary_domain::Command::Books(close)).await?;
    let close = receipt
        .events
        .into_iter()
        .find_map(|recorded| match &recorded.event {
            Event::Books(books::Event::Closed(closed)) => Some((closed.sealed(), recorded)),
            _ => None,
        });
    let (sealed, recorded) = close.ok_or_else(|| Fault::defect("closed without an event"))?;
    let line = sealer.keep(sealed).await?;
    Ok(BooksClosed { recorded, line })
}

impl From<NotSealed> for Refusal {
    fn from(error: NotSealed) -> Self {
        tracing::error!(%error, "the books could not be sealed");
        Self::Fault(Fault::Unavailable)
    }
}
