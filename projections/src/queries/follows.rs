//! Who follows whom.

use super::{Page, QueryError, before, bounded, by_keys, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::follows::{Follow, FollowerCount};
use crate::record::Record;
use std::collections::HashMap;
use tributary_domain::{AccountId, ChannelId, Position};

const FOLLOWS: &str = "SELECT account, channel, since, position FROM follows WHERE";

fn follow(row: &Row) -> Result<Follow, DbError> {
    Follow::read(&mut row.columns())
}

impl Views {
    /// How many follow each of these channels. One that was never followed is not in the map.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn follower_counts(
        &self,
        channels: &[ChannelId],
    ) -> Result<HashMap<ChannelId, i64>, QueryError> {
        let sql = |keys: &str| {
            format!("SELECT channel, followers FROM follower_counts WHERE channel IN ({keys})")
        };
        let read = |row: &Row| FollowerCount::read(&mut row.columns());
        let channels = channels.iter().copied();
        let found = by_keys(&self.serving().db, sql, channels, read).await?;
        Ok(found.into_iter().map(FollowerCount::pair).collect())
    }

    /// Whether somebody follows a channel, and since when.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn follow(
        &self,
        account: AccountId,
        channel: ChannelId,
    ) -> Result<Option<Follow>, QueryError> {
        let sql = format!("{FOLLOWS} account = $1 AND channel = $2");
        let rows = self
            .serving()
            .db
            .all(&sql, values![account, channel])
            .await?;
        Ok(read_all(&rows, follow)?.pop())
    }

    /// What somebody follows, the newest first. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn followed_by(
        &self,
        account: AccountId,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<Follow>, QueryError> {
        let sql =
            format!("{FOLLOWS} account = $1 AND position < $2 ORDER BY position DESC LIMIT $3");
        let (limit, rows) = bounded(first);
        let found = self
            .serving()
            .db
            .all(&sql, values![account, before(after), rows])
            .await?;
        Ok(Page::of(read_all(&found, follow)?, limit))
    }
}
