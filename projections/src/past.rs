//! Rows as they were at a past moment: the projections' own folds over the events of one history up to
//! then. Nothing is stored, and nothing is asked of the read models.

use crate::fold::{FoldError, Projection};
use crate::project::accounts::{Account, Accounts};
use crate::project::stream_row::Stream;
use crate::project::streams::Streams;
use crate::project::wallet_rows::Wallet;
use crate::project::wallets::Wallets;
use tributary_domain::{AccountId, Currency, Recorded, StreamId};

/// Why a history does not fold: one of its events is missing, or was never possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the history does not fold: {0}")]
pub struct PastError(String);

impl From<FoldError> for PastError {
    fn from(error: FoldError) -> Self {
        Self(error.to_string())
    }
}

/// What an account's events come to; `None` before it was made.
///
/// # Errors
/// When the events are not a history from its beginning.
pub fn account(id: AccountId, events: &[Recorded]) -> Result<Option<Account>, PastError> {
    Ok(fold::<Accounts>(events)?.accounts.found(&id).cloned())
}

/// What a stream's events come to; `None` before it was made.
///
/// # Errors
/// When the events are not a history from its beginning.
pub fn stream(id: StreamId, events: &[Recorded]) -> Result<Option<Stream>, PastError> {
    Ok(fold::<Streams>(events)?.streams.found(&id).cloned())
}

/// What a wallet's events come to; `None` before it held anything.
///
/// # Errors
/// When the events are not a history from its beginning.
pub fn wallet(
    account: AccountId,
    currency: Currency,
    events: &[Recorded],
) -> Result<Option<Wallet>, PastError> {
    let wallets = fold::<Wallets>(events)?.wallets;
    Ok(wallets.found(&(account, currency)).cloned())
}

fn fold<P: Projection + Default>(events: &[Recorded]) -> Result<P, FoldError> {
    let mut projection = P::default();
    for recorded in events {
        if projection.want(recorded) {
            for table in projection.tables() {
                table.begin_empty();
            }
            projection.project(recorded)?;
        }
    }
    Ok(projection)
}
