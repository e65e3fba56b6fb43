//! Questions about events and receipts.

use super::{answered, digest, place, unavailable};
use crate::error::StoreError;
use crate::reader::copy_out;
use crate::row::Row;
use crate::storage::{Filter, StoredReceipt};
use sqlx::Row as _;
use sqlx::postgres::{PgPool, PgRow};
use std::collections::HashMap;
use tributary_domain::command::CommandId;
use tributary_domain::{HistoryId, Position, Timestamp};
use uuid::Uuid;

const COLUMNS: &str = "aggregate_type, aggregate_id, sequence, event_type, event_version,
    payload::text, metadata::text, position, event_id, recorded_at, channel, personal::text, hash";

/// From so many rows on they are copied out. Each copy is planned anew, which fewer rows would not make up
/// for.
pub(super) const COPY_FROM: usize = 2_048;

/// Many events after a place: a page is read in half the time in which a query answers with it.
pub(super) async fn copy(
    readers: &PgPool,
    after: Position,
    limit: usize,
) -> Result<Vec<Row>, StoreError> {
    let wanted = format!("WHERE position > {after} ORDER BY position LIMIT {limit}");
    let page = copy_out(readers, &wanted).await?;
    page.iter().map(|row| row.to_row()).collect()
}

/// Whole histories, in order, each by `sequence`.
pub(super) async fn histories(
    readers: &PgPool,
    ids: &[HistoryId],
) -> Result<Vec<Vec<Row>>, StoreError> {
    let kinds: Vec<_> = ids.iter().map(HistoryId::kind).collect();
    let names: Vec<_> = ids.iter().map(HistoryId::id).collect();
    // LATERAL, so that every history is read through the primary key whatever the planner
    // thinks of arrays.
    let sql = format!(
        "SELECT k.n, e.* FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(t, i, n)
         CROSS JOIN LATERAL (SELECT {COLUMNS} FROM events
             WHERE aggregate_type = k.t AND aggregate_id = k.i ORDER BY sequence) AS e"
    );
    let found = sqlx::query(&sql)
        .bind(kinds)
        .bind(names)
        .fetch_all(readers)
        .await
        .map_err(answered)?;
    let mut histories = vec![Vec::new(); ids.len()];
    for row in &found {
        let index = usize::try_from(row.get::<i64, _>(0) - 1).unwrap_or(usize::MAX);
        if let Some(history) = histories.get_mut(index) {
            history.push(decode(row, 1)?);
        }
    }
    Ok(histories)
}

/// Receipts by scope and id, in order.
pub(super) async fn receipts(
    readers: &PgPool,
    keys: &[(String, String)],
) -> Result<Vec<Option<StoredReceipt>>, StoreError> {
    let (scopes, ids): (Vec<_>, Vec<_>) = keys.iter().cloned().unzip();
    // LATERAL and LIMIT, so that a plan made for a small table is not a scan of a large one.
    let rows = sqlx::query(
        "SELECT r.* FROM unnest($1::text[], $2::text[]) AS k(s, i)
         CROSS JOIN LATERAL (SELECT scope, command_id, body, first_position, last_position
             FROM command_receipts WHERE scope = k.s AND command_id = k.i LIMIT 1) AS r",
    )
    .bind(scopes)
    .bind(ids)
    .fetch_all(readers)
    .await
    .map_err(answered)?;
    let mut found = HashMap::new();
    for row in rows {
        let (scope, id): (String, String) = (row.get(0), row.get(1));
        let command = CommandId {
            scope: scope.clone(),
            id: id.clone(),
            body: digest(row.get(2))?,
        };
        let (first, last) = (place(row.get(3)), place(row.get(4)));
        found.insert(
            (scope, id),
            StoredReceipt {
                id: command,
                first,
                last,
            },
        );
    }
    Ok(keys.iter().map(|key| found.remove(key)).collect())
}

/// The events after a place.
pub(super) async fn read(
    readers: &PgPool,
    after: Position,
    limit: usize,
    filter: &Filter,
) -> Result<Vec<Row>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = match filter {
        Filter::All => {
            let sql = format!(
                "SELECT {COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT $2"
            );
            sqlx::query(&sql)
                .bind(after.get())
                .bind(limit)
                .fetch_all(readers)
                .await
        }
        Filter::Channel(channel) => {
            let sql = format!(
                "SELECT {COLUMNS} FROM events WHERE channel = $3 AND position > $1
                 ORDER BY position LIMIT $2"
            );
            sqlx::query(&sql)
                .bind(after.get())
                .bind(limit)
                .bind(channel.0)
                .fetch_all(readers)
                .await
        }
    };
    rows.map_err(unavailable)?
        .iter()
        .map(|row| decode(row, 0))
        .collect()
}

/// Reads the columns of [`COLUMNS`], the first of which is at `at`.
fn decode(row: &PgRow, at: usize) -> Result<Row, StoreError> {
    let read = || -> Result<Row, sqlx::Error> {
        Ok(Row {
            aggregate_type: row.try_get(at)?,
            aggregate_id: row.try_get(at + 1)?,
            sequence: row.try_get(at + 2)?,
            event_type: row.try_get(at + 3)?,
            event_version: row.try_get(at + 4)?,
            payload: row.try_get(at + 5)?,
            metadata: row.try_get(at + 6)?,
            position: row.try_get(at + 7)?,
            event_id: row.try_get::<Uuid, _>(at + 8)?,
            recorded_at: row.try_get::<Timestamp, _>(at + 9)?,
            channel: row.try_get(at + 10)?,
            personal: row.try_get(at + 11)?,
            hash: row
                .try_get::<Vec<u8>, _>(at + 12)?
                .try_into()
                .unwrap_or_default(),
        })
    };
    read().map_err(unavailable)
}
