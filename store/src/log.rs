//! The log as the rest of Tributary sees it.

use crate::command_path::{
    CommandPath, Counters, QUEUE_MAX, Receipt, Stats, Submission, tell_used_ids,
};
use crate::decider::Limits;
use crate::environment::Environment;
use crate::error::{CommandError, StoreError};
use crate::leadership::{Leadership, Term};
use crate::storage::postgres::PostgresStorage;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{Filter, LeaseSeen, NodeSeen, PolicyCheckpoint, Storage};
use crate::tail::{Page, Tail, TailReader, follow_other_nodes, read_page};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tributary_domain::{AccountId, HistoryId, Position, Recorded, Request, State};

/// The most events that are read at once: as many as a rebuild folds in one transaction.
const READ_MAX: usize = 8_192;

/// Erased persons that the command path has not heard of yet.
const ERASURES_MAX: usize = 16;

/// Where a log is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogUrl {
    /// A file in a folder that this process has for itself.
    Sqlite(PathBuf),
    /// A connection string, `postgres://…`.
    Postgres(String),
}

/// Sizes of a log's memory.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogOptions {
    /// Of the decider.
    pub decider: Limits,
}

/// The log: one total order of durable events, and the only way to add to it.
///
/// Cheap to clone; all clones are the same log.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

struct Inner {
    storage: Arc<dyn Storage>,
    tail: Arc<Tail>,
    env: Environment,
    counters: Arc<Counters>,
    queue: Mutex<Option<mpsc::Sender<Submission>>>,
    erased: mpsc::Sender<AccountId>,
    tasks: Mutex<Option<(JoinHandle<()>, JoinHandle<()>)>>,
    /// Closed when the command path ends.
    ended: watch::Receiver<()>,
}

impl Log {
    /// Opens (and if need be makes or migrates) the log, and starts its command path.
    ///
    /// # Errors
    /// When the database cannot be used, is newer than this program, or is not set up to be durable.
    pub async fn open(
        url: &LogUrl,
        options: LogOptions,
        env: Environment,
    ) -> Result<Self, StoreError> {
        let storage: Arc<dyn Storage> = match url {
            LogUrl::Sqlite(file) => Arc::new(SqliteStorage::open(file.clone()).await?),
            LogUrl::Postgres(url) => Arc::new(PostgresStorage::open(url).await?),
        };
        Self::on(storage, options, env).await
    }

