//! Rows by their keys: what a projector asks of a table, whatever keeps it.

use super::upsert::next_rows;
use super::{DbError, Row, Table, Tx, Value, arrays};

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
        match self {
            Self::Postgres(tx) => {
                let arguments = arrays::arguments(table.key_columns(), keys, values)?;
                let sql = table.select_arrays();
                let rows = sqlx::query_with(&sql, arguments)
                    .fetch_all(&mut **tx)
                    .await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
            _ => self.all(&table.select(keys), values).await,
        }
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
        match self {
            Self::Postgres(tx) => {
                let arguments = arrays::arguments(table.columns, rows, values)?;
                let sql = table.upsert_arrays();
                sqlx::query_with(&sql, arguments).execute(&mut **tx).await?;
            }
            _ => {
                self.execute(&table.upsert(rows), values).await?;
            }
        }
        Ok(())
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
        match self {
            Self::Postgres(tx) => {
                let arguments = arrays::arguments(table.key_columns(), keys, values)?;
                let sql = table.delete_arrays();
                sqlx::query_with(&sql, arguments).execute(&mut **tx).await?;
            }
            _ => {
                self.execute(&table.delete(keys), values).await?;
            }
        }
        Ok(())
    }

    /// How many of `left` rows the next statement takes.
    pub(crate) fn next_rows(&self, left: usize) -> usize {
        match self {
            Self::Postgres(_) => left.min(arrays::ROWS_MAX),
            _ => next_rows(left),
        }
    }
}
