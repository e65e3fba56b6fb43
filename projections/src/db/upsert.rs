//! SQL that follows from a table's columns: read by keys, write many rows, delete by keys.

use super::{DbError, Row, Type, Value};
use std::fmt::Write as _;
use tributary_domain::Timestamp;
use uuid::Uuid;

/// A table of a read model.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Every column with its type; the key's come first.
    pub(crate) columns: &'static [(&'static str, Type)],
    /// How many columns the key has.
    pub(crate) key: usize,
}

/// The largest number of rows in one statement. Numbers of rows are parted into powers of two, so
/// that a table has a handful of statements and the engines keep them prepared.
pub(crate) const ROWS_MAX: usize = 128;

/// How many rows the next statement takes when `left` remain.
pub(crate) fn next_rows(left: usize) -> usize {
    let mut rows = ROWS_MAX;
    while rows > left.max(1) {
        rows /= 2;
    }
    rows
}

/// `$1, $2, …`, from `$from`.
pub(crate) fn placeholders(from: usize, count: usize) -> String {
    let mut text = String::new();
    for n in from..from + count {
        let separator = if n == from { "" } else { ", " };
        let _ = write!(text, "{separator}${n}");
    }
    text
}

/// `(?, …), (?, …)` of `rows` times `columns`. SQLite looks a `$n` up by its name, one after the
/// other, which is slow in long statements; `?` it does not.
fn tuples(rows: usize, columns: usize) -> String {
    let tuple = format!("({})", vec!["?"; columns].join(", "));
    vec![tuple; rows].join(", ")
}

impl Table {
    /// Every column, as a list.
    pub(crate) fn names(&self) -> String {
        join(self.columns)
    }

    pub(super) fn keys(&self) -> String {
        join(&self.columns[..self.key])
    }

    /// The rows of `rows` keys. These three are SQLite's; PostgreSQL's are in
    /// [`arrays`](super::arrays).
    pub(crate) fn select(&self, rows: usize) -> String {
        let (columns, condition) = (self.names(), self.condition(rows));
        format!("SELECT {columns} FROM {} WHERE {condition}", self.name)
    }

    /// Writes `rows` rows, new or not.
    pub(crate) fn upsert(&self, rows: usize) -> String {
        let tuples = tuples(rows, self.columns.len());
        self.upsert_from(&format!("VALUES {tuples}"))
    }

    /// Writes the rows that `source` yields, new or not.
    pub(super) fn upsert_from(&self, source: &str) -> String {
        let sets: Vec<_> = self.columns[self.key..]
            .iter()
            .map(|(column, _)| format!("{column} = excluded.{column}"))
            .collect();
        format!(
            "INSERT INTO {} ({}) {source} ON CONFLICT ({}) DO UPDATE SET {}",
            self.name,
            self.names(),
            self.keys(),
            sets.join(", ")
        )
    }

    /// Deletes the rows of `rows` keys.
    pub(crate) fn delete(&self, rows: usize) -> String {
        format!("DELETE FROM {} WHERE {}", self.name, self.condition(rows))
    }

    /// The first `limit` rows in the order of their keys, after a key if `after`.
    pub(crate) fn page(&self, after: bool, limit: usize) -> String {
        let keys = self.keys();
        let condition = if after {
            format!("WHERE ({keys}) > ({})", placeholders(1, self.key))
        } else {
            String::new()
        };
        let (columns, name) = (self.names(), self.name);
        format!("SELECT {columns} FROM {name} {condition} ORDER BY {keys} LIMIT {limit}")
    }

    /// A row as it stands, whatever its values mean.
    pub(crate) fn read(&self, row: &Row) -> Result<Vec<Value>, DbError> {
        let mut columns = row.columns();
        self.columns
            .iter()
            .map(|(_, kind)| {
                Ok(match kind {
                    Type::I64 => columns.take::<Option<i64>>()?.into(),
                    Type::Text => columns.take::<Option<String>>()?.into(),
                    Type::Uuid => columns.take::<Option<Uuid>>()?.into(),
                    Type::Time => columns.take::<Option<Timestamp>>()?.into(),
                    Type::Bool => columns.take::<Option<bool>>()?.into(),
                })
            })
            .collect()
    }

    fn condition(&self, rows: usize) -> String {
        if self.key == 1 {
            return format!("{} IN {}", self.keys(), tuples(1, rows));
        }
        // For a list of tuples SQLite scans the whole table.
        let one: Vec<_> = self.columns[..self.key]
            .iter()
            .map(|(column, _)| format!("{column} = ?"))
            .collect();
        vec![format!("({})", one.join(" AND ")); rows].join(" OR ")
    }
}

fn join(columns: &[(&'static str, Type)]) -> String {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table {
        name: "t",
        columns: &[("a", Type::I64), ("b", Type::I64), ("c", Type::Text)],
        key: 2,
    };

    #[test]
    fn statements_follow_from_the_columns() {
        assert_eq!(
            TABLE.upsert(2),
            "INSERT INTO t (a, b, c) VALUES (?, ?, ?), (?, ?, ?) \
             ON CONFLICT (a, b) DO UPDATE SET c = excluded.c"
        );
        assert_eq!(
            TABLE.select(2),
            "SELECT a, b, c FROM t WHERE (a = ? AND b = ?) OR (a = ? AND b = ?)"
        );
        let single = Table { key: 1, ..TABLE };
        assert_eq!(single.delete(2), "DELETE FROM t WHERE a IN (?, ?)");
    }

    #[test]
    fn postgres_takes_an_array_for_each_column() {
        assert_eq!(
            TABLE.upsert_arrays(),
            "INSERT INTO t (a, b, c) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[]) \
             ON CONFLICT (a, b) DO UPDATE SET c = excluded.c"
        );
        assert_eq!(
            TABLE.select_arrays(),
            "SELECT a, b, c FROM unnest($1::bigint[], $2::bigint[]) AS wanted (a, b) \
             JOIN t USING (a, b)"
        );
        assert_eq!(
            TABLE.delete_arrays(),
            "DELETE FROM t WHERE (a, b) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))"
        );
    }

    #[test]
    fn any_number_of_rows_parts_into_few_sizes() {
        for total in 1..1_000 {
            let mut left = total;
            let mut statements = 0;
            while left > 0 {
                let rows = next_rows(left);
                assert!(rows.is_power_of_two() && rows <= left);
                left -= rows;
                statements += 1;
            }
            assert!(statements <= total / ROWS_MAX + 7);
        }
    }
}
