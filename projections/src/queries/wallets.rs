//! Wallets by account.

use super::{QueryError, by_keys};
use crate::Views;
use crate::db::{DbError, Row};
use crate::project::wallet_rows::Wallet;
use crate::record::Record;
use std::collections::HashMap;
use tributary_domain::{AccountId, Currency};

fn wallet(row: &Row) -> Result<Wallet, DbError> {
    Wallet::read(&mut row.columns())
}

const WALLETS: &str = "SELECT account, currency, balance, earnings, owed, held, updated_position \
     FROM wallets WHERE";

impl Views {
    /// An account's wallets, ordered by currency.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn wallets(&self, account: AccountId) -> Result<Vec<Wallet>, QueryError> {
        Ok(self
            .wallets_of(&[account])
            .await?
            .remove(&account)
            .unwrap_or_default())
    }

    /// An account's wallet in one currency, if it ever held something.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn wallet(
        &self,
        account: AccountId,
        currency: Currency,
    ) -> Result<Option<Wallet>, QueryError> {
        let wallets = self.wallets(account).await?;
        Ok(wallets
            .into_iter()
            .find(|wallet| wallet.balance.currency == currency))
    }

    /// The wallets of these accounts, each account's ordered by currency.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn wallets_of(
        &self,
        accounts: &[AccountId],
    ) -> Result<HashMap<AccountId, Vec<Wallet>>, QueryError> {
        let sql = |ids: &str| format!("{WALLETS} account IN ({ids}) ORDER BY account, currency");
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for row in by_keys(&self.serving().db, sql, accounts.iter().copied(), wallet).await? {
            found.entry(row.account).or_default().push(row);
        }
        Ok(found)
    }
}
