//! What the log needs of a database. Two engines, one suite of tests.

mod coordination;
mod forgetting;
pub mod postgres;
pub mod sqlite;

pub use coordination::{Coordination, LeaseSeen, PolicyCheckpoint};
pub use forgetting::Forgetting;

use crate::chain::Hash;
use crate::error::StoreError;
use crate::row::Row;
use crate::used_ids::ShortKey;
use async_trait::async_trait;
use std::sync::Arc;
use tributary_domain::command::CommandId;
use tributary_domain::decision::Credential;
use tributary_domain::{ChannelId, HistoryId, Position, Timestamp};

/// Rows of a batch that is appended sooner than another thread is woken for it. Those who wait for the
/// batch before are told first then; beside a larger one, they are told while it is written.
pub(crate) const SMALL_BATCH_ROWS: usize = 4;

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last event's position.
    pub position: Position,
    /// Its hash.
    pub hash: Hash,
    /// When it was appended.
    pub recorded_at: Timestamp,
}

/// What is appended in one transaction.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The head that the batch follows. If the head is another one, nothing is written.
    pub expected: Head,
    /// The head afterwards.
    pub head: Head,
    /// The events, in order of position.
    pub rows: Vec<Row>,
    /// What makes the commands safe to send again.
    pub receipts: Vec<StoredReceipt>,
    /// Secrets to write with them.
    pub credentials: Vec<Credential>,
}

/// A receipt as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReceipt {
    /// The command's id and the hash of its body.
    pub id: CommandId,
    /// The first event that it led to.
    pub first: Position,
    /// The last one.
    pub last: Position,
}

/// Why a batch was not appended.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// The head is not the expected one: another node appended. Nothing was written.
    #[error("the log's head has moved on")]
    HeadMoved,
    /// The database refuses these rows. Nothing was written.
    #[error("{0}")]
    Failed(String),
    /// The database does not answer. Nothing was written.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke at the commit. [`Storage::resolve`] finds out.
    #[error("the connection broke at the commit: {0}")]
    Unknown(String),
}

/// Which events a reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    All,
    /// Those that concern a channel.
    Channel(ChannelId),
}

impl Filter {
    /// Whether an event that concerns `channel` is wanted.
    pub fn admits(&self, channel: Option<ChannelId>) -> bool {
        match self {
            Self::All => true,
            Self::Channel(wanted) => channel == Some(*wanted),
        }
    }
}

/// A node, and when it was last known to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSeen {
    /// Its name.
    pub node: String,
    /// Its last heartbeat.
    pub seen_at: Timestamp,
}

/// A database that holds a log.
#[async_trait]
pub trait Storage: Send + Sync + 'static {
    /// The end of the log.
    async fn head(&self) -> Result<Head, StoreError>;

    /// Whether other nodes append to the same log.
    fn is_shared(&self) -> bool;

    /// Appends a batch in one durable transaction, if the head is the expected one. A batch without
    /// rows only checks the head.
    async fn append(&self, batch: Arc<Batch>) -> Result<(), AppendError>;

    /// Takes the head until the next [`append`](Self::append) or [`release_head`](Self::release_head):
    /// who was overtaken once appends next. Where nobody else appends there is nothing to do. A head
    /// that is held for longer than an append takes is lost to the other nodes.
    async fn hold_head(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Lets go of the head without an append.
    async fn release_head(&self) {}

    /// After [`AppendError::Unknown`]: whether the batch was written. Ends the broken session first,
    /// so that the answer is final.
    async fn resolve(&self, batch: &Batch) -> Result<bool, StoreError>;

    /// Reads whole histories, in order, each by `sequence`.
    async fn histories(&self, ids: &[HistoryId]) -> Result<Vec<Vec<Row>>, StoreError>;

    /// Looks up receipts by scope and id, in order.
    async fn receipts(
        &self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<StoredReceipt>>, StoreError>;

    /// Ids that commands carried: a page of them, to be asked for behind its last one until there are no
    /// more. Every id that was used before the first question comes at least once. None where others
    /// append, too, whose ids would be missed.
    async fn used_ids(&self, after: Option<ShortKey>) -> Result<Option<Vec<ShortKey>>, StoreError> {
        let _ = after;
        Ok(None)
    }

    /// The events after a position, in order, at most `limit`.
    async fn read(
        &self,
        after: Position,
        limit: usize,
        filter: &Filter,
    ) -> Result<Vec<Row>, StoreError>;

    /// A secret by its subject.
    async fn credential(&self, kind: &str, subject: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// A subject and its secret by the lookup hash.
    async fn credential_by_lookup(
        &self,
        kind: &str,
        lookup: &[u8],
    ) -> Result<Option<(String, Vec<u8>)>, StoreError>;

    /// Notes that a node runs.
    async fn beat(&self, node: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Every node that ever ran and was not forgotten.
    async fn nodes(&self) -> Result<Vec<NodeSeen>, StoreError>;

    /// Forgets a node whose affairs are in order.
    async fn forget_node(&self, node: &str) -> Result<(), StoreError>;

    /// Waits until another node may have appended, or for a moment. On an engine with one writer it
    /// never returns.
    async fn changed_elsewhere(&self);

    /// Where nodes agree on who does what, and where policies keep their places. Without it there is
    /// one node, and its policies begin anew with every start.
    fn coordination(&self) -> Option<&dyn Coordination> {
        None
    }

    /// Where persons can be forgotten. A database without it keeps everything.
    fn forgetting(&self) -> Option<&dyn Forgetting> {
        None
    }

    /// Lets go of the database.
    async fn close(&self);
}
