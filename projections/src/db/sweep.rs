//! A change to every row that is one person's: what an erasure does to a read model.
//!
//! All else changes rows by their keys, a few at a time. A person's messages may be a million, and no
//! key leads to them; one statement finds and empties them where they are.

use super::{DbError, Table, Tx, Value};

/// Sets some columns of every row whose `column` has this value.
#[derive(Debug, Clone)]
pub(crate) struct Sweep {
    pub(crate) column: &'static str,
    pub(crate) value: Value,
    pub(crate) sets: Vec<(&'static str, Value)>,
}

impl Sweep {
    fn sql(&self, table: &Table) -> String {
        let sets: Vec<_> = self
            .sets
            .iter()
            .enumerate()
            .map(|(index, (column, _))| format!("{column} = ${}", index + 1))
            .collect();
        format!(
            "UPDATE {} SET {} WHERE {} = ${}",
            table.name,
            sets.join(", "),
            self.column,
            self.sets.len() + 1
        )
    }

    fn values(&self) -> Vec<Value> {
        let sets = self.sets.iter().map(|(_, value)| value.clone());
        sets.chain([self.value.clone()]).collect()
    }

    /// The same on a row in memory.
    #[cfg(feature = "testing")]
    pub(crate) fn apply(&self, table: &Table, row: &mut [Value]) {
        let place = |name: &str| table.columns.iter().position(|(column, _)| *column == name);
        let is_theirs = place(self.column).and_then(|at| row.get(at)) == Some(&self.value);
        if !is_theirs {
            return;
        }
        for (column, value) in &self.sets {
            if let Some(cell) = place(column).and_then(|at| row.get_mut(at)) {
                *cell = value.clone();
            }
        }
    }
}

impl Tx {
    /// Sweeps a table, this transaction's own writes included.
    pub(crate) async fn sweep(&mut self, table: &Table, sweep: &Sweep) -> Result<(), DbError> {
        #[cfg(feature = "testing")]
        if let Self::Memory(tx) = self {
            return tx.sweep(table, sweep).await;
        }
        let sql = sweep.sql(table);
        self.execute(&sql, sweep.values()).await.map(|_| ())
    }
}
