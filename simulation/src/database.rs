//! The one database of a run: what is committed, and what its server still has on its way.
//!
//! It keeps what the engines promise, so that no fault is simulated that they rule out:
//!
//! | promise | SQLite | PostgreSQL |
//! |---|---|---|
//! | a batch is written whole or not at all | one transaction | one statement |
//! | it is written only behind the head that it expects | `UPDATE log_head … WHERE` | the same, and a second writer waits at the row, then sees the new head |
//! | what is visible is durable | the write-ahead log is synced before readers see it | the same, with `synchronous_commit = on` |
//! | a reading sees all that was committed before it began | one file | one server |
//! | rows that break a constraint are refused, every time | primary keys, unique indexes | the same; also two secrets of one subject in one statement |
//! | an append whose connection broke | has happened or not when the process is gone | may still happen, until its session has ended |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tributary_domain::{ChannelId, HistoryId, Position, Timestamp};
use tributary_store::chain::GENESIS;
use tributary_store::row::Row;
use tributary_store::storage::{AppendError, Batch, Filter, Head, NodeSeen, StoredReceipt};

use crate::defect::Defect;
use crate::dice::Dice;
use crate::leases::Leases;
use crate::plan::Engine;
use crate::storage::HeadLock;

/// A text that the database refuses in every row: what a broken constraint comes to.
pub const REFUSED: &str = "the database refuses this";

/// A character that PostgreSQL holds in no text.
pub const NUL: char = '\0';

type Key = (String, String);

/// The lookup hash, if there is one, and the secret.
type Secret = (Option<Vec<u8>>, Vec<u8>);

/// See the [module](self).
pub struct Database {
    engine: Engine,
    defect: Option<Defect>,
    /// Decides when a defect shows.
    dice: Dice,
    committed: Mutex<Committed>,
    leases: Mutex<Leases>,
    /// The row of the log's head, which one session at a time may change.
    head_row: Arc<tokio::sync::Mutex<()>>,
}

struct Committed {
    head: Head,
    rows: Vec<Row>,
    histories: BTreeMap<Key, Vec<usize>>,
    receipts: BTreeMap<Key, StoredReceipt>,
    secrets: BTreeMap<(&'static str, String), Secret>,
    nodes: BTreeMap<String, Timestamp>,
    /// Appends that a server still has to carry out for a session whose client is gone.
    under_way: BTreeMap<u64, (Batch, Option<HeadLock>)>,
    sessions: u64,
}

impl Database {
    /// Empty.
    pub fn new(engine: Engine, defect: Option<Defect>, dice: Dice) -> Self {
        let head = Head {
            position: Position::START,
            hash: GENESIS,
            recorded_at: Timestamp::default(),
        };
        let committed = Committed {
            head,
            rows: vec![],
            histories: BTreeMap::new(),
            receipts: BTreeMap::new(),
            secrets: BTreeMap::new(),
            nodes: BTreeMap::new(),
            under_way: BTreeMap::new(),
            sessions: 0,
        };
        Self {
            engine,
            defect,
            dice,
            committed: Mutex::new(committed),
            leases: Mutex::default(),
            head_row: Arc::default(),
        }
    }

    fn committed(&self) -> MutexGuard<'_, Committed> {
        self.committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Which engine's promises it keeps.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether this database breaks a promise, and does so now.
    pub fn breaks(&self, promise: Defect) -> bool {
        self.defect == Some(promise) && self.dice.chance(200)
    }

    /// The same of one that breaks it always.
    pub fn never_keeps(&self, promise: Defect) -> bool {
        self.defect == Some(promise)
    }

    /// The end of the log.
    pub fn head(&self) -> Head {
        self.committed().head
    }

    /// The last event's place.
    pub fn position(&self) -> Position {
        self.head().position
    }

    /// Every event.
    pub fn rows(&self) -> Vec<Row> {
        self.committed().rows.clone()
    }

