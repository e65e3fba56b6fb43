//! The append: one transaction, durable when it is through.

use super::index::{Due, history};
use super::{Indexed, rows};
use crate::row::Row;
use crate::storage::{AppendError, Batch};
use rusqlite::{Connection, params};
use std::collections::HashMap;
use std::sync::PoisonError;

/// Appends a batch if the head is the expected one, and with it what is due of the indexes.
pub(super) fn append(
    connection: &mut Connection,
    indexes: &Indexed,
    batch: &Batch,
) -> Result<(), AppendError> {
    let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation | rusqlite::ErrorCode::TooBig) => {
            AppendError::Failed(error.to_string())
        }
        _ => AppendError::Unreachable(error.to_string()),
    };
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(failed)?;
    let moved = transaction
        .prepare_cached(
            "UPDATE log_head SET position = ?1, hash = ?2, recorded_at = ?3
             WHERE id = 1 AND position = ?4 AND hash = ?5",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                batch.head.position.get(),
                batch.head.hash,
                batch.head.recorded_at.timestamp_micros(),
                batch.expected.position.get(),
                batch.expected.hash,
            ])
        })
        .map_err(failed)?;
    if moved != 1 {
        return Err(AppendError::HeadMoved);
    }
    // Nobody but this thread changes the indexes: what is due stays so until the commit.
    let histories: Vec<String> = batch.rows.iter().map(history_of).collect();
    let due = due(indexes, batch, &histories)?;
    insert(&transaction, batch)
        .and_then(|()| due.write(&transaction))
        .map_err(failed)?;
    // A commit that fails in SQLite has not happened: the transaction is still open, or rolled back.
    transaction.commit().map_err(failed)?;
    // Before anybody is told that the batch is durable: who looks then must find it.
    let mut indexes = indexes.write().unwrap_or_else(PoisonError::into_inner);
    indexes.settle(due, batch, histories);
    Ok(())
}

fn history_of(row: &Row) -> String {
    history(&row.aggregate_type, &row.aggregate_id)
}

/// What is due, once it is seen that every row is the next of its history. The decider has seen to
/// that; the index in the file would notice a mistake much later.
fn due(indexes: &Indexed, batch: &Batch, histories: &[String]) -> Result<Due, AppendError> {
    let indexes = indexes.read().unwrap_or_else(PoisonError::into_inner);
    let mut newest: HashMap<&String, i64> = HashMap::with_capacity(histories.len());
    for (row, history) in batch.rows.iter().zip(histories) {
        let before = newest.insert(history, row.sequence);
        let before = before.or_else(|| indexes.newest(history));
        if before.is_some_and(|before| before + 1 != row.sequence) {
            return Err(AppendError::Failed(format!(
                "event {} of {history} does not continue its history",
                row.sequence
            )));
        }
    }
    Ok(indexes.due(batch.rows.len(), batch.receipts.len()))
}

fn insert(connection: &Connection, batch: &Batch) -> rusqlite::Result<()> {
    let mut events = connection.prepare_cached(rows::WRITE)?;
    for row in &batch.rows {
        rows::write(&mut events, row)?;
    }
    for receipt in &batch.receipts {
        connection
            .prepare_cached("INSERT INTO command_receipts VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                receipt.first.get(),
                receipt.last.get(),
                receipt.id.scope,
                receipt.id.id,
                receipt.id.body,
            ])?;
    }
    for credential in &batch.credentials {
        connection
            .prepare_cached(
                "INSERT INTO credentials VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind, subject)
                 DO UPDATE SET lookup = excluded.lookup, secret = excluded.secret",
            )?
            .execute(params![
                credential.kind,
                credential.subject,
                credential.lookup,
                credential.secret,
            ])?;
    }
    Ok(())
}
