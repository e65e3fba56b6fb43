//! Bans and running timeouts.

use super::{Page, QueryError, bounded, by_channel, pages_of};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::restrictions::Restriction;
use crate::record::Record;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use tributary_domain::{AccountId, ChannelId, Timestamp};

/// A place in a channel's list of restrictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RestrictionCursor {
    /// Since when somebody is restricted.
    pub since: Timestamp,
    /// Who.
    pub account: AccountId,
}

/// A text that is not a place in a list of restrictions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor of a list of restrictions")]
pub struct NotARestrictionCursor;

impl From<&Restriction> for RestrictionCursor {
    fn from(restriction: &Restriction) -> Self {
        Self {
            since: restriction.since,
            account: restriction.account,
        }
    }
}

impl fmt::Display for RestrictionCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.since.timestamp_micros(), self.account)
    }
}

impl FromStr for RestrictionCursor {
    type Err = NotARestrictionCursor;
    fn from_str(text: &str) -> Result<Self, NotARestrictionCursor> {
        let (since, account) = text.split_once(':').ok_or(NotARestrictionCursor)?;
        let since = since
            .parse()
            .ok()
            .and_then(Timestamp::from_timestamp_micros);
        Ok(Self {
            since: since.ok_or(NotARestrictionCursor)?,
            account: account.parse().map_err(|_| NotARestrictionCursor)?,
        })
    }
}

fn restriction(row: &Row) -> Result<Restriction, DbError> {
    Restriction::read(&mut row.columns())
}

const RESTRICTIONS: &str = "SELECT channel, account, kind, since, until, reason \
     FROM restrictions WHERE (until IS NULL OR until > $1) AND";

impl Views {
    /// Who is banned from a channel or timed out there at `now`, the newest first.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn restrictions(
        &self,
        channel: ChannelId,
        now: Timestamp,
        first: usize,
        after: Option<RestrictionCursor>,
    ) -> Result<Page<Restriction>, QueryError> {
        let mut found = self.restrictions_of(&[channel], now, first, after).await?;
        Ok(found.remove(&channel).unwrap_or_default())
    }

    /// The same of several channels. One where nobody is restricted is not in the map.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn restrictions_of(
        &self,
        channels: &[ChannelId],
        now: Timestamp,
        first: usize,
        after: Option<RestrictionCursor>,
    ) -> Result<HashMap<ChannelId, Page<Restriction>>, QueryError> {
        let (limit, rows) = bounded(first);
        let mut shared = values![now, rows];
        let beyond = if let Some(RestrictionCursor { since, account }) = after {
            shared.extend(values![since, account]);
            "AND (since, account) < ($3, $4)"
        } else {
            ""
        };
        let one = |channel: &str| {
            format!(
                "{RESTRICTIONS} channel = {channel} {beyond} \
                 ORDER BY since DESC, account DESC LIMIT $2"
            )
        };
        let found = pages_of(&self.serving().db, channels, shared, one, restriction).await?;
        let newest = |found: &Restriction| Reverse((found.since, found.account));
        Ok(by_channel(found, limit, |found| found.channel, newest))
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
        let sql = format!("{RESTRICTIONS} channel = $2 AND account = $3");
        let rows = self
            .serving()
            .db
            .all(&sql, values![now, channel, account])
            .await?;
        Ok(rows.first().map(restriction).transpose()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_as_they_are_written() {
        let cursor = RestrictionCursor {
            since: Timestamp::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            account: AccountId(uuid::Uuid::from_u128(7)),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "1", "x:y", "1:y", ":"] {
            assert_eq!(bad.parse::<RestrictionCursor>(), Err(NotARestrictionCursor));
        }
    }
}
