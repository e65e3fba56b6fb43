//! Forgetting in PostgreSQL: a row that was changed stands beside its old version until a vacuum, so a
//! vacuum is part of it.

use super::{PostgresStorage, unavailable};
use crate::error::StoreError;
use crate::storage::Forgetting;
use async_trait::async_trait;
use sqlx::Executor as _;
use tributary_domain::{AccountId, Position};

#[async_trait]
impl Forgetting for PostgresStorage {
    async fn empty(&self, positions: &[Position]) -> Result<(), StoreError> {
        let positions: Vec<_> = positions.iter().map(|position| position.get()).collect();
        sqlx::query("UPDATE events SET personal = NULL WHERE position = ANY($1)")
            .bind(positions)
            .execute(&self.readers)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn remove_secrets(&self, account: AccountId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM credentials WHERE subject = $1")
            .bind(account.to_string())
            .execute(&self.readers)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn scour(&self) -> Result<(), StoreError> {
        // As one text without values: a prepared statement cannot vacuum.
        let vacuum = sqlx::raw_sql("VACUUM events, credentials");
        self.readers.execute(vacuum).await.map_err(unavailable)?;
        Ok(())
    }
}
