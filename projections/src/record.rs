//! A row of a read model, as Rust sees it.

use crate::db::{Columns, DbError, Table, Value};
use std::fmt::Debug;
use std::hash::Hash;

/// A row of one table, the same in a projection, in SQL and (mostly) for readers.
pub(crate) trait Record: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// What names the row.
    type Key: Clone + Debug + Eq + Hash + Ord + Send + Sync + 'static;

    /// Where it is stored; the columns in the order of [`values`](Self::values).
    const TABLE: Table;

    /// The most rows that a projector keeps between batches. Large rows need a small number.
    const CACHED_MAX: usize = 10_000;

    /// What names this row.
    fn key(&self) -> Self::Key;
    /// The key's columns.
    fn key_values(key: &Self::Key) -> Vec<Value>;
    /// Every column.
    fn values(&self) -> Vec<Value>;
    /// Reads every column, in order.
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError>;
}
