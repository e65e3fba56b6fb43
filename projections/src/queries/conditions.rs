//! A page of a list, the newest first, of the rows that meet conditions which differ from question to question.

use super::{Page, QueryError, before, bounded, read_all};
use crate::db::{Db, DbError, Row, Value};
use tributary_domain::Position;

/// SQL as it grows, and the values in it.
pub(super) struct Conditions {
    sql: String,
    values: Vec<Value>,
    limit: usize,
    /// The column that orders the list.
    position: &'static str,
}

impl Conditions {
    /// A page of `first` rows of `select`, whose place in the list is `position`, from behind `after` on. `select`
    /// ends before the conditions.
    pub(super) fn newest(
        select: &str,
        position: &'static str,
        first: usize,
        after: Option<Position>,
    ) -> Self {
        let (limit, rows) = bounded(first);
        Self {
            sql: format!("{select} WHERE {position} < $1"),
            values: vec![before(after).into(), rows.into()],
            limit,
            position,
        }
    }

    /// That holds, too; `?` is the value's place.
    pub(super) fn that(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.and(&condition.replace('?', &place));
    }

    /// The same, if there is a value.
    pub(super) fn that_if(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.that(condition, value);
        }
    }

    /// That holds, too.
    pub(super) fn and(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    /// Asks.
    pub(super) async fn page<T>(
        mut self,
        db: &Db,
        read: impl Fn(&Row) -> Result<T, DbError>,
    ) -> Result<Page<T>, QueryError> {
        let order = format!(" ORDER BY {} DESC LIMIT $2", self.position);
        self.sql.push_str(&order);
        let found = db.all(&self.sql, self.values).await?;
        Ok(Page::of(read_all(&found, read)?, self.limit))
    }
}
