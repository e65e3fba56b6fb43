//! Who gave most: to a channel in all, or in a stream or a time.

use super::{Page, QueryError, bounded, read_all};
use crate::Views;
use crate::db::{DbError, Row, Value, values};
use crate::project::ledger_rows::TipperRow;
use crate::project::wallet_rows::currency;
use crate::record::Record as _;
use tributary_domain::{AccountId, ChannelId, Currency, Money, StreamId, Timestamp};

/// What a viewer gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tipper {
    /// Who.
    pub payer: AccountId,
    /// How much, refunds taken off.
    pub amount: Money,
    /// How many tips, refunded ones taken off.
    pub tips: i64,
}

/// Where someone stands among those who gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TipperCursor {
    /// Minor units.
    pub amount: i64,
    /// Who.
    pub payer: AccountId,
}

/// A text that no list of tippers gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no place among those who gave")]
pub struct NotATipperCursor;

impl From<&Tipper> for TipperCursor {
    fn from(tipper: &Tipper) -> Self {
        Self {
            amount: tipper.amount.minor(),
            payer: tipper.payer,
        }
    }
}

impl std::fmt::Display for TipperCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.amount, self.payer)
    }
}

impl std::str::FromStr for TipperCursor {
    type Err = NotATipperCursor;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (amount, payer) = text.split_once(' ').ok_or(NotATipperCursor)?;
        Ok(Self {
            amount: amount.parse().map_err(|_| NotATipperCursor)?,
            payer: payer.parse().map_err(|_| NotATipperCursor)?,
        })
    }
}

/// Of which tips those who gave are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TippersOf {
    /// To which channel.
    pub channel: ChannelId,
    /// In which currency.
    pub currency: Currency,
    /// While this stream was open.
    pub stream: Option<StreamId>,
    /// At this moment or later.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// Over all time there is a row for each.
const IN_ALL: &str =
    "SELECT channel, currency, payer, amount, tips, last_position FROM ledger_tippers
    WHERE channel = $1 AND currency = $2 AND amount > 0
      AND (amount < $3 OR (amount = $3 AND payer > $4))
    ORDER BY amount DESC, payer LIMIT $5";

fn in_all(row: &Row) -> Result<Tipper, DbError> {
    let row = TipperRow::read(&mut row.columns())?;
    Ok(Tipper {
        payer: row.payer,
        amount: Money::from_minor(row.amount, row.currency),
        tips: row.tips,
    })
}

fn added_up(row: &Row) -> Result<Tipper, DbError> {
    let mut columns = row.columns();
    let (payer, currency) = (columns.id(AccountId)?, columns.parsed(currency)?);
    Ok(Tipper {
        payer,
        amount: Money::from_minor(columns.take()?, currency),
        tips: columns.take()?,
    })
}

impl Views {
    /// Who gave most to a channel in one currency, refunds taken off.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn top_tippers(
        &self,
        of: TippersOf,
        first: usize,
        after: Option<TipperCursor>,
    ) -> Result<Page<Tipper>, QueryError> {
        let (limit, rows) = bounded(first);
        let nobody = AccountId(uuid::Uuid::nil());
        let (amount, payer) = after.map_or((i64::MAX, nobody), |after| (after.amount, after.payer));
        let mut values = values![of.channel, of.currency, amount, payer, rows];
        let db = &self.serving().db;
        if of.stream.is_none() && of.since.is_none() && of.until.is_none() {
            let found = db.all(IN_ALL, values).await?;
            return Ok(Page::of(read_all(&found, in_all)?, limit));
        }
        let mut which = String::new();
        let mut that = |condition: &str, value: Value| {
            values.push(value);
            which.push_str(&format!(" AND {condition} ${}", values.len()));
        };
        if let Some(stream) = of.stream {
            that("stream =", stream.into());
        }
        if let Some(since) = of.since {
            that("sent_at >=", since.into());
        }
        if let Some(until) = of.until {
            that("sent_at <", until.into());
        }
        let sql = format!(
            "SELECT payer, currency, given, tips FROM (
                SELECT payer, currency, CAST(SUM(amount) AS BIGINT) AS given, COUNT(*) AS tips
                FROM tips WHERE channel = $1 AND currency = $2 AND refunded_at IS NULL{which}
                GROUP BY payer, currency) AS sums
            WHERE given < $3 OR (given = $3 AND payer > $4)
            ORDER BY given DESC, payer LIMIT $5"
        );
        let found = db.all(&sql, values).await?;
        Ok(Page::of(read_all(&found, added_up)?, limit))
    }
}
