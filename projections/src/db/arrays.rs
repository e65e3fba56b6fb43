//! Many rows in one statement on PostgreSQL: an array for each column. The text is the same for any
//! number of rows, so that it is prepared once, and the server parses no thousand placeholders.

use super::{DbError, Table, Type, Value, micros};
use sqlx::Arguments as _;
use sqlx::postgres::PgArguments;
use tributary_domain::Timestamp;
use uuid::Uuid;

/// The most rows in one statement.
pub(crate) const ROWS_MAX: usize = 4_096;

enum Column {
    I64(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Uuid(Vec<Option<Uuid>>),
    Time(Vec<Option<Timestamp>>),
    Bool(Vec<Option<bool>>),
}

impl Column {
    fn new(kind: Type, rows: usize) -> Self {
        match kind {
            Type::I64 => Self::I64(Vec::with_capacity(rows)),
            Type::Text => Self::Text(Vec::with_capacity(rows)),
            Type::Uuid => Self::Uuid(Vec::with_capacity(rows)),
            Type::Time => Self::Time(Vec::with_capacity(rows)),
            Type::Bool => Self::Bool(Vec::with_capacity(rows)),
        }
    }

    /// A value of another type than the column's is a fault of this program; it is stored as NULL,
    /// which the table refuses or the comparison with the other engine shows.
    fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::I64(all), Value::I64(value)) => all.push(Some(value)),
            (Self::Text(all), Value::Text(value)) => all.push(Some(value)),
            (Self::Uuid(all), Value::Uuid(value)) => all.push(Some(value)),
            (Self::Time(all), Value::Time(value)) => all.push(Some(micros(value))),
            (Self::Bool(all), Value::Bool(value)) => all.push(Some(value)),
            (column, value) => {
                debug_assert!(
                    matches!(value, Value::Null(_)),
                    "{value:?} has another type"
                );
                match column {
                    Self::I64(all) => all.push(None),
                    Self::Text(all) => all.push(None),
                    Self::Uuid(all) => all.push(None),
                    Self::Time(all) => all.push(None),
                    Self::Bool(all) => all.push(None),
                }
            }
        }
    }

    fn add_to(self, arguments: &mut PgArguments) -> Result<(), DbError> {
        match self {
            Self::I64(all) => arguments.add(all),
            Self::Text(all) => arguments.add(all),
            Self::Uuid(all) => arguments.add(all),
            Self::Time(all) => arguments.add(all),
            Self::Bool(all) => arguments.add(all),
        }
        .map_err(sqlx::Error::Encode)?;
        Ok(())
    }
}

/// The values of `rows` rows, which stand one after the other, column by column.
pub(crate) fn arguments(
    columns: &[(&'static str, Type)],
    rows: usize,
    values: Vec<Value>,
) -> Result<PgArguments, DbError> {
    let kinds = columns.iter().map(|(_, kind)| *kind);
    let mut arrays: Vec<Column> = kinds.map(|kind| Column::new(kind, rows)).collect();
    let width = arrays.len().max(1);
    for (index, value) in values.into_iter().enumerate() {
        if let Some(array) = arrays.get_mut(index % width) {
            array.push(value);
        }
    }
    let mut arguments = PgArguments::default();
    for array in arrays {
        array.add_to(&mut arguments)?;
    }
    Ok(arguments)
}

/// `unnest($1::bigint[], …)` of columns.
fn unnest(columns: &[(&'static str, Type)]) -> String {
    let array = |(index, (_, kind)): (usize, &(&str, Type))| {
        let name = match kind {
            Type::I64 => "bigint",
            Type::Text => "text",
            Type::Uuid => "uuid",
            Type::Time => "timestamptz",
            Type::Bool => "boolean",
        };
        format!("${}::{name}[]", index + 1)
    };
    let arrays: Vec<_> = columns.iter().enumerate().map(array).collect();
    format!("unnest({})", arrays.join(", "))
}

impl Table {
    /// The columns of the key.
    pub(crate) fn key_columns(&self) -> &'static [(&'static str, Type)] {
        &self.columns[..self.key]
    }

    /// The rows of many keys.
    pub(crate) fn select_arrays(&self) -> String {
        let (names, keys, name) = (self.names(), self.keys(), self.name);
        let wanted = unnest(self.key_columns());
        format!("SELECT {names} FROM {wanted} AS wanted ({keys}) JOIN {name} USING ({keys})")
    }

    /// Writes many rows, new or not.
    pub(crate) fn upsert_arrays(&self) -> String {
        let rows = unnest(self.columns);
        self.upsert_from(&format!("SELECT * FROM {rows}"))
    }

    /// Deletes the rows of many keys.
    pub(crate) fn delete_arrays(&self) -> String {
        let (keys, name) = (self.keys(), self.name);
        let wanted = unnest(self.key_columns());
        format!("DELETE FROM {name} WHERE ({keys}) IN (SELECT * FROM {wanted})")
    }
}
