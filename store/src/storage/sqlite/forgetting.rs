//! Forgetting in the file itself: freed space is overwritten (`secure_delete`, from the opening on), and
//! the write-ahead log, which holds pages as they were, is folded in and cut to nothing.

use super::{SqliteStorage, unavailable};
use crate::error::StoreError;
use crate::storage::Forgetting;
use async_trait::async_trait;
use std::time::Duration;
use tributary_domain::{AccountId, Position};

/// How often the write-ahead log is tried to be cut while somebody reads from it.
const ATTEMPTS_MAX: u32 = 20;

/// The wait between two tries.
const RETRY_AFTER: Duration = Duration::from_millis(250);

#[async_trait]
impl Forgetting for SqliteStorage {
    async fn empty(&self, positions: &[Position]) -> Result<(), StoreError> {
        let positions: Vec<_> = positions.iter().map(|position| position.get()).collect();
        self.write_with(move |connection| {
            let transaction = connection.transaction()?;
            {
                let mut empty = transaction
                    .prepare_cached("UPDATE events SET personal = NULL WHERE position = ?1")?;
                for position in positions {
                    empty.execute([position])?;
                }
            }
            transaction.commit()
        })
        .await
    }

    async fn remove_secrets(&self, account: AccountId) -> Result<(), StoreError> {
        let subject = account.to_string();
        self.write_with(move |connection| {
            connection.execute("DELETE FROM credentials WHERE subject = ?1", [subject])
        })
        .await
        .map(|_| ())
    }

    async fn scour(&self) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS_MAX {
            if self.cut_wal().await? {
                return Ok(());
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
        Err(unavailable(
            "something reads the log for long and holds its write-ahead file, where erased words may \
             still stand",
        ))
    }
}
