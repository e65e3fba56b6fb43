//! Into SQLite, through the one connection that writes.

use super::BulkError;
use crate::error::StoreError;
use crate::reader::StoredCredential;
use crate::row::Row;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{AppendError, Batch, Head, Storage as _, StoredReceipt};
use rusqlite::params;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) struct SqliteBulk(SqliteStorage);

impl SqliteBulk {
    pub(super) async fn open(file: PathBuf) -> Result<(Self, Head), StoreError> {
        let storage = SqliteStorage::open(file).await?;
        let head = storage.head().await?;
        Ok((Self(storage), head))
    }

    pub(super) async fn append(
        &self,
        expected: Head,
        head: Head,
        rows: Vec<Row>,
        receipts: Vec<StoredReceipt>,
    ) -> Result<(), BulkError> {
        let batch = Batch {
            expected,
            head,
            rows,
            receipts,
            credentials: vec![],
        };
        self.0
            .append(Arc::new(batch))
            .await
            .map_err(|error| match error {
                AppendError::HeadMoved => BulkError::HeadMoved,
                AppendError::Failed(reason) => BulkError::Log(StoreError::Refused(reason)),
                AppendError::Unreachable(reason) | AppendError::Unknown(reason) => {
                    BulkError::Log(StoreError::Unavailable(reason))
                }
            })
    }

    pub(super) async fn credentials(
        &self,
        credentials: Vec<StoredCredential>,
    ) -> Result<(), StoreError> {
        self.0
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

    pub(super) async fn close(self) {
        self.0.close().await;
    }
}
