//! Secrets into SQLite, through the one connection that writes.

use crate::error::StoreError;
use crate::reader::StoredCredential;
use crate::storage::sqlite::SqliteStorage;
use rusqlite::params;

/// Writes secrets; those that are there already stay.
pub(super) async fn keep(
    storage: &SqliteStorage,
    credentials: Vec<StoredCredential>,
) -> Result<(), StoreError> {
    storage
        .write_with(move |connection| {
            let transaction = connection.transaction()?;
            for credential in credentials {
                transaction
                    .prepare_cached(
                        "INSERT INTO credentials (kind, subject, lookup, secret)
                         VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                    )?
                    .execute(params![
                        credential.kind,
                        credential.subject,
                        credential.lookup,
                        credential.secret,
                    ])?;
            }
            transaction.commit()
        })
        .await
}
