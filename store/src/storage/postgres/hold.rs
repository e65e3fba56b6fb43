//! The log's head in one node's hand: from the moment that it was overtaken until its next append.

use super::append as append_in;
use crate::storage::{AppendError, Batch};
use sqlx::{Executor as _, PgConnection};

/// A node that stands still with the head in its hand loses it: the server ends its session.
const TAKE: &str = "BEGIN;
SET LOCAL idle_in_transaction_session_timeout = '5s';
SELECT 1 FROM log_head WHERE id = 1 FOR UPDATE";

/// Begins a transaction that has the head.
pub(super) async fn take(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute(sqlx::raw_sql(TAKE)).await.map(|_| ())
}

/// Appends within that transaction, and ends it.
pub(super) async fn append(
    connection: &mut PgConnection,
    batch: &Batch,
) -> Result<(), AppendError> {
    let outcome = append_in(connection, batch).await;
    match outcome {
        Ok(()) => {
            let committed = connection.execute("COMMIT").await;
            committed.map(|_| ()).map_err(|error| match error {
                // Answered: the server has rolled back.
                sqlx::Error::Database(error) => AppendError::Unreachable(error.to_string()),
                error => AppendError::Unknown(error.to_string()),
            })
        }
        // Nothing was committed, and with the connection the transaction goes.
        Err(AppendError::Unknown(error) | AppendError::Unreachable(error)) => {
            Err(AppendError::Unreachable(error))
        }
        Err(answered @ (AppendError::HeadMoved | AppendError::Failed(_))) => {
            match release(connection).await {
                Ok(()) => Err(answered),
                Err(error) => Err(AppendError::Unreachable(error.to_string())),
            }
        }
    }
}

/// Ends the transaction without anything written.
pub(super) async fn release(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute("ROLLBACK").await.map(|_| ())
}
