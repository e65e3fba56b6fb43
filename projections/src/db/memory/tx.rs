//! A transaction that a projector writes in memory.

use super::{Fate, Memory, Place, Step, UNDO_MAX, Undo, lost};
use crate::db::{Checkpoint, DbError, Row, Sweep, Table, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;
use tributary_domain::Position;

/// A transaction over rows in memory. Dropped, it is rolled back.
pub(crate) struct MemoryTx {
    memory: Memory,
    locks: Vec<OwnedMutexGuard<()>>,
    rows: BTreeMap<Place, Option<Vec<Value>>>,
    checkpoints: BTreeMap<&'static str, Checkpoint>,
    /// The connection broke: the server has rolled back.
    broken: bool,
}

impl MemoryTx {
    pub(super) async fn begin(memory: Memory) -> Result<Self, DbError> {
        let writer = memory.shared.writer.clone();
        let mut tx = Self {
            memory,
            locks: vec![],
            rows: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            broken: false,
        };
        tx.step(Step::Begin).await?;
        if let Some(writer) = writer {
            tx.locks.push(writer.lock_owned().await);
        }
        tx.answered(Step::Begin).await;
        Ok(tx)
    }

    /// On its way to the database; an error if it does not arrive.
    async fn step(&mut self, step: Step) -> Result<(), DbError> {
        if self.broken {
            return Err(lost());
        }
        match self.memory.weather.before(step).await {
            Fate::Done | Fate::Torn => Ok(()),
            Fate::LostBefore | Fate::LostAfter => {
                self.end();
                Err(lost())
            }
            Fate::Gone => self.gone().await,
        }
    }

    async fn answered(&mut self, step: Step) {
        if self.memory.weather.after(step).await == Fate::Gone {
            self.gone::<()>().await;
        }
    }

    fn end(&mut self) {
        self.broken = true;
        self.rows.clear();
        self.checkpoints.clear();
        self.locks.clear();
    }

    async fn gone<T>(&mut self) -> T {
        self.end();
        std::future::pending().await
    }

    pub(crate) async fn select(
        &mut self,
        table: &Table,
        keys: &[Value],
    ) -> Result<Vec<Row>, DbError> {
        self.step(Step::Read).await?;
        let mut found = vec![];
        {
            let state = self.memory.state();
            for key in keys.chunks(table.key) {
                let place = (table.name, key.to_vec());
                let row = match self.rows.get(&place) {
                    Some(written) => written.as_ref(),
                    None => state.rows.get(&place),
                };
                found.extend(row.cloned().map(Row::Memory));
            }
        }
        self.answered(Step::Read).await;
        Ok(found)
    }

    pub(crate) async fn upsert(&mut self, table: &Table, rows: &[Value]) -> Result<(), DbError> {
        self.step(Step::Write).await?;
        for row in rows.chunks(table.columns.len()) {
            let place = (table.name, row[..table.key].to_vec());
            self.rows.insert(place, Some(row.to_vec()));
        }
        self.answered(Step::Write).await;
        Ok(())
    }

    pub(crate) async fn delete(&mut self, table: &Table, keys: &[Value]) -> Result<(), DbError> {
        self.step(Step::Write).await?;
        for key in keys.chunks(table.key) {
            self.rows.insert((table.name, key.to_vec()), None);
        }
        self.answered(Step::Write).await;
        Ok(())
    }

    pub(crate) async fn sweep(&mut self, table: &Table, sweep: &Sweep) -> Result<(), DbError> {
        self.step(Step::Write).await?;
        let kept: Vec<_> = {
            let state = self.memory.state();
            let rows = state.rows.iter().filter(|(place, _)| place.0 == table.name);
            rows.map(|(place, row)| (place.clone(), row.clone()))
                .collect()
        };
        for (place, row) in kept {
            self.rows.entry(place).or_insert(Some(row));
        }
        let own = self
            .rows
            .iter_mut()
            .filter(|(place, _)| place.0 == table.name);
        for row in own.filter_map(|(_, row)| row.as_mut()) {
            sweep.apply(table, row);
        }
        self.answered(Step::Write).await;
        Ok(())
    }

    /// Waits for whoever has changed the row, and keeps others from changing it.
    async fn lock(&mut self, projection: &'static str) -> Option<Checkpoint> {
        if self.memory.shared.writer.is_none() && !self.checkpoints.contains_key(projection) {
            let lock = Arc::clone(self.memory.shared.locks.get(projection)?);
            self.locks.push(lock.lock_owned().await);
        }
        let own = self.checkpoints.get(projection).copied();
        own.or_else(|| self.memory.state().checkpoints.get(projection).copied())
    }

    pub(crate) async fn take_over(
        &mut self,
        projection: &'static str,
    ) -> Result<Option<Checkpoint>, DbError> {
        self.step(Step::TakeOver).await?;
        let taken = self.lock(projection).await.map(|found| Checkpoint {
            epoch: found.epoch + 1,
            ..found
        });
        if let Some(taken) = taken {
            self.checkpoints.insert(projection, taken);
        }
        self.answered(Step::TakeOver).await;
        Ok(taken)
    }

    pub(crate) async fn move_checkpoint(
        &mut self,
        projection: &'static str,
        from: Checkpoint,
        upto: Position,
    ) -> Result<bool, DbError> {
        self.step(Step::Move).await?;
        let moved = self.lock(projection).await == Some(from);
        if moved {
            let position = upto;
            let checkpoint = Checkpoint { position, ..from };
            self.checkpoints.insert(projection, checkpoint);
        }
        self.answered(Step::Move).await;
        Ok(moved)
    }

    pub(crate) async fn commit(mut self) -> Result<(), DbError> {
        if self.broken {
            return Err(lost());
        }
        match self.memory.weather.before(Step::Commit).await {
            Fate::Done => {
                self.apply();
                self.answered(Step::Commit).await;
                Ok(())
            }
            Fate::LostBefore => Err(lost()),
            Fate::Torn => {
                self.checkpoints.clear();
                self.apply();
                Err(lost())
            }
            Fate::LostAfter => {
                self.apply();
                Err(lost())
            }
            Fate::Gone => self.gone().await,
        }
    }

    fn apply(&mut self) {
        let mut undo = Undo {
            rows: vec![],
            checkpoints: vec![],
        };
        let mut state = self.memory.state();
        for (place, row) in std::mem::take(&mut self.rows) {
            let before = state.put(place.clone(), row);
            undo.rows.push((place, before));
        }
        for (name, checkpoint) in std::mem::take(&mut self.checkpoints) {
            let before = state.checkpoints.insert(name, checkpoint);
            undo.checkpoints.extend(before.map(|before| (name, before)));
        }
        state.undo.push_back(undo);
        if state.undo.len() > UNDO_MAX {
            state.undo.pop_front();
        }
        drop(state);
        self.locks.clear();
    }
}
