//! A file has one node, which holds every lease; policies' places are kept here as anywhere.

use super::{SqliteStorage, place};
use crate::error::StoreError;
use crate::storage::{Coordination, LeaseSeen, PolicyCheckpoint};
use async_trait::async_trait;
use rusqlite::params;
use std::time::Duration;

#[async_trait]
impl Coordination for SqliteStorage {
    async fn take_lease(&self, _: &str, _: &str, _: Duration) -> Result<Option<i64>, StoreError> {
        Ok(Some(0))
    }

    async fn renew_lease(&self, _: &str, _: &str, _: i64, _: Duration) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn release_lease(&self, _: &str, _: &str, _: i64) -> Result<(), StoreError> {
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<LeaseSeen>, StoreError> {
        Ok(vec![])
    }

    async fn policy_checkpoints(&self) -> Result<Vec<PolicyCheckpoint>, StoreError> {
        self.read_with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT policy, position FROM policy_checkpoints ORDER BY policy",
            )?;
            let checkpoint = |row: &rusqlite::Row<'_>| {
                Ok(PolicyCheckpoint {
                    policy: row.get(0)?,
                    position: place(row, 1)?,
                })
            };
            statement.query_map([], checkpoint)?.collect()
        })
        .await
    }

    async fn save_policy_checkpoint(
        &self,
        checkpoint: &PolicyCheckpoint,
        epoch: i64,
    ) -> Result<bool, StoreError> {
        let checkpoint = checkpoint.clone();
        self.write_with(move |connection| {
            let saved = connection.execute(
                "INSERT INTO policy_checkpoints (policy, position, epoch) VALUES (?1, ?2, ?3)
                 ON CONFLICT (policy) DO UPDATE
                 SET position = excluded.position, epoch = excluded.epoch",
                params![checkpoint.policy, checkpoint.position.get(), epoch],
            )?;
            Ok(saved == 1)
        })
        .await
    }
}
