//! Tips by channel and by position.

use super::{Page, QueryError, before, bounded, by_keys, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::wallet_rows::Tip;
use crate::record::Record;
use std::collections::HashMap;
use tributary_domain::{ChannelId, Position};

fn tip(row: &Row) -> Result<Tip, DbError> {
    Tip::read(&mut row.columns())
}

const TIPS: &str = "SELECT position, entry, channel, stream, payer, sender_name, currency, amount, \
     fee, net, message, sent_at FROM tips WHERE";

impl Views {
    /// A channel's tips, the newest first. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn tips(
        &self,
        channel: ChannelId,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<Tip>, QueryError> {
        let (limit, rows) = bounded(first);
        let sql = format!("{TIPS} channel = $1 AND position < $2 ORDER BY position DESC LIMIT $3");
        let values = values![channel, before(after), rows];
        let rows = self.serving().db.all(&sql, values).await?;
        Ok(Page::of(read_all(&rows, tip)?, limit))
    }

    /// The tip at this position, if a tip is there.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn tip(&self, position: Position) -> Result<Option<Tip>, QueryError> {
        Ok(self.tips_at(&[position]).await?.remove(&position))
    }

    /// The tips at these positions.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn tips_at(
        &self,
        positions: &[Position],
    ) -> Result<HashMap<Position, Tip>, QueryError> {
        let sql = |positions: &str| format!("{TIPS} position IN ({positions})");
        let found = by_keys(&self.serving().db, sql, positions.iter().copied(), tip).await?;
        Ok(found.into_iter().map(|tip| (tip.position, tip)).collect())
    }
}
