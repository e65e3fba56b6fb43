//! How long viewers stay.

use super::QueryError;
use crate::Views;
use crate::db::{DbError, values};
use crate::project::audience_rows::Retention;
use crate::record::Record;
use tributary_domain::StreamId;

impl Views {
    /// How many viewers watched a stream for at least 0, 1, 2, … whole minutes, of those of whom a visit is
    /// over. Empty when nobody left yet. At most a day: whoever watched longer did so for a day here.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn retention(&self, stream: StreamId) -> Result<Vec<i64>, QueryError> {
        let sql = format!(
            "SELECT {} FROM stream_retention WHERE stream = $1",
            Retention::TABLE.names()
        );
        let rows = self.serving().db.all(&sql, values![stream]).await?;
        let Some(row) = rows.first() else {
            return Ok(vec![]);
        };
        let row = Retention::read(&mut row.columns())?;
        let mut counts = row.counts().ok_or_else(|| DbError::Column {
            index: 1,
            reason: "it is no list of numbers".to_owned(),
        })?;
        // From how many watched for so long to how many watched for so long or longer.
        let mut longer = 0;
        for count in counts.iter_mut().rev() {
            longer += *count;
            *count = longer;
        }
        Ok(counts)
    }
}
