//! The one statement that appends. Rows go in as an array for each column: its text is the same for any
//! number of rows, so it is prepared once.

use crate::storage::{AppendError, Batch};
use sqlx::PgConnection;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, Postgres};

/// The head moves and the rows go in with one statement: one round trip, one transaction. Without a
/// row from `head` nothing is inserted.
const APPEND: &str = "
WITH head AS (
    UPDATE log_head SET position = $1, hash = $2, recorded_at = $3
    WHERE id = 1 AND position = $4 AND hash = $5
    RETURNING position
), new_events AS (
    INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
                        metadata, position, event_id, recorded_at, channel, personal, hash)
    SELECT r.* FROM head,
        unnest($6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::json[],
               $12::json[], $13::bigint[], $14::uuid[], $15::timestamptz[], $16::uuid[],
               $17::json[], $18::bytea[]) AS r
), new_receipts AS (
    INSERT INTO command_receipts (scope, command_id, body, first_position, last_position)
    SELECT r.* FROM head,
        unnest($19::text[], $20::text[], $21::bytea[], $22::bigint[], $23::bigint[]) AS r
), new_credentials AS (
    INSERT INTO credentials (kind, subject, lookup, secret)
    SELECT r.* FROM head, unnest($24::text[], $25::text[], $26::bytea[], $27::bytea[]) AS r
    ON CONFLICT (kind, subject) DO UPDATE SET lookup = excluded.lookup, secret = excluded.secret
)
SELECT position FROM head";

/// What `json` and `json[]` are called on every server.
const JSON: PgTypeInfo = PgTypeInfo::with_oid(Oid(114));
const JSON_ARRAY: PgTypeInfo = PgTypeInfo::with_oid(Oid(199));

/// JSON that is text already. As `text` the server would have to convert every value.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a>(
    /// The text.
    pub &'a str,
);

impl sqlx::Type<Postgres> for Json<'_> {
    fn type_info() -> PgTypeInfo {
        JSON
    }
}

impl PgHasArrayType for Json<'_> {
    fn array_type_info() -> PgTypeInfo {
        JSON_ARRAY
    }
}

impl sqlx::Encode<'_, Postgres> for Json<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

/// One column of many.
pub(crate) fn column<'a, R, T>(all: &'a [R], get: impl Fn(&'a R) -> T) -> Vec<T> {
    all.iter().map(get).collect()
}

/// Appends a batch; one without rows only looks at the head.
pub(super) async fn append(
    connection: &mut PgConnection,
    batch: &Batch,
) -> Result<(), AppendError> {
    let Batch {
        expected,
        head,
        rows,
        receipts,
        credentials,
    } = batch;
    if rows.is_empty() {
        return confirm(connection, batch).await;
    }
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
        .bind(column(rows, |row| Json(&row.payload)))
        .bind(column(rows, |row| Json(&row.metadata)))
        .bind(column(rows, |row| row.position))
        .bind(column(rows, |row| row.event_id))
        .bind(column(rows, |row| row.recorded_at))
        .bind(column(rows, |row| row.channel))
        .bind(column(rows, |row| row.personal.as_deref().map(Json)))
        .bind(column(rows, |row| &row.hash[..]))
        .bind(column(receipts, |receipt| receipt.id.scope.as_str()))
        .bind(column(receipts, |receipt| receipt.id.id.as_str()))
        .bind(column(receipts, |receipt| &receipt.id.body[..]))
        .bind(column(receipts, |receipt| receipt.first.get()))
        .bind(column(receipts, |receipt| receipt.last.get()))
        .bind(column(credentials, |credential| credential.kind))
        .bind(column(credentials, |credential| {
            credential.subject.as_str()
        }))
        .bind(column(credentials, |credential| {
            credential.lookup.as_deref()
        }))
        .bind(column(credentials, |credential| &credential.secret[..]))
        .fetch_optional(connection)
        .await;
    match moved {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(AppendError::HeadMoved),
        Err(sqlx::Error::Database(error)) => match error.code().as_deref().map(|code| &code[..2]) {
            // Data exceptions and broken constraints: these rows will never go in.
            Some("22" | "23") => Err(AppendError::Failed(error.to_string())),
            // The server ends the session: it may have committed before.
            Some("57" | "08") => Err(AppendError::Unknown(error.to_string())),
            _ => Err(AppendError::Unreachable(error.to_string())),
        },
        // The statement commits by itself: a connection that breaks tells nothing.
        Err(error) => Err(AppendError::Unknown(error.to_string())),
    }
}

/// Nothing to write: only whether what was decided was decided on the log as it is.
async fn confirm(connection: &mut PgConnection, batch: &Batch) -> Result<(), AppendError> {
    let same = sqlx::query("SELECT 1 FROM log_head WHERE id = 1 AND position = $1 AND hash = $2")
        .bind(batch.expected.position.get())
        .bind(&batch.expected.hash[..])
        .fetch_optional(connection)
        .await;
    match same {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(AppendError::HeadMoved),
        Err(error) => Err(AppendError::Unreachable(error.to_string())),
    }
}
