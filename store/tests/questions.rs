//! Answers without events, on a database that stops answering: nothing is said that was not seen.

use crate::support::{code, register};
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tributary_domain::{HistoryId, Position, Timestamp};
use tributary_store::row::Row;
use tributary_store::storage::{
    AppendError, Batch, Filter, Head, NodeSeen, Storage, StoredReceipt,
};
use tributary_store::testing::{Engine, Place};
use tributary_store::{Environment, Log, LogOptions, StoreError};

/// A database that several nodes share, whose connection breaks under the first question about the
/// head.
struct Breaking {
    below: Arc<dyn Storage>,
    broke: AtomicBool,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_whose_answer_was_lost_is_asked_for_again() {
    let place = Place::fresh(Engine::Postgres).await;
    let other = place.open().await;
    let (_, ada) = register("ada");
    other.execute(ada).await.unwrap();
    let breaking = Arc::new(Breaking {
        below: Arc::clone(place.open().await.storage()),
        broke: AtomicBool::new(false),
    });
    let storage = Arc::clone(&breaking) as Arc<dyn Storage>;
    let log = Log::on(storage, LogOptions::default(), Environment::system())
        .await
        .unwrap();
    let (_, first) = register("ada");
    assert_eq!(code(log.execute(first).await), "NAME_TAKEN");
    assert!(breaking.broke.load(Ordering::Relaxed));
}

#[async_trait]
impl Storage for Breaking {
    async fn append(&self, batch: Arc<Batch>) -> Result<(), AppendError> {
        if batch.rows.is_empty() && !self.broke.swap(true, Ordering::Relaxed) {
            return Err(AppendError::Unknown("as the test asked".to_owned()));
        }
        self.below.append(batch).await
    }
    async fn resolve(&self, batch: &Batch) -> Result<bool, StoreError> {
        assert!(
            !batch.rows.is_empty(),
            "a question leaves nothing to be found"
        );
        self.below.resolve(batch).await
    }
    fn is_shared(&self) -> bool {
        true
    }
    async fn head(&self) -> Result<Head, StoreError> {
        self.below.head().await
    }
    async fn histories(&self, ids: &[HistoryId]) -> Result<Vec<Vec<Row>>, StoreError> {
        self.below.histories(ids).await
    }
    async fn receipts(
        &self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<StoredReceipt>>, StoreError> {
        self.below.receipts(keys).await
    }
    async fn read(
        &self,
        after: Position,
        limit: usize,
        filter: &Filter,
    ) -> Result<Vec<Row>, StoreError> {
        self.below.read(after, limit, filter).await
    }
    async fn credential(&self, kind: &str, subject: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.below.credential(kind, subject).await
    }
    async fn credential_by_lookup(
        &self,
        kind: &str,
        lookup: &[u8],
    ) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        self.below.credential_by_lookup(kind, lookup).await
    }
    async fn beat(&self, node: &str, at: Timestamp) -> Result<(), StoreError> {
        self.below.beat(node, at).await
    }
    async fn nodes(&self) -> Result<Vec<NodeSeen>, StoreError> {
        self.below.nodes().await
    }
    async fn forget_node(&self, node: &str) -> Result<(), StoreError> {
        self.below.forget_node(node).await
    }
    async fn changed_elsewhere(&self) {
        self.below.changed_elsewhere().await;
    }
    async fn close(&self) {
        self.below.close().await;
    }
}
