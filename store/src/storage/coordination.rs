//! What several nodes on one log agree on: who does what only one of them may do.

use crate::error::StoreError;
use async_trait::async_trait;
use std::time::Duration;
use tributary_domain::Position;

/// A lease as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseSeen {
    /// What it is for.
    pub name: String,
    /// Who took it last.
    pub node: String,
    /// How often it was taken.
    pub epoch: i64,
    /// Whether it is held now, by the database's clock.
    pub is_held: bool,
}

/// How far a policy is, as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyCheckpoint {
    /// Which.
    pub policy: String,
    /// Up to here it has nothing left to do.
    pub position: Position,
}

/// A database that nodes meet in. The clock is the database's own.
#[async_trait]
pub trait Coordination: Send + Sync {
    /// Takes a lease if nobody else holds it. Gives its epoch, larger than that of every holder
    /// before; `None` while another node has it.
    async fn take_lease(
        &self,
        name: &str,
        node: &str,
        ttl: Duration,
    ) -> Result<Option<i64>, StoreError>;

    /// Lengthens a lease to `ttl` from now; false if another node took it meanwhile.
    async fn renew_lease(
        &self,
        name: &str,
        node: &str,
        epoch: i64,
        ttl: Duration,
    ) -> Result<bool, StoreError>;

    /// Gives a lease back, so that another node need not wait for its end.
    async fn release_lease(&self, name: &str, node: &str, epoch: i64) -> Result<(), StoreError>;

    /// Every lease that was ever taken.
    async fn leases(&self) -> Result<Vec<LeaseSeen>, StoreError>;

    /// Where each policy goes on.
    async fn policy_checkpoints(&self) -> Result<Vec<PolicyCheckpoint>, StoreError>;

    /// Notes where a policy goes on; false if a later holder of its lease has done so.
    async fn save_policy_checkpoint(
        &self,
        checkpoint: &PolicyCheckpoint,
        epoch: i64,
    ) -> Result<bool, StoreError>;
}
