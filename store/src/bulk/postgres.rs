//! Secrets into PostgreSQL.

use crate::error::StoreError;
use crate::reader::StoredCredential;
use crate::storage::postgres::{PostgresStorage, column, unavailable};

/// Writes secrets; those that are there already stay.
pub(super) async fn keep(
    storage: &PostgresStorage,
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
    .execute(storage.pool())
    .await
    .map(|_| ())
    .map_err(unavailable)
}
