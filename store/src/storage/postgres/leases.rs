//! Leases and policies' places, each taken, renewed or written by one statement.

use super::{PostgresStorage, place, unavailable};
use crate::error::StoreError;
use crate::storage::{Coordination, LeaseSeen, PolicyCheckpoint};
use async_trait::async_trait;
use sqlx::Row as _;
use std::time::Duration;

/// Of two nodes that come at once, the second one waits for the first one's row and then finds it held.
/// A node whose last answer was lost takes its own lease again, under a new epoch.
const TAKE: &str = "
INSERT INTO leases AS l (name, node, epoch, expires_at)
VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
ON CONFLICT (name) DO UPDATE
    SET node = excluded.node, epoch = l.epoch + 1, expires_at = excluded.expires_at
    WHERE l.expires_at < clock_timestamp() OR l.node = excluded.node
RETURNING epoch";

const RENEW: &str = "
UPDATE leases SET expires_at = clock_timestamp() + $4 * interval '1 millisecond'
WHERE name = $1 AND node = $2 AND epoch = $3";

const RELEASE: &str = "
UPDATE leases SET expires_at = '-infinity' WHERE name = $1 AND node = $2 AND epoch = $3";

const SAVE: &str = "
INSERT INTO policy_checkpoints AS c (policy, position, epoch) VALUES ($1, $2, $3)
ON CONFLICT (policy) DO UPDATE SET position = excluded.position, epoch = excluded.epoch
    WHERE c.epoch <= excluded.epoch";

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[async_trait]
impl Coordination for PostgresStorage {
    async fn take_lease(
        &self,
        name: &str,
        node: &str,
        ttl: Duration,
    ) -> Result<Option<i64>, StoreError> {
        sqlx::query_scalar(TAKE)
            .bind(name)
            .bind(node)
            .bind(millis(ttl))
            .fetch_optional(&self.coordinators)
            .await
            .map_err(unavailable)
    }

    async fn renew_lease(
        &self,
        name: &str,
        node: &str,
        epoch: i64,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        let renewed = sqlx::query(RENEW)
            .bind(name)
            .bind(node)
            .bind(epoch)
            .bind(millis(ttl))
            .execute(&self.coordinators)
            .await
            .map_err(unavailable)?;
        Ok(renewed.rows_affected() == 1)
    }

    async fn release_lease(&self, name: &str, node: &str, epoch: i64) -> Result<(), StoreError> {
        sqlx::query(RELEASE)
            .bind(name)
            .bind(node)
            .bind(epoch)
            .execute(&self.coordinators)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn leases(&self) -> Result<Vec<LeaseSeen>, StoreError> {
        let sql =
            "SELECT name, node, epoch, expires_at >= clock_timestamp() FROM leases ORDER BY name";
        let rows = sqlx::query(sql)
            .fetch_all(&self.coordinators)
            .await
            .map_err(unavailable)?;
        let lease = |row: &sqlx::postgres::PgRow| LeaseSeen {
            name: row.get(0),
            node: row.get(1),
            epoch: row.get(2),
            is_held: row.get(3),
        };
        Ok(rows.iter().map(lease).collect())
    }

    async fn policy_checkpoints(&self) -> Result<Vec<PolicyCheckpoint>, StoreError> {
        let rows = sqlx::query("SELECT policy, position FROM policy_checkpoints ORDER BY policy")
            .fetch_all(&self.coordinators)
            .await
            .map_err(unavailable)?;
        let checkpoint = |row: &sqlx::postgres::PgRow| PolicyCheckpoint {
            policy: row.get(0),
            position: place(row.get(1)),
        };
        Ok(rows.iter().map(checkpoint).collect())
    }

    async fn save_policy_checkpoint(
        &self,
        checkpoint: &PolicyCheckpoint,
        epoch: i64,
    ) -> Result<bool, StoreError> {
        let saved = sqlx::query(SAVE)
            .bind(&checkpoint.policy)
            .bind(checkpoint.position.get())
            .bind(epoch)
            .execute(&self.coordinators)
            .await
            .map_err(unavailable)?;
        Ok(saved.rows_affected() == 1)
    }
}