    /// Every receipt.
    pub fn all_receipts(&self) -> Vec<StoredReceipt> {
        self.committed().receipts.values().cloned().collect()
    }

    /// A new session of the server.
    pub fn session(&self) -> u64 {
        let mut committed = self.committed();
        committed.sessions += 1;
        committed.sessions
    }

    /// Carries out an append, or not.
    pub fn append(&self, batch: &Batch) -> Result<(), AppendError> {
        let mut committed = self.committed();
        if committed.head != batch.expected && !self.never_keeps(Defect::IgnoresTheHead) {
            return Err(AppendError::HeadMoved);
        }
        committed.refusal(batch, self.engine)?;
        if self.breaks(Defect::LosesAppends) {
            return Ok(());
        }
        for row in &batch.rows {
            let index = committed.rows.len();
            let history = (row.aggregate_type.clone(), row.aggregate_id.clone());
            committed.histories.entry(history).or_default().push(index);
            committed.rows.push(row.clone());
        }
        for receipt in &batch.receipts {
            let key = (receipt.id.scope.clone(), receipt.id.id.clone());
            if !self.never_keeps(Defect::ForgetsReceipts) {
                committed.receipts.insert(key, receipt.clone());
            }
        }
        for secret in &batch.credentials {
            let key = (secret.kind, secret.subject.clone());
            let secret = (secret.lookup.clone(), secret.secret.clone());
            committed.secrets.insert(key, secret);
        }
        committed.head = batch.head;
        Ok(())
    }

