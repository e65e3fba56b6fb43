//! Trial balances.

use super::LedgerAccount;
use crate::Fault;
use crate::schema::page::connection;
use crate::schema::{Cursor, Decimal, Money, cost, page_size};
use async_graphql::{Object, SimpleObject};
use std::str::FromStr;
use std::sync::Arc;
use tributary_domain::entry::LedgerAccount as Account;
use tributary_domain::{Currency, ledger};
use tributary_store::checkpoint::to_hex;

/// What every account comes to. The debits of each currency are its credits.
#[derive(Debug, Clone)]
pub(crate) struct TrialBalance(Arc<ledger::TrialBalance>);

impl From<ledger::TrialBalance> for TrialBalance {
    fn from(trial: ledger::TrialBalance) -> Self {
        Self(Arc::new(trial))
    }
}

/// What one currency's balances add up to.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct TrialBalanceTotal {
    /// An ISO 4217 code such as `USD`.
    currency: String,
    /// Debit balances.
    debit: Decimal,
    /// Credit balances.
    credit: Decimal,
}

/// An account that does not stand at zero.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct TrialBalanceRow {
    /// The account.
    account: LedgerAccount,
    /// What it comes to; a debit balance is positive.
    balance: Money,
}

connection!(
    /// A page of a trial balance.
    TrialBalanceRowConnection,
    /// An account in a trial balance.
    TrialBalanceRowEdge,
    TrialBalanceRow
);

/// Where a row stands: a row that is gone since leaves the others where they were.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    account: Account,
    currency: Currency,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.currency, self.account)
    }
}

impl FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (currency, account) = text.split_once(' ').ok_or(())?;
        Ok(Self {
            account: account.parse().map_err(|_| ())?,
            currency: currency.parse().map_err(|_| ())?,
        })
    }
}

fn place(row: &ledger::TrialRow) -> Place {
    Place {
        account: row.account.clone(),
        currency: row.balance.currency,
    }
}

/// What every account comes to. The debits of each currency are its credits.
#[Object]
impl TrialBalance {
    /// SHA-256 over all rows, in hexadecimal digits: whoever has the same digest has the same balances.
    async fn digest(&self) -> String {
        to_hex(&self.0.digest())
    }

    /// What each currency's balances add up to.
    async fn totals(&self) -> Vec<TrialBalanceTotal> {
        let totals = self.0.totals().into_iter();
        totals
            .map(|(currency, totals)| TrialBalanceTotal {
                currency: currency.to_string(),
                debit: totals.debit.into(),
                credit: totals.credit.into(),
            })
            .collect()
    }

    /// Every account that does not stand at zero, in the order of the chart of accounts.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn rows(
        &self,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<TrialBalanceRowConnection>, Fault> {
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::read::<Place>("after", &after))
            .transpose()?;
        let rows = self.0.rows();
        let begin = after.map_or(0, |after| rows.partition_point(|row| place(row) <= after));
        let rest = rows.get(begin..).unwrap_or_default();
        let item = |row: &ledger::TrialRow| {
            let shown = TrialBalanceRow {
                account: LedgerAccount(row.account.clone()),
                balance: row.balance.into(),
            };
            (Cursor::write(place(row)), shown)
        };
        let items = rest.iter().take(first).map(item).collect();
        let connection = TrialBalanceRowConnection::new(items, begin > 0, rest.len() > first);
        Ok(Some(connection))
    }
}
