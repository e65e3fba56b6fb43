//! Read models in ordered maps: what a projector may meet of a database, at a simulation's will.
//!
//! It promises what the engines promise and nothing more. A transaction is all or nothing; each of
//! its statements sees what was committed before the statement began, and its own writes. On SQLite
//! one transaction writes at a time; on PostgreSQL a checkpoint's row is locked by who changes it, to
//! the end of its transaction. A connection that breaks at the commit tells nothing; one that
//! breaks before undoes everything. After a power cut SQLite's last commits may be gone, the newest
//! first: these files are not synced at each commit, because the log is the truth.

mod plain;
mod tx;
mod weather;

pub(crate) use plain::Plain;
pub(super) use plain::plain;
pub(crate) use tx::MemoryTx;
pub use weather::{Fate, Step, Weather};

use super::{Checkpoint, DbError, Value};
use crate::project;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Mutex as Lock;
use tributary_domain::Position;
use weather::Calm;

/// How many commits are remembered so that a power cut can lose them.
const UNDO_MAX: usize = 32;

type Key = Vec<Value>;
type Place = (&'static str, Key);
type Rows = BTreeMap<Place, Vec<Value>>;

/// What a commit replaced.
struct Undo {
    rows: Vec<(Place, Option<Vec<Value>>)>,
    checkpoints: Vec<(&'static str, Checkpoint)>,
}

struct State {
    rows: Rows,
    checkpoints: BTreeMap<&'static str, Checkpoint>,
    undo: VecDeque<Undo>,
}

struct Shared {
    state: Mutex<State>,
    /// On SQLite: who writes.
    writer: Option<Arc<Lock<()>>>,
    /// On PostgreSQL: who has changed a checkpoint's row and not ended its transaction.
    locks: BTreeMap<&'static str, Arc<Lock<()>>>,
}

/// Read models in memory, as one node reaches them. All clones have the same rows.
#[derive(Clone)]
pub struct Memory {
    shared: Arc<Shared>,
    weather: Arc<dyn Weather>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

impl Memory {
    /// Empty tables with the promises of SQLite.
    pub fn like_sqlite() -> Self {
        Self::new(Some(Arc::default()))
    }

    /// Empty tables with the promises of PostgreSQL.
    pub fn like_postgres() -> Self {
        Self::new(None)
    }

    fn new(writer: Option<Arc<Lock<()>>>) -> Self {
        let start = Checkpoint {
            position: Position::START,
            epoch: 0,
        };
        let names = project::names();
        let state = State {
            rows: BTreeMap::new(),
            checkpoints: names.iter().map(|name| (*name, start)).collect(),
            undo: VecDeque::new(),
        };
        let shared = Shared {
            state: Mutex::new(state),
            writer,
            locks: names.iter().map(|name| (*name, Arc::default())).collect(),
        };
        Self {
            shared: Arc::new(shared),
            weather: Arc::new(Calm),
        }
    }

    /// The same rows, reached through another weather.
    #[must_use]
    pub fn under(&self, weather: Arc<dyn Weather>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            weather,
        }
    }

    /// What a power cut does: up to `commits` of the last commits are gone.
    pub fn lose_last(&self, commits: usize) {
        let mut state = self.state();
        for _ in 0..commits {
            let Some(undo) = state.undo.pop_back() else {
                return;
            };
            for (place, row) in undo.rows {
                state.put(place, row);
            }
            for (name, checkpoint) in undo.checkpoints {
                state.checkpoints.insert(name, checkpoint);
            }
        }
    }

    /// Where each projection stands.
    pub fn positions(&self) -> Vec<(&'static str, Position)> {
        let state = self.state();
        let positions = state.checkpoints.iter();
        positions.map(|(name, at)| (*name, at.position)).collect()
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.state().rows.len()
    }

    /// The first row that the other does not have just so, if there is one.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let (mine, theirs) = (self.state().rows.clone(), other.state().rows.clone());
        let places = mine.keys().chain(theirs.keys());
        let mut different = places.filter(|place| mine.get(*place) != theirs.get(*place));
        different.next().map(|place| {
            let (table, key) = place;
            let shown = |rows: &Rows| format!("{:?}", rows.get(place));
            format!("{table} {key:?}: {} or {}", shown(&mine), shown(&theirs))
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn checkpoint(
        &self,
        projection: &'static str,
    ) -> Result<Option<Checkpoint>, DbError> {
        match self.weather.before(Step::Look).await {
            Fate::Gone => std::future::pending().await,
            Fate::LostBefore | Fate::LostAfter => return Err(lost()),
            Fate::Done | Fate::Torn => {}
        }
        let found = self.state().checkpoints.get(projection).copied();
        match self.weather.after(Step::Look).await {
            Fate::Gone => std::future::pending().await,
            Fate::Done | Fate::LostBefore | Fate::LostAfter | Fate::Torn => Ok(found),
        }
    }

    pub(crate) async fn begin(&self) -> Result<MemoryTx, DbError> {
        MemoryTx::begin(self.clone()).await
    }
}

impl State {
    fn put(&mut self, place: Place, row: Option<Vec<Value>>) -> Option<Vec<Value>> {
        match row {
            Some(row) => self.rows.insert(place, row),
            None => self.rows.remove(&place),
        }
    }
}

fn lost() -> DbError {
    DbError::Sql(sqlx::Error::Io(std::io::Error::new(
        std::io::ErrorKind::ConnectionReset,
        "the connection broke, as the simulation wants it",
    )))
}

/// Questions are SQL, and nothing here reads SQL.
pub(super) fn no_sql() -> DbError {
    DbError::Sql(sqlx::Error::Protocol(
        "read models in memory answer no questions".to_owned(),
    ))
}
