//! Into PostgreSQL: as an append, but each row has a time of its own.

use super::{BulkError, unavailable};
use crate::error::StoreError;
use crate::reader::StoredCredential;
use crate::row::Row;
use crate::storage::postgres::PostgresStorage;
use crate::storage::{Head, Storage as _, StoredReceipt};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use std::str::FromStr as _;

/// The head moves and the rows go in with one statement. Without a row from `head` nothing is inserted.
const APPEND: &str = "
WITH head AS (
    UPDATE log_head SET position = $1, hash = $2, recorded_at = $3
    WHERE id = 1 AND position = $4 AND hash = $5
    RETURNING position
), new_events AS (
    INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
                        metadata, position, event_id, recorded_at, channel, personal, hash)
    SELECT t, i, s, n, v, p::json, m::json, o, e, w, c, d::json, h
    FROM head, unnest($6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[],
                      $12::text[], $13::bigint[], $14::uuid[], $15::timestamptz[], $16::uuid[],
                      $17::text[], $18::bytea[]) AS r(t, i, s, n, v, p, m, o, e, w, c, d, h)
), new_receipts AS (
    INSERT INTO command_receipts (scope, command_id, body, first_position, last_position)
    SELECT r.* FROM head,
        unnest($19::text[], $20::text[], $21::bytea[], $22::bigint[], $23::bigint[]) AS r
)
SELECT position FROM head";

pub(super) struct PostgresBulk(PgConnection);

impl PostgresBulk {
    pub(super) async fn open(url: &str) -> Result<(Self, Head), StoreError> {
        // Makes or migrates the tables, and looks whether commits are durable.
        let storage = PostgresStorage::open(url).await?;
        let head = storage.head().await?;
        storage.close().await;
        let options = PgConnectOptions::from_str(url)
            .map_err(unavailable)?
            .application_name("tributary restore")
            .options([("synchronous_commit", "on")]);
        let connection = PgConnection::connect_with(&options).await;
        Ok((Self(connection.map_err(unavailable)?), head))
    }

    pub(super) async fn append(
        &mut self,
        expected: &Head,
        head: &Head,
        rows: &[Row],
        receipts: &[StoredReceipt],
    ) -> Result<(), BulkError> {
        let moved = sqlx::query(APPEND)
            .bind(head.position.get())
            .bind(&head.hash[..])
            .bind(head.recorded_at)
            .bind(expected.position.get())
            .bind(&expected.hash[..])
            .bind(column(rows, |row| row.aggregate_type.as_str()))
            .bind(column(rows, |row| row.aggregate_id.as_str()))
            .bind(column(rows, |row| row.sequence))
            .bind(column(rows, |row| row.event_type.as_str()))
            .bind(column(rows, |row| row.event_version.as_str()))
            .bind(column(rows, |row| row.payload.as_str()))
            .bind(column(rows, |row| row.metadata.as_str()))
            .bind(column(rows, |row| row.position))
            .bind(column(rows, |row| row.event_id))
            .bind(column(rows, |row| row.recorded_at))
            .bind(column(rows, |row| row.channel))
            .bind(column(rows, |row| row.personal.as_deref()))
            .bind(column(rows, |row| &row.hash[..]))
            .bind(column(receipts, |receipt| receipt.id.scope.as_str()))
            .bind(column(receipts, |receipt| receipt.id.id.as_str()))
            .bind(column(receipts, |receipt| &receipt.id.body[..]))
            .bind(column(receipts, |receipt| receipt.first.get()))
            .bind(column(receipts, |receipt| receipt.last.get()))
            .fetch_optional(&mut self.0)
            .await
            .map_err(unavailable)?;
        moved.map(|_| ()).ok_or(BulkError::HeadMoved)
    }

    pub(super) async fn credentials(
        &mut self,
        credentials: &[StoredCredential],
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO credentials (kind, subject, lookup, secret)
             SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[])
             ON CONFLICT DO NOTHING",
        )
        .bind(column(credentials, |credential| credential.kind.as_str()))
        .bind(column(credentials, |credential| {
            credential.subject.as_str()
        }))
        .bind(column(credentials, |credential| {
            credential.lookup.as_deref()
        }))
        .bind(column(credentials, |credential| &credential.secret[..]))
        .execute(&mut self.0)
        .await
        .map(|_| ())
        .map_err(unavailable)
    }

    pub(super) async fn close(self) {
        if let Err(error) = self.0.close().await {
            tracing::debug!(%error, "the connection was already broken");
        }
    }
}

/// One column of many.
fn column<'a, R, T>(all: &'a [R], get: impl Fn(&'a R) -> T) -> Vec<T> {
    all.iter().map(get).collect()
}
