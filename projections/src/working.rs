//! The working set of one table: the rows that a batch touches, read once and written once.

use crate::db::{DbError, Sweep, Tx, Value};
use crate::fold::FoldError;
use crate::record::Record;
use futures::future::BoxFuture;
use std::collections::{BTreeSet, HashMap};

/// Rows of one table, by key. The projector is the table's only writer, so that rows may stay here
/// from batch to batch; after a failed transaction they must go ([`Table::clear`]).
pub(crate) struct Working<R: Record> {
    rows: HashMap<R::Key, Option<R>>,
    wanted: BTreeSet<R::Key>,
    changed: BTreeSet<R::Key>,
    sweeps: Vec<Sweep>,
}

impl<R: Record> Default for Working<R> {
    fn default() -> Self {
        Self {
            rows: HashMap::new(),
            wanted: BTreeSet::new(),
            changed: BTreeSet::new(),
            sweeps: Vec::new(),
        }
    }
}

impl<R: Record> Working<R> {
    /// Asks for a row to be at hand when the batch is folded.
    pub(crate) fn want(&mut self, key: R::Key) {
        if !self.rows.contains_key(&key) {
            self.wanted.insert(key);
        }
    }

    /// Looks at a row; `None` if there is no such row.
    pub(crate) fn get(&self, key: &R::Key) -> Result<Option<&R>, FoldError> {
        self.rows
            .get(key)
            .map(Option::as_ref)
            .ok_or_else(|| FoldError::not_at_hand::<R>(key))
    }

    /// A row, if there is one at hand.
    pub(crate) fn found(&self, key: &R::Key) -> Option<&R> {
        self.rows.get(key).and_then(Option::as_ref)
    }

    /// Changes a row that must be there.
    pub(crate) fn edit(&mut self, key: &R::Key) -> Result<&mut R, FoldError> {
        let row = self
            .rows
            .get_mut(key)
            .ok_or_else(|| FoldError::not_at_hand::<R>(key))?;
        let row = row.as_mut().ok_or_else(|| FoldError::missing::<R>(key))?;
        self.changed.insert(key.clone());
        Ok(row)
    }

    /// Changes a row, made by `new` if there is none.
    pub(crate) fn edit_or(
        &mut self,
        key: &R::Key,
        new: impl FnOnce() -> R,
    ) -> Result<&mut R, FoldError> {
        let row = self
            .rows
            .get_mut(key)
            .ok_or_else(|| FoldError::not_at_hand::<R>(key))?;
        self.changed.insert(key.clone());
        Ok(row.get_or_insert_with(new))
    }

    /// Puts a row in its place, whatever was there.
    pub(crate) fn put(&mut self, row: R) {
        let key = row.key();
        self.changed.insert(key.clone());
        self.rows.insert(key, Some(row));
    }

    /// Sets columns of every row whose `column` has this value, after all else in the batch. So it may
    /// only take away what no later event gives back, as an erasure does.
    pub(crate) fn sweep(
        &mut self,
        column: &'static str,
        value: impl Into<Value>,
        sets: impl IntoIterator<Item = (&'static str, Value)>,
    ) {
        self.sweeps.push(Sweep {
            column,
            value: value.into(),
            sets: sets.into_iter().collect(),
        });
    }

    /// Removes a row, if it is there.
    pub(crate) fn remove(&mut self, key: &R::Key) {
        self.changed.insert(key.clone());
        self.rows.insert(key.clone(), None);
    }
}

/// What a projector does with any working set.
pub(crate) trait Rows: Send {
    /// Reads the rows that were asked for and are not at hand.
    fn load<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<(), DbError>>;
    /// Writes every changed row, once.
    fn store<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<(), DbError>>;
    /// What was asked for and is not at hand was never made: nothing is read.
    fn begin_empty(&mut self);
    /// The transaction is through: what was changed stands.
    fn settle(&mut self);
    /// The transaction failed: nothing here can be relied on.
    fn clear(&mut self);
}

impl<R: Record> Rows for Working<R> {
    fn begin_empty(&mut self) {
        for key in std::mem::take(&mut self.wanted) {
            self.rows.entry(key).or_insert(None);
        }
    }

    fn load<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let wanted: Vec<_> = std::mem::take(&mut self.wanted).into_iter().collect();
            for keys in parts(tx, &wanted) {
                let values = keys.iter().flat_map(R::key_values).collect();
                for row in tx.select(&R::TABLE, keys.len(), values).await? {
                    let row = R::read(&mut row.columns())?;
                    self.rows.insert(row.key(), Some(row));
                }
                for key in keys {
                    self.rows.entry(key.clone()).or_insert(None);
                }
            }
            Ok(())
        })
    }

    fn store<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<(), DbError>> {
        Box::pin(async move {
            let (mut written, mut removed): (Vec<&R>, Vec<&R::Key>) = (vec![], vec![]);
            for key in &self.changed {
                match self.rows.get(key) {
                    Some(Some(row)) => written.push(row),
                    Some(None) | None => removed.push(key),
                }
            }
            for rows in parts(tx, &written) {
                let values = rows.iter().flat_map(|row| row.values()).collect();
                tx.upsert(&R::TABLE, rows.len(), values).await?;
            }
            for keys in parts(tx, &removed) {
                let values = keys.iter().flat_map(|key| R::key_values(key)).collect();
                tx.delete(&R::TABLE, keys.len(), values).await?;
            }
            for sweep in &self.sweeps {
                tx.sweep(&R::TABLE, sweep).await?;
            }
            Ok(())
        })
    }

    fn settle(&mut self) {
        self.changed.clear();
        // What was swept is not as it stands here.
        if self.rows.len() > R::CACHED_MAX || !self.sweeps.is_empty() {
            self.rows.clear();
        }
        self.sweeps.clear();
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.wanted.clear();
        self.changed.clear();
        self.sweeps.clear();
    }
}

/// Parts of a list, each as long as one statement takes.
fn parts<'a, T>(tx: &Tx, mut list: &'a [T]) -> Vec<&'a [T]> {
    let mut parts = vec![];
    while !list.is_empty() {
        let (part, rest) = list.split_at(tx.next_rows(list.len()));
        parts.push(part);
        list = rest;
    }
    parts
}
