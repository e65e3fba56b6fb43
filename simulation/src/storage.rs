//! The database as one node reaches it: through connections that take time and break.

use crate::database::Database;
use crate::defect::Defect;
use crate::life::Life;
use crate::plan::Engine;
use crate::skies::{Journey, Skies};
use crate::trace::Trace;
use async_trait::async_trait;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tributary_domain::{HistoryId, Position, Timestamp};
use tributary_store::StoreError;
use tributary_store::row::Row;
use tributary_store::storage::{
    AppendError, Batch, Filter, Head, NodeSeen, Storage, StoredReceipt,
};

/// How often another node's events are looked for.
const POLL_EVERY: Duration = Duration::from_millis(100);

/// How long the node waits for the answer to an append.
const APPEND_TIMEOUT: Duration = Duration::from_secs(15);

/// The node's one writing connection.
#[derive(Debug, Clone, Copy)]
struct Writer {
    connected: bool,
    /// The server's session behind the last one.
    session: u64,
}

/// See the [module](self).
pub struct NodeStorage {
    name: String,
    life: Arc<Life>,
    database: Arc<Database>,
    skies: Arc<Skies>,
    trace: Arc<Trace>,
    writer: Mutex<Writer>,
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
        let session = database.session();
        let connected = true;
        Self {
            name,
            life,
            database,
            skies,
            trace,
            writer: Mutex::new(Writer { connected, session }),
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

    /// The session of the writing connection, which is made if it broke.
    fn connect(&self) -> Result<u64, AppendError> {
        if self.is_postgres() && self.skies.is_away() {
            self.writer().connected = false;
            return Err(AppendError::Unreachable(
                "no route to the server".to_owned(),
            ));
        }
        let mut writer = self.writer();
        if !writer.connected {
            *writer = Writer {
                connected: true,
                session: self.database.session(),
            };
        }
        Ok(writer.session)
    }

    /// Whether the head is the expected one: a question, although it goes to the writer.
    async fn confirm(&self, batch: &Batch) -> Result<(), AppendError> {
        let broken = || {
            self.writer().connected = false;
            Err(AppendError::Unreachable("the connection broke".to_owned()))
        };
        self.skies.travel().await;
        if self.is_postgres() && self.skies.stays_silent() {
            tokio::time::sleep(APPEND_TIMEOUT).await;
            self.writer().connected = false;
            return Err(AppendError::Unknown("no answer".to_owned()));
        }
        if self.skies.reading_fails() {
            return broken();
        }
        let same = self.database.head() == batch.expected
            || self.database.never_keeps(Defect::ConfirmsAnyHead);
        self.skies.travel().await;
        if self.skies.reading_fails() {
            return broken();
        }
        if same {
            Ok(())
        } else {
            Err(AppendError::HeadMoved)
        }
    }

    async fn write(&self, batch: &Batch, done: &AtomicBool) -> Result<(), AppendError> {
        let session = self.connect()?;
        if batch.rows.is_empty() {
            return self.confirm(batch).await;
        }
        self.skies.travel().await;
        let unknown = |what: &str| {
            self.writer().connected = false;
            Err(AppendError::Unknown(what.to_owned()))
        };
        let journey = match self.skies.journey() {
            // The file is on the same machine: no connection breaks.
            Journey::Lost | Journey::AnswerLost | Journey::Late(_) if !self.is_postgres() => {
                Journey::Through
            }
            journey => journey,
        };
        match journey {
            Journey::Busy => {
                done.store(true, Ordering::Relaxed);
                return Err(AppendError::Unreachable("no space left".to_owned()));
            }
            Journey::Lost => {
                done.store(true, Ordering::Relaxed);
                return unknown("cut before it arrived");
            }
            Journey::Late(ms) => {
                done.store(true, Ordering::Relaxed);
                self.land_later(session, batch, ms);
                return unknown("cut while it went on");
            }
            Journey::Through | Journey::AnswerLost => {}
        }
        let outcome = self.database.append(batch);
        done.store(true, Ordering::Relaxed);
        let (name, upto) = (&self.name, batch.head.position);
        self.trace
            .note(format_args!("{name}: append to {upto}: {outcome:?}"));
        self.skies.travel().await;
        if journey == Journey::AnswerLost {
            return unknown("cut before the answer");
        }
        outcome
    }

    /// The server carries it out after a while, unless its session is ended before.
    fn land_later(&self, session: u64, batch: &Batch, ms: u64) {
        self.database.leave_under_way(session, batch.clone());
        let (database, trace) = (Arc::clone(&self.database), Arc::clone(&self.trace));
        let upto = batch.head.position;
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            let outcome = database.land(session);
            trace.note(format_args!("a late append to {upto}: {outcome:?}"));
        });
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
        let batch = &*batch;
        let done = AtomicBool::new(false);
        let outcome = self.life.during(self.write(batch, &done)).await;
        if let Some(outcome) = outcome {
            if outcome.is_err() {
                let (name, upto) = (&self.name, batch.head.position);
                self.trace
                    .note(format_args!("{name}: append to {upto} came to {outcome:?}"));
            }
            return outcome;
        }
        // The node is gone. Its statement may have been sent.
        if !done.load(Ordering::Relaxed) && !batch.rows.is_empty() {
            match self.skies.orphan() {
                Some(ms) if self.is_postgres() => {
                    let session = self.writer().session;
                    self.land_later(session, batch, ms);
                }
                // The thread that writes may have been past the point of no return.
                Some(_) => {
                    let outcome = self.database.append(batch);
                    let upto = batch.head.position;
                    self.trace
                        .note(format_args!("a last append to {upto}: {outcome:?}"));
                }
                None => {}
            }
        }
        std::future::pending().await
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
        *self.writer() = Writer {
            connected: true,
            session: self.database.session(),
        };
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

    async fn close(&self) {
        self.writer().connected = false;
    }
}

fn refused() -> StoreError {
    StoreError::Refused("a text with a character that cannot be held".to_owned())
}
