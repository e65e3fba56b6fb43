//! Two generations, row by row.

use crate::db::{Db, DbError, Table, Value};
use std::cmp::Ordering;
use std::collections::VecDeque;

/// Rows that are read at a time.
const ROWS_MAX: usize = 1_000;
/// Differences that a report names, per table; all are counted.
const DIFFERENCES_MAX: usize = 10;

/// What comparing one table came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableReport {
    /// Which.
    pub table: &'static str,
    /// Rows that were made anew.
    pub rebuilt_rows: u64,
    /// Rows that serve.
    pub serving_rows: u64,
    /// Rows that are the same in both.
    pub equal_rows: u64,
    /// Rows that are not.
    pub different_rows: u64,
    /// The first of these.
    pub differences: Vec<Difference>,
    /// Why it was not compared, if it was not.
    pub not_compared: Option<String>,
}

impl TableReport {
    pub(crate) fn not_compared(table: &'static str, reason: &str) -> Self {
        let not_compared = Some(reason.to_owned());
        Self {
            not_compared,
            ..Self::of(table)
        }
    }

    fn of(table: &'static str) -> Self {
        Self {
            table,
            rebuilt_rows: 0,
            serving_rows: 0,
            equal_rows: 0,
            different_rows: 0,
            differences: vec![],
            not_compared: None,
        }
    }

    /// Whether both generations have the same rows.
    pub fn is_equal(&self) -> bool {
        self.different_rows == 0 && self.not_compared.is_none()
    }

    fn differs(&mut self, difference: Difference) {
        self.different_rows += 1;
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(difference);
        }
    }
}

/// A row that is not the same. Values are not shown: they may be personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The serving generation lacks the row.
    OnlyRebuilt {
        /// The row's key.
        key: String,
    },
    /// The serving generation has a row that the log does not lead to.
    OnlyServing {
        /// The row's key.
        key: String,
    },
    /// The row has other values.
    Columns {
        /// The row's key.
        key: String,
        /// The columns that differ.
        columns: Vec<&'static str>,
    },
}

/// Reads a table in the order of its key.
struct Reader<'a> {
    db: &'a Db,
    table: &'a Table,
    rows: VecDeque<Vec<Value>>,
    last: Option<Vec<Value>>,
    ended: bool,
}

impl<'a> Reader<'a> {
    fn new(db: &'a Db, table: &'a Table) -> Self {
        Self {
            db,
            table,
            rows: VecDeque::new(),
            last: None,
            ended: false,
        }
    }

    async fn fill(&mut self) -> Result<(), DbError> {
        if !self.rows.is_empty() || self.ended {
            return Ok(());
        }
        let sql = self.table.page(self.last.is_some(), ROWS_MAX);
        let rows = self
            .db
            .all(&sql, self.last.take().unwrap_or_default())
            .await?;
        self.ended = rows.len() < ROWS_MAX;
        for row in rows {
            self.rows.push_back(self.table.read(&row)?);
        }
        self.last = self.rows.back().map(|row| row[..self.table.key].to_vec());
        Ok(())
    }
}

/// Compares one table of two generations.
pub(crate) async fn table(
    table: &Table,
    serving: &Db,
    rebuilt: &Db,
) -> Result<TableReport, DbError> {
    let mut report = TableReport::of(table.name);
    let (mut old, mut new) = (Reader::new(serving, table), Reader::new(rebuilt, table));
    loop {
        old.fill().await?;
        new.fill().await?;
        let order = match (old.rows.front(), new.rows.front()) {
            (None, None) => return Ok(report),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old[..table.key].cmp(&new[..table.key]),
        };
        let old = if order.is_le() {
            old.rows.pop_front()
        } else {
            None
        };
        let new = if order.is_ge() {
            new.rows.pop_front()
        } else {
            None
        };
        report.serving_rows += u64::from(old.is_some());
        report.rebuilt_rows += u64::from(new.is_some());
        match (old, new) {
            (Some(old), Some(new)) if old == new => report.equal_rows += 1,
            (Some(old), Some(new)) => report.differs(Difference::Columns {
                key: key(table, &new),
                columns: different(table, &old, &new),
            }),
            (Some(old), None) => report.differs(Difference::OnlyServing {
                key: key(table, &old),
            }),
            (None, Some(new)) => report.differs(Difference::OnlyRebuilt {
                key: key(table, &new),
            }),
            (None, None) => return Ok(report),
        }
    }
}

fn key(table: &Table, row: &[Value]) -> String {
    let parts: Vec<_> = row[..table.key].iter().map(ToString::to_string).collect();
    parts.join(" ")
}

fn different(table: &Table, old: &[Value], new: &[Value]) -> Vec<&'static str> {
    let columns = table.columns.iter().zip(old.iter().zip(new));
    columns
        .filter(|(_, (old, new))| old != new)
        .map(|((name, _), _)| *name)
        .collect()
}