    /// A log on a database of the caller's, for tests and simulation.
    ///
    /// # Errors
    /// When the head cannot be read.
    pub async fn on(
        storage: Arc<dyn Storage>,
        options: LogOptions,
        env: Environment,
    ) -> Result<Self, StoreError> {
        let head = storage.head().await?;
        let tail = Arc::new(Tail::new(head.position));
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let (erased, erasures) = mpsc::channel(ERASURES_MAX);
        let counters = Arc::new(Counters::default());
        let path = CommandPath::new(
            Arc::clone(&storage),
            Arc::clone(&tail),
            env.clone(),
            Limits {
                confirm: storage.is_shared(),
                ..options.decider
            },
            head,
            Arc::clone(&counters),
        );
        let (told, used_ids) = mpsc::channel(1);
        tokio::spawn(tell_used_ids(Arc::clone(&storage), told));
        let (runs, ended) = watch::channel(());
        let driver = tokio::spawn(async move {
            let _runs = runs;
            path.run(receiver, erasures, used_ids).await;
        });
        let watcher = tokio::spawn(follow_other_nodes(Arc::clone(&storage), Arc::clone(&tail)));
        let inner = Inner {
            storage,
            tail,
            env,
            counters,
            queue: Mutex::new(Some(sender)),
            erased,
            tasks: Mutex::new(Some((driver, watcher))),
            ended,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Carries out a command: decided, appended, durable when this returns. Dropping the future does
    /// not take the command back.
    ///
    /// # Errors
    /// See [`CommandError`]; only with [`CommandError::UnknownOutcome`] may something have been done.
    pub async fn execute(&self, request: Request) -> Result<Receipt, CommandError> {
        let (reply, answer) = oneshot::channel();
        {
            let queue = self
                .inner
                .queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let queue = queue.as_ref().ok_or(CommandError::ShuttingDown)?;
            queue
                .try_send(Submission { request, reply })
                .map_err(|error| match error {
                    mpsc::error::TrySendError::Full(_) => CommandError::Overloaded,
                    mpsc::error::TrySendError::Closed(_) => CommandError::ShuttingDown,
                })?;
        }
        answer.await.unwrap_or(Err(CommandError::UnknownOutcome))
    }

    /// The newest durable position that this node knows of.
    pub fn head(&self) -> Position {
        self.inner.tail.head()
    }

    /// Reads from a place on, without an end: first what is there, then what comes.
    pub fn tail(&self, after: Position, filter: Filter) -> TailReader {
        let (tail, storage) = (
            Arc::clone(&self.inner.tail),
            Arc::clone(&self.inner.storage),
        );
        TailReader::new(tail, storage, after, filter)
    }

    /// At most `limit` (and at most 8,192) events after a place.
    ///
    /// # Errors
    /// When the database does not answer or an event cannot be read.
    pub async fn read(
        &self,
        after: Position,
        limit: usize,
        filter: &Filter,
    ) -> Result<Page, StoreError> {
        let limit = limit.clamp(1, READ_MAX);
        read_page(
            self.inner.storage.as_ref(),
            after,
            self.head(),
            limit,
            filter,
        )
        .await
    }

    /// The event at a place.
    ///
    /// # Errors
    /// When the database does not answer or the event cannot be read.
    pub async fn event_at(&self, position: Position) -> Result<Option<Arc<Recorded>>, StoreError> {
        let Some(before) = Position::new(position.get() - 1) else {
            return Ok(None);
        };
        let page = self.read(before, 1, &Filter::All).await?;
        Ok(page
            .events
            .into_iter()
            .find(|event| event.position == position))
    }

    /// The state of a history, folded from its durable events.
    ///
    /// # Errors
    /// When the database does not answer or an event cannot be read.
    pub async fn state(&self, history: &HistoryId) -> Result<State, StoreError> {
        let mut state = history.empty();
        for rows in self
            .inner
            .storage
            .histories(std::slice::from_ref(history))
            .await?
        {
            for row in rows {
                state.fold(&row.decode()?.event);
            }
        }
        Ok(state)
    }

    /// What happened in some histories after a place, in the log's order. Whole histories are read, so it
    /// is for those that stay short.
    ///
    /// # Errors
    /// When the database does not answer or an event cannot be read.
    pub async fn histories(
        &self,
        histories: &[HistoryId],
        after: Position,
    ) -> Result<Vec<Arc<Recorded>>, StoreError> {
        let mut events = Vec::new();
        for rows in self.inner.storage.histories(histories).await? {
            for row in rows {
                if row.position > after.get() {
                    events.push(Arc::new(row.decode()?));
                }
            }
        }
        events.sort_by_key(|recorded: &Arc<Recorded>| recorded.position);
        Ok(events)
    }

    /// Drops what this node's memory holds of a person whose personal parts were emptied: readers of
    /// the tail and deciders of commands see from now on what stands in the table.
    pub async fn forget(&self, account: AccountId) {
        self.inner.tail.forget(account);
        // A log that is being closed has no memory to be cleaned.
        let _closed = self.inner.erased.send(account).await;
    }

    /// A secret by its subject; `None` also where it was withdrawn.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn credential(
        &self,
        kind: &str,
        subject: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let secret = self.inner.storage.credential(kind, subject).await?;
        Ok(secret.filter(|secret| !secret.is_empty()))
    }

    /// A subject and its secret by the lookup hash.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn credential_by_lookup(
        &self,
        kind: &str,
        lookup: &[u8],
    ) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        self.inner.storage.credential_by_lookup(kind, lookup).await
    }

    /// Notes that a node runs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn beat(&self, node: &str) -> Result<(), StoreError> {
        self.inner.storage.beat(node, self.inner.env.now()).await
    }

    /// Every node that ran and was not forgotten, with its last heartbeat.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn nodes(&self) -> Result<Vec<NodeSeen>, StoreError> {
        self.inner.storage.nodes().await
    }

    /// Forgets a node whose affairs are in order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_node(&self, node: &str) -> Result<(), StoreError> {
        self.inner.storage.forget_node(node).await
    }

    /// Begins to try for a work that only one node does at a time. `node` names this run of this node.
    pub fn campaign(&self, work: &str, node: &str) -> Leadership {
        Leadership::campaign(Arc::clone(&self.inner.storage), work, node)
    }

    /// Every lease that a node ever took.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn leases(&self) -> Result<Vec<LeaseSeen>, StoreError> {
        match self.inner.storage.coordination() {
            Some(leases) => leases.leases().await,
            None => Ok(vec![]),
        }
    }

    /// Where each policy goes on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn policy_checkpoints(&self) -> Result<Vec<PolicyCheckpoint>, StoreError> {
        match self.inner.storage.coordination() {
            Some(places) => places.policy_checkpoints().await,
            None => Ok(vec![]),
        }
    }

    /// Notes where a policy goes on, in a term of its lease; false if a later holder has done so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn save_policy_checkpoint(
        &self,
        checkpoint: &PolicyCheckpoint,
        term: Term,
    ) -> Result<bool, StoreError> {
        match self.inner.storage.coordination() {
            Some(places) => places.save_policy_checkpoint(checkpoint, term.epoch).await,
            None => Ok(true),
        }
    }

    /// What the command path of this node has done since it started.
    pub fn stats(&self) -> Stats {
        self.inner.counters.read()
    }

    /// Why nothing could be appended a moment ago, such as a full disk. It is forgotten with the next append
    /// that succeeds, and after a while.
    pub fn trouble(&self) -> Option<String> {
        self.inner.counters.trouble(self.inner.env.now())
    }

    /// Waits until no command is taken any more: the log was closed, or its command path broke down.
    pub async fn ended(&self) {
        let mut ended = self.inner.ended.clone();
        while ended.changed().await.is_ok() {}
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.inner.storage.head().await.map(|_| ())
    }

    /// The clock and randomness that this log works with.
    pub fn environment(&self) -> &Environment {
        &self.inner.env
    }

    /// Shows events to readers of the tail as if they had been appended, so that a benchmark measures what
    /// comes after the append and not the append.
    #[cfg(feature = "testing")]
    pub fn rehearse(&self, events: &[Arc<Recorded>]) {
        self.inner.tail.publish(events);
    }

    /// The database below.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.inner.storage
    }

    /// Takes no more commands, finishes those that were taken, and lets go of the database.
    pub async fn close(&self) {
        drop(
            self.inner
                .queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let tasks = self
            .inner
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((driver, watcher)) = tasks {
            if let Err(error) = driver.await {
                tracing::error!(%error, "the command path ended badly");
            }
            watcher.abort();
        }
        self.inner.storage.close().await;
    }
}
