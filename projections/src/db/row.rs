//! Rows of either engine, read column by column from the left.

use super::DbError;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};
use tributary_domain::Position;
use uuid::Uuid;

/// A row of either engine.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
    #[cfg(feature = "testing")]
    Memory(Vec<super::Value>),
}

/// What both engines can read from a column.
pub(crate) trait Column:
    Plain + for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}
impl<T> Column for T where
    T: Plain
        + for<'r> Decode<'r, Sqlite>
        + Type<Sqlite>
        + for<'r> Decode<'r, Postgres>
        + Type<Postgres>
{
}

/// What a column in memory can be read as.
#[cfg(feature = "testing")]
pub(crate) use super::memory::Plain;
/// Nothing more is asked where no rows are in memory.
#[cfg(not(feature = "testing"))]
pub(crate) trait Plain {}
#[cfg(not(feature = "testing"))]
impl<T> Plain for T {}

/// Reads a row from its first column to its last.
pub(crate) struct Columns<'r> {
    row: &'r Row,
    next: usize,
}

impl Row {
    pub(crate) fn columns(&self) -> Columns<'_> {
        Columns { row: self, next: 0 }
    }
}

impl Columns<'_> {
    /// The next column.
    pub(crate) fn take<T: Column>(&mut self) -> Result<T, DbError> {
        let index = self.next;
        self.next += 1;
        let value = match self.row {
            Row::Sqlite(row) => row.try_get(index),
            Row::Postgres(row) => row.try_get(index),
            #[cfg(feature = "testing")]
            Row::Memory(row) => super::memory::plain(row.get(index)),
        };
        value.map_err(|error| DbError::Column {
            index,
            reason: error.to_string(),
        })
    }

    /// The next column, an id.
    pub(crate) fn id<T>(&mut self, id: fn(Uuid) -> T) -> Result<T, DbError> {
        self.take().map(id)
    }

    /// The next column, an id or NULL.
    pub(crate) fn optional_id<T>(&mut self, id: fn(Uuid) -> T) -> Result<Option<T>, DbError> {
        Ok(self.take::<Option<Uuid>>()?.map(id))
    }

    /// The next column, a place in the log.
    pub(crate) fn position(&mut self) -> Result<Position, DbError> {
        let value = self.take()?;
        Position::new(value).ok_or_else(|| self.corrupt(&value))
    }

    /// The next column, a text that `parse` knows.
    pub(crate) fn parsed<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<T, DbError> {
        let text = self.take::<String>()?;
        parse(&text).ok_or_else(|| self.corrupt(&text))
    }

    /// The next column, a text that `parse` knows, or NULL.
    pub(crate) fn optional_parsed<T>(
        &mut self,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, DbError> {
        let text = self.take::<Option<String>>()?;
        text.map(|text| parse(&text).ok_or_else(|| self.corrupt(&text)))
            .transpose()
    }

    fn corrupt(&self, value: &dyn std::fmt::Display) -> DbError {
        DbError::Column {
            index: self.next - 1,
            reason: format!("{value} is not a value of this column"),
        }
    }
}
