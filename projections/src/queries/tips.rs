//! Tips by channel and by position.

use super::{Page, QueryError, before, bounded, by_channel, by_keys, pages_of, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::wallet_rows::Tip;
use crate::record::Record;
use std::cmp::Reverse;
use std::collections::HashMap;
use tributary_domain::entry::GivenTip;
use tributary_domain::{AccountId, ChannelId, Currency, Position};

pub(super) fn tip(row: &Row) -> Result<Tip, DbError> {
    Tip::read(&mut row.columns())
}

/// Words that a moderator removed from the chat are not told here either.
pub(super) const TIPS: &str = "SELECT t.position, t.entry, t.channel, t.stream, t.payer, t.sender_name, t.currency, \
     t.amount, t.fee, t.net, \
     CASE WHEN m.deleted OR t.position <= COALESCE(c.cleared_upto, 0) THEN NULL ELSE t.message END \
     AS message, t.sent_at, t.refunded_at \
     FROM tips t LEFT JOIN chat_messages m ON m.position = t.position \
     LEFT JOIN chats c ON c.channel = t.channel WHERE";

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
            format!(
                "{TIPS} t.channel = {channel} AND t.position < $1 ORDER BY t.position DESC LIMIT $2"
            )
        };
        let shared = values![before(after), rows];
        let found = pages_of(&self.serving().db, channels, shared, one, tip).await?;
        let newest = |tip: &Tip| Reverse(tip.position);
        Ok(by_channel(found, limit, |tip| tip.channel, newest))
    }

    /// What an account gave in a currency behind `after`, the newest first, and was not taken back: what taking a
    /// payment back goes by. At most `limit` of them.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn tips_to_take_back(
        &self,
        payer: AccountId,
        currency: Currency,
        after: Position,
        limit: usize,
    ) -> Result<Vec<GivenTip>, QueryError> {
        let sql = format!(
            "{TIPS} t.payer = $1 AND t.currency = $2 AND t.position > $3 AND t.refunded_at IS NULL \
             ORDER BY t.position DESC LIMIT $4"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = values![payer, currency.to_string(), after, limit];
        let found = self.serving().db.all(&sql, values).await?;
        let given = |tip: Tip| GivenTip {
            position: tip.position,
            entry: tip.entry,
            payer: tip.payer,
            channel: tip.channel,
            stream: tip.stream,
            currency: tip.amount.currency,
            amount: tip.amount.amount,
            fee: tip.fee.amount,
            net: tip.net.amount,
        };
        Ok(read_all(&found, tip)?.into_iter().map(given).collect())
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
        let sql = |positions: &str| format!("{TIPS} t.position IN ({positions})");
        let found = by_keys(&self.serving().db, sql, positions.iter().copied(), tip).await?;
        Ok(found.into_iter().map(|tip| (tip.position, tip)).collect())
    }
}
