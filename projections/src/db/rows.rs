//! Rows by their keys: what a projector asks of a table, whatever keeps it.

use super::{DbError, Row, Table, Tx, Value};

impl Tx {
    /// The rows of `keys` keys, whose values stand one after the other.
    pub(crate) async fn select(
        &mut self,
        table: &Table,
        keys: usize,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, DbError> {
        #[cfg(feature = "testing")]
        if let Self::Memory(tx) = self {
            return tx.select(table, &values).await;
        }
        let sql = table.select(keys, self.is_sqlite());
        self.all(&sql, values).await
    }

    /// Writes `rows` rows, new or not, whose values stand one after the other.
    pub(crate) async fn upsert(
        &mut self,
        table: &Table,
        rows: usize,
        values: Vec<Value>,
    ) -> Result<(), DbError> {
        #[cfg(feature = "testing")]
        if let Self::Memory(tx) = self {
            return tx.upsert(table, &values).await;
        }
        let sql = table.upsert(rows, self.is_sqlite());
        self.execute(&sql, values).await.map(|_| ())
    }

    /// Deletes the rows of `keys` keys, whose values stand one after the other.
    pub(crate) async fn delete(
        &mut self,
        table: &Table,
        keys: usize,
        values: Vec<Value>,
    ) -> Result<(), DbError> {
        #[cfg(feature = "testing")]
        if let Self::Memory(tx) = self {
            return tx.delete(table, &values).await;
        }
        let sql = table.delete(keys, self.is_sqlite());
        self.execute(&sql, values).await.map(|_| ())
    }

    fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}
