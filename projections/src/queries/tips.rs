//! Tips by channel and by position.

use super::{Page, QueryError, before, bounded, by_channel, by_keys, pages_of};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::wallet_rows::Tip;
use crate::record::Record;
use std::cmp::Reverse;
use std::collections::HashMap;
use tributary_domain::{ChannelId, Position};

fn tip(row: &Row) -> Result<Tip, DbError> {
    Tip::read(&mut row.columns())
}

const TIPS: &str = "SELECT position, entry, channel, stream, payer, sender_name, currency, amount, \
     fee, net, message, sent_at, refunded_at FROM tips WHERE";

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
        let mut found = self.tips_of(&[channel], first, after).await?;
        Ok(found.remove(&channel).unwrap_or_default())
    }

    /// The same of several channels. One without tips there is not in the map.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn tips_of(
        &self,
        channels: &[ChannelId],
        first: usize,
        after: Option<Position>,
    ) -> Result<HashMap<ChannelId, Page<Tip>>, QueryError> {
        let (limit, rows) = bounded(first);
        let one = |channel: &str| {
            format!("{TIPS} channel = {channel} AND position < $1 ORDER BY position DESC LIMIT $2")
        };
        let shared = values![before(after), rows];
        let found = pages_of(&self.serving().db, channels, shared, one, tip).await?;
        let newest = |tip: &Tip| Reverse(tip.position);
        Ok(by_channel(found, limit, |tip| tip.channel, newest))
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
