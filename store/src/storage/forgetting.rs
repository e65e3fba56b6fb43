//! What forgetting a person takes of a database: the only changes that are ever made to what the log
//! holds already.

use crate::error::StoreError;
use async_trait::async_trait;
use tributary_domain::{AccountId, Position};

/// A database in which persons can be forgotten. Everything here can be done again.
#[async_trait]
pub trait Forgetting: Send + Sync {
    /// Empties the personal parts of these events, in one transaction.
    async fn empty(&self, positions: &[Position]) -> Result<(), StoreError>;

    /// Removes an account's secrets, which were withdrawn before.
    async fn remove_secrets(&self, account: AccountId) -> Result<(), StoreError>;

    /// Clears what was emptied and removed out of the database's files.
    async fn scour(&self) -> Result<(), StoreError>;
}
