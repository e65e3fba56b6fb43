//! Trial balances.

use super::{QueryError, read_all};
use crate::Views;
use crate::db::{Columns, DbError, values};
use crate::project::ledger_rows::Day;
use crate::project::wallet_rows::currency;
use chrono::NaiveDate;
use tributary_domain::Money;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::{AsOf, TrialBalance, TrialRow};

const NOW: &str = "SELECT account, currency, balance FROM ledger_balances WHERE balance <> 0";
/// Each account's last posting up to then: a step into the index for each.
const AT_POSITION: &str = "SELECT account, currency, COALESCE((
        SELECT p.balance FROM ledger_postings p WHERE p.number = b.number AND p.position <= $1
        ORDER BY p.position DESC, p.line DESC LIMIT 1), 0)
    FROM ledger_balances b";
const AT_DAY: &str = "SELECT b.account, b.currency, s.balance FROM (
        SELECT number, CAST(SUM(debits - credits) AS BIGINT) AS balance FROM ledger_days
        WHERE day <= $1 GROUP BY number) s
    JOIN ledger_balances b ON b.number = s.number";
const AT_BOTH: &str = "SELECT b.account, b.currency, s.balance FROM (
        SELECT number, CAST(SUM(amount) AS BIGINT) AS balance FROM ledger_postings
        WHERE position <= $1 AND day <= $2 GROUP BY number) s
    JOIN ledger_balances b ON b.number = s.number";

pub(crate) fn account(columns: &mut Columns<'_>) -> Result<LedgerAccount, DbError> {
    columns.parsed(|text| text.parse().ok())
}

pub(crate) fn trial_row(columns: &mut Columns<'_>) -> Result<TrialRow, DbError> {
    let (account, currency) = (account(columns)?, columns.parsed(currency)?);
    let balance = Money::from_minor(columns.take()?, currency);
    Ok(TrialRow { account, balance })
}

impl Views {
    /// What every account comes to, now or as of a past moment.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn trial_balance(&self, as_of: AsOf) -> Result<TrialBalance, QueryError> {
        let day = |day: NaiveDate| Day::from(day);
        let (sql, values) = match (as_of.position, as_of.day) {
            (None, None) => (NOW, vec![]),
            (Some(position), None) => (AT_POSITION, values![position]),
            (None, Some(last)) => (AT_DAY, values![day(last)]),
            (Some(position), Some(last)) => (AT_BOTH, values![position, day(last)]),
        };
        let rows = self.serving().db.all(sql, values).await?;
        let rows = read_all(&rows, |row| trial_row(&mut row.columns()))?;
        Ok(TrialBalance::new(rows))
    }
}
