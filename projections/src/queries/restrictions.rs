//! Bans and running timeouts.

use super::{QueryError, RESTRICTIONS_MAX, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::restrictions::Restriction;
use crate::record::Record;
use tributary_domain::{AccountId, ChannelId, Timestamp};

fn restriction(row: &Row) -> Result<Restriction, DbError> {
    Restriction::read(&mut row.columns())
}

const RESTRICTIONS: &str = "SELECT channel, account, kind, since, until, reason \
     FROM restrictions WHERE (until IS NULL OR until > $1) AND channel = $2";

impl Views {
    /// Who is banned from a channel or timed out there at `now`, the newest first; at most
    /// [`RESTRICTIONS_MAX`].
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn restrictions(
        &self,
        channel: ChannelId,
        now: Timestamp,
    ) -> Result<Vec<Restriction>, QueryError> {
        let sql = format!("{RESTRICTIONS} ORDER BY since DESC, account LIMIT {RESTRICTIONS_MAX}");
        read_all(
            &self.serving().db.all(&sql, values![now, channel]).await?,
            restriction,
        )
    }

    /// What one account may not do in a channel at `now`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn restriction(
        &self,
        channel: ChannelId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Option<Restriction>, QueryError> {
        let sql = format!("{RESTRICTIONS} AND account = $3");
        let rows = self
            .serving()
            .db
            .all(&sql, values![now, channel, account])
            .await?;
        Ok(rows.first().map(restriction).transpose()?)
    }
}
