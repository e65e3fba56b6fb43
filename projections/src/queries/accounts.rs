//! Accounts and channels.

use super::{PAGE_MAX, QueryError, by_keys};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::accounts::Account;
use crate::record::Record;
use std::collections::HashMap;
use tributary_domain::{AccountId, ChannelId, Timestamp};

/// A streamer's home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its id, equal to its owner's.
    pub id: ChannelId,
    /// Its owner's name; `None` once the person was erased.
    pub name: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
}

fn account(row: &Row) -> Result<Account, DbError> {
    Account::read(&mut row.columns())
}

fn channel(row: &Row) -> Result<Channel, DbError> {
    let mut columns = row.columns();
    Ok(Channel {
        id: columns.id(ChannelId)?,
        name: columns.take()?,
        opened_at: columns.take()?,
    })
}

const ACCOUNTS: &str = "SELECT id, name, normalised_name, email, roles, created_at, suspended_at, \
     erased_at, erasure_completed_at \
     FROM accounts WHERE";
const CHANNELS: &str = "SELECT c.id, a.name, c.opened_at \
     FROM channels c LEFT JOIN accounts a ON a.id = c.id WHERE";

/// Names are compared as [`tributary_domain::text::AccountName::normalised`] does.
fn normalised(name: &str) -> String {
    name.to_ascii_lowercase()
}

impl Views {
    /// The account with this id.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, QueryError> {
        Ok(self.accounts(&[id]).await?.remove(&id))
    }

    /// The account with this name, in capitals or not.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn account_named(&self, name: &str) -> Result<Option<Account>, QueryError> {
        let sql = format!("{ACCOUNTS} normalised_name = $1");
        let rows = self
            .serving()
            .db
            .all(&sql, values![normalised(name)])
            .await?;
        Ok(rows.first().map(account).transpose()?)
    }

    /// The accounts with these names, in capitals or not.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn accounts_named(&self, names: &[&str]) -> Result<Vec<Account>, QueryError> {
        let sql = |names: &str| format!("{ACCOUNTS} normalised_name IN ({names})");
        let names = names.iter().map(|name| normalised(name));
        by_keys(&self.serving().db, sql, names, account).await
    }

    /// Accounts that were erased before a moment and of which something personal may be left in the
    /// log: the oldest erasures first, at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn unfinished_erasures(
        &self,
        before: Timestamp,
    ) -> Result<Vec<AccountId>, QueryError> {
        let sql = format!(
            "{ACCOUNTS} erased_at < $1 AND erasure_completed_at IS NULL \
             ORDER BY erased_at, id LIMIT {PAGE_MAX}"
        );
        let rows = self.serving().db.all(&sql, values![before]).await?;
        let ids = rows
            .iter()
            .map(|row| account(row).map(|account| account.id));
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// The accounts with these ids.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn accounts(
        &self,
        ids: &[AccountId],
    ) -> Result<HashMap<AccountId, Account>, QueryError> {
        let sql = |ids: &str| format!("{ACCOUNTS} id IN ({ids})");
        let found = by_keys(&self.serving().db, sql, ids.iter().copied(), account).await?;
        Ok(found
            .into_iter()
            .map(|account| (account.id, account))
            .collect())
    }

    /// The channel with this id.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn channel(&self, id: ChannelId) -> Result<Option<Channel>, QueryError> {
        Ok(self.channels(&[id]).await?.remove(&id))
    }

    /// The channel of the account with this name, in capitals or not.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn channel_named(&self, name: &str) -> Result<Option<Channel>, QueryError> {
        let sql = format!("{CHANNELS} a.normalised_name = $1");
        let rows = self
            .serving()
            .db
            .all(&sql, values![normalised(name)])
            .await?;
        Ok(rows.first().map(channel).transpose()?)
    }

    /// The channels with these ids.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn channels(
        &self,
        ids: &[ChannelId],
    ) -> Result<HashMap<ChannelId, Channel>, QueryError> {
        let sql = |ids: &str| format!("{CHANNELS} c.id IN ({ids})");
        let found = by_keys(&self.serving().db, sql, ids.iter().copied(), channel).await?;
        Ok(found
            .into_iter()
            .map(|channel| (channel.id, channel))
            .collect())
    }
}