    /// The table of leases.
    pub fn leases(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the row of the log's head.
    pub async fn lock_head(&self) -> HeadLock {
        Arc::clone(&self.head_row).lock_owned().await
    }

    /// The client of this session is gone; its append is still on its way.
    pub fn leave_under_way(&self, session: u64, batch: Batch, held: Option<HeadLock>) {
        self.committed().under_way.insert(session, (batch, held));
    }

    /// Carries out what is left of a session, unless it was ended before. What came of it, for the
    /// trace.
    pub async fn land(&self, session: u64) -> Option<Result<(), AppendError>> {
        let has_head = {
            let committed = self.committed();
            committed.under_way.get(&session)?.1.is_some()
        };
        let _waited = if has_head {
            None
        } else {
            Some(self.lock_head().await)
        };
        let (batch, _held) = self.committed().under_way.remove(&session)?;
        Some(self.append(&batch))
    }

    /// Ends a session: what it had not carried out never happens.
    pub fn terminate(&self, session: u64) {
        if !self.never_keeps(Defect::LetsEndedSessionsWrite) {
            self.committed().under_way.remove(&session);
        }
    }

    /// The hash of the event at a place.
    pub fn hash_at(&self, position: Position) -> Option<[u8; 32]> {
        let index = usize::try_from(position.get() - 1).ok()?;
        self.committed().rows.get(index).map(|row| row.hash)
    }

    /// The histories, each by sequence. `None` for what the engine cannot be asked.
    pub fn histories(&self, ids: &[HistoryId]) -> Option<Vec<Vec<Row>>> {
        let committed = self.committed();
        ids.iter()
            .map(|id| {
                let key = (id.kind().to_owned(), id.id());
                if !self.holds(&key.1) {
                    return None;
                }
                let found = committed.histories.get(&key);
                let rows = found.into_iter().flatten();
                let mut rows: Vec<_> = rows.map(|i| committed.rows[*i].clone()).collect();
                if self.breaks(Defect::ReadsStaleHistories) {
                    rows.pop();
                }
                Some(rows)
            })
            .collect()
    }

    /// The receipts. `None` for what the engine cannot be asked.
    pub fn receipts(&self, keys: &[Key]) -> Option<Vec<Option<StoredReceipt>>> {
        let committed = self.committed();
        let found = |key: &Key| {
            let askable = self.holds(&key.0) && self.holds(&key.1);
            askable.then(|| committed.receipts.get(key).cloned())
        };
        keys.iter().map(found).collect()
    }

    /// The events after a place.
    pub fn read(&self, after: Position, limit: usize, filter: &Filter) -> Vec<Row> {
        let committed = self.committed();
        let skip = usize::try_from(after.get()).unwrap_or(usize::MAX);
        let rows = committed.rows.iter().skip(skip);
        let admitted = rows.filter(|row| filter.admits(row.channel.map(ChannelId)));
        admitted.take(limit).cloned().collect()
    }

    /// A secret by its subject.
    pub fn secret(&self, kind: &str, subject: &str) -> Option<Vec<u8>> {
        let committed = self.committed();
        let mut secrets = committed.secrets.iter();
        let found = secrets.find(|((k, s), _)| *k == kind && s == subject);
        found.map(|(_, (_, secret))| secret.clone())
    }

    /// A subject and its secret by the lookup hash.
    pub fn secret_by_lookup(&self, kind: &str, lookup: &[u8]) -> Option<(String, Vec<u8>)> {
        let committed = self.committed();
        let mut secrets = committed.secrets.iter();
        let found =
            secrets.find(|((k, _), (hash, _))| *k == kind && hash.as_deref() == Some(lookup));
        found.map(|((_, subject), (_, secret))| (subject.clone(), secret.clone()))
    }

    /// Notes that a node runs.
    pub fn beat(&self, node: &str, at: Timestamp) {
        self.committed().nodes.insert(node.to_owned(), at);
    }

    /// The nodes that ran.
    pub fn nodes(&self) -> Vec<NodeSeen> {
        let committed = self.committed();
        let nodes = committed.nodes.iter();
        nodes
            .map(|(node, seen_at)| NodeSeen {
                node: node.clone(),
                seen_at: *seen_at,
            })
            .collect()
    }

    /// Forgets a node.
    pub fn forget_node(&self, node: &str) {
        self.committed().nodes.remove(node);
    }

    fn holds(&self, text: &str) -> bool {
        self.engine == Engine::Sqlite || !text.contains(NUL)
    }
}

impl Committed {
    /// What the constraints of the tables refuse.
    fn refusal(&self, batch: &Batch, engine: Engine) -> Result<(), AppendError> {
        let broken = |what: &str| Err(AppendError::Failed(what.to_owned()));
        let mut lengths: BTreeMap<Key, usize> = BTreeMap::new();
        for row in &batch.rows {
            let key = (row.aggregate_type.clone(), row.aggregate_id.clone());
            let stored = self.histories.get(&key).map_or(0, Vec::len);
            let length = lengths.entry(key).or_insert(stored);
            // A gap would be taken: only a place that is taken is refused.
            if usize::try_from(row.sequence).unwrap_or(0) <= *length {
                return broken("events_pkey");
            }
            *length += 1;
            let texts = [Some(&row.payload), row.personal.as_ref()];
            if texts
                .into_iter()
                .flatten()
                .any(|text| text.contains(REFUSED))
            {
                return broken(REFUSED);
            }
        }
        let mut ids = BTreeSet::new();
        for receipt in &batch.receipts {
            let key = (receipt.id.scope.clone(), receipt.id.id.clone());
            if self.receipts.contains_key(&key) || !ids.insert(key) {
                return broken("command_receipts_pkey");
            }
        }
        let mut written = BTreeSet::new();
        for secret in &batch.credentials {
            let key = (secret.kind, secret.subject.clone());
            if !written.insert(key.clone()) && engine == Engine::Postgres {
                // SQLSTATE 21000, which is not among those that say what is wrong with the rows.
                return Err(AppendError::Unreachable(
                    "ON CONFLICT DO UPDATE cannot affect a row a second time".to_owned(),
                ));
            }
            let others = self.secrets.iter().filter(|(other, _)| **other != key);
            let mut same = others.filter(|(other, _)| other.0 == secret.kind);
            if secret.lookup.is_some() && same.any(|(_, (lookup, _))| *lookup == secret.lookup) {
                return broken("credentials_lookup");
            }
        }
        Ok(())
    }
}
