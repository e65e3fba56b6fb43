//! Leases, as one node asks for them. They run out by the database's clock, which is virtual time.

use super::NodeStorage;
use async_trait::async_trait;
use std::time::Duration;
use tributary_store::StoreError;
use tributary_store::storage::{Coordination, LeaseSeen, PolicyCheckpoint};

#[async_trait]
impl Coordination for NodeStorage {
    async fn take_lease(
        &self,
        name: &str,
        node: &str,
        ttl: Duration,
    ) -> Result<Option<i64>, StoreError> {
        let taken = self.ask("lease", |db| {
            db.leases().take(name, node, self.trace.now_ms(), ttl)
        });
        let taken = taken.await?;
        if let Some(epoch) = taken {
            self.trace
                .note(format_args!("{node} takes {name}, epoch {epoch}"));
        }
        Ok(taken)
    }

    async fn renew_lease(
        &self,
        name: &str,
        node: &str,
        epoch: i64,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        self.ask("lease", |db| {
            let until_ms = self.trace.now_ms() + millis(ttl);
            db.leases().renew(name, node, epoch, until_ms)
        })
        .await
    }

    async fn release_lease(&self, name: &str, node: &str, epoch: i64) -> Result<(), StoreError> {
        self.ask("lease", |db| {
            db.leases().renew(name, node, epoch, 0);
        })
        .await
    }

    async fn leases(&self) -> Result<Vec<LeaseSeen>, StoreError> {
        self.ask("leases", |db| db.leases().all(self.trace.now_ms()))
            .await
    }

    async fn policy_checkpoints(&self) -> Result<Vec<PolicyCheckpoint>, StoreError> {
        // No policy runs here.
        self.ask("policies", |_| vec![]).await
    }

    async fn save_policy_checkpoint(
        &self,
        _: &PolicyCheckpoint,
        _: i64,
    ) -> Result<bool, StoreError> {
        self.ask("policies", |_| false).await
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
