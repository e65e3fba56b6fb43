//! The database as one node reaches it: through connections that take time and break.

mod leases;
mod writer;

use crate::database::Database;
use crate::defect::Defect;
use crate::life::Life;
use crate::plan::Engine;
use crate::skies::Skies;
use crate::trace::Trace;
use async_trait::async_trait;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tributary_domain::{HistoryId, Position, Timestamp};
use tributary_store::StoreError;
use tributary_store::row::Row;
use tributary_store::storage::{
    AppendError, Batch, Coordination, Filter, Head, NodeSeen, Storage, StoredReceipt,
};

pub use writer::HeadLock;
use writer::Writer;

/// How often another node's events are looked for.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// See the [module](self).
pub struct NodeStorage {
    name: String,
    life: Arc<Life>,
    database: Arc<Database>,
    skies: Arc<Skies>,
    trace: Arc<Trace>,
    writer: Arc<Mutex<Writer>>,
}

impl NodeStorage {
    /// A node's way to the database.
    pub fn new(
        name: String,
        life: Arc<Life>,
        database: Arc<Database>,
        skies: Arc<Skies>,
        trace: Arc<Trace>,
    ) -> Self {
        let writer = Writer::connected(database.session());
        Self {
            name,
            life,
            database,
            skies,
            trace,
            writer: Arc::new(Mutex::new(writer)),
        }
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_postgres(&self) -> bool {
        self.database.engine() == Engine::Postgres
    }

    /// Asks the database: it sees what is committed at one moment between the question and the
    /// answer.
    async fn ask<T>(&self, what: &str, question: impl Fn(&Database) -> T) -> Result<T, StoreError> {
        let asking = async {
            self.skies.travel().await;
            if self.skies.reading_fails() {
                return Err("the connection broke before the question arrived");
            }
            let answer = question(&self.database);
            self.skies.travel().await;
            if self.skies.reading_fails() {
                return Err("the connection broke before the answer");
            }
            Ok(answer)
        };
        self.life.bound(asking).await.map_err(|error| {
            let name = &self.name;
            self.trace.note(format_args!("{name}: {what}: {error}"));
            StoreError::Unavailable(error.to_owned())
        })
    }
}

#[async_trait]
impl Storage for NodeStorage {
    async fn head(&self) -> Result<Head, StoreError> {
        self.ask("head", Database::head).await
    }

    fn is_shared(&self) -> bool {
        self.is_postgres()
    }

    async fn append(&self, batch: Arc<Batch>) -> Result<(), AppendError> {
        self.append_or_vanish(&batch).await
    }

    async fn hold_head(&self) -> Result<(), StoreError> {
        self.life.bound(self.hold()).await
    }

    async fn release_head(&self) {
        self.life.bound(self.release()).await;
    }

    async fn resolve(&self, batch: &Batch) -> Result<bool, StoreError> {
        let session = self.writer().session;
        // The session is ended by the first statement, and the table asked by the next.
        self.ask("end of a session", |database| database.terminate(session))
            .await?;
        let position = batch.head.position;
        let found = self
            .ask("resolve", |database| database.hash_at(position))
            .await?;
        *self.writer() = Writer::connected(self.database.session());
        let written = found == Some(batch.head.hash)
            && !self.database.never_keeps(Defect::DeniesWhatWasWritten);
        let name = &self.name;
        self.trace.note(format_args!(
            "{name}: the append to {position} was written: {written}"
        ));
        Ok(written)
    }

    async fn histories(&self, ids: &[HistoryId]) -> Result<Vec<Vec<Row>>, StoreError> {
        let found = self.ask("histories", |database| database.histories(ids));
        found.await?.ok_or_else(refused)
    }

    async fn receipts(
        &self,
        keys: &[(String, String)],
    ) -> Result<Vec<Option<StoredReceipt>>, StoreError> {
        let found = self.ask("receipts", |database| database.receipts(keys));
        found.await?.ok_or_else(refused)
    }

    async fn read(
        &self,
        after: Position,
        limit: usize,
        filter: &Filter,
    ) -> Result<Vec<Row>, StoreError> {
        self.ask("read", |database| database.read(after, limit, filter))
            .await
    }

    async fn credential(&self, kind: &str, subject: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.ask("secret", |database| database.secret(kind, subject))
            .await
    }

    async fn credential_by_lookup(
        &self,
        kind: &str,
        lookup: &[u8],
    ) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        self.ask("secret", |database| database.secret_by_lookup(kind, lookup))
            .await
    }

    async fn beat(&self, node: &str, at: Timestamp) -> Result<(), StoreError> {
        self.ask("beat", |database| database.beat(node, at)).await
    }

    async fn nodes(&self) -> Result<Vec<NodeSeen>, StoreError> {
        self.ask("nodes", Database::nodes).await
    }

    async fn forget_node(&self, node: &str) -> Result<(), StoreError> {
        self.ask("forget", |database| database.forget_node(node))
            .await
    }

    async fn changed_elsewhere(&self) {
        if self.is_postgres() {
            self.life.bound(tokio::time::sleep(POLL_EVERY)).await;
        } else {
            std::future::pending::<()>().await;
        }
    }

    fn coordination(&self) -> Option<&dyn Coordination> {
        self.is_postgres().then_some(self as &dyn Coordination)
    }

    async fn close(&self) {
        self.break_connection();
    }
}

fn refused() -> StoreError {
    StoreError::Refused("a text with a character that cannot be held".to_owned())
}
