//! Lists that pages show as they are: what a viewer gave, what a streamer earned by day and month, what the
//! platform earned by fee schedule.

use super::tips::{TIPS, tip};
use super::{Page, QueryError, before, bounded, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::ledger_rows::{AccountNumber, Day};
use crate::project::wallet_rows::{Tip, currency};
use chrono::NaiveDate;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::Period;
use tributary_domain::{AccountId, ChannelId, Currency, Money, Position};

/// The most days that one question about earnings yields: ten years and a bit.
pub const EARNING_DAYS_MAX: usize = 3_700;
/// The most fee schedules that one question yields, a currency each.
pub const SCHEDULES_MAX: usize = 1_000;

/// What a streamer earned in a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    /// The first day of that time.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// What came in, after fees.
    pub earned: Money,
    /// What went out: refunds, payouts.
    pub taken: Money,
}

/// By what a streamer's earnings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarnedBy {
    /// By effective day.
    Day,
    /// By calendar month.
    Month,
}

/// What the platform earned by a fee schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeIncome {
    /// The schedule; `None` for entries that name none, nor take one back that does.
    pub schedule: Option<String>,
    /// How much, refunds taken off.
    pub amount: Money,
    /// By how many entries.
    pub entries: i64,
}

const DAYS: &str = "SELECT day, debits, credits FROM ledger_days
    WHERE number = $1 AND day >= $2 AND day <= $3 ORDER BY day LIMIT $4";
const FEES: &str =
    "SELECT schedule, currency, CAST(SUM(amount) AS BIGINT), CAST(SUM(entries) AS BIGINT)
    FROM ledger_fees WHERE day >= $1 AND day <= $2 GROUP BY schedule, currency LIMIT $3";

fn fees(row: &Row) -> Result<FeeIncome, DbError> {
    let mut columns = row.columns();
    let (schedule, currency) = (columns.take()?, columns.parsed(currency)?);
    Ok(FeeIncome {
        schedule,
        amount: Money::from_minor(columns.take()?, currency),
        entries: columns.take()?,
    })
}

fn rows_max(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Views {
    /// The tips that a viewer gave, the newest first. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn tips_given(
        &self,
        payer: AccountId,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<Tip>, QueryError> {
        let (limit, rows) = bounded(first);
        let sql =
            format!("{TIPS} t.payer = $1 AND t.position < $2 ORDER BY t.position DESC LIMIT $3");
        let values = values![payer, before(after), rows];
        let found = self.serving().db.all(&sql, values).await?;
        Ok(Page::of(read_all(&found, tip)?, limit))
    }

    /// What a streamer earned in one currency, by day or month, the oldest first; days and months without
    /// a movement are left out. At most [`EARNING_DAYS_MAX`] days are looked at.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn earnings(
        &self,
        channel: ChannelId,
        currency: Currency,
        (from, to): (NaiveDate, NaiveDate),
        by: EarnedBy,
    ) -> Result<Vec<Earned>, QueryError> {
        let account = LedgerAccount::StreamerEarnings(channel);
        let number = AccountNumber::of(&account, currency);
        let values = values![
            number,
            Day::from(from),
            Day::from(to),
            rows_max(EARNING_DAYS_MAX)
        ];
        let mut earned: Vec<Earned> = vec![];
        for row in self.serving().db.all(DAYS, values).await? {
            let mut columns = row.columns();
            let day = Day(columns.take()?).date();
            let [out, came] = [columns.take()?, columns.take()?];
            let [out, came] = [out, came].map(|minor: i64| Money::from_minor(minor, currency));
            let (from, to) = match by {
                EarnedBy::Day => (day, day),
                EarnedBy::Month => (Period::of(day).first_day(), Period::of(day).last_day()),
            };
            match earned.last_mut().filter(|last| last.from == from) {
                Some(last) => {
                    last.earned.amount += came.amount;
                    last.taken.amount += out.amount;
                }
                None => earned.push(Earned {
                    from,
                    to,
                    earned: came,
                    taken: out,
                }),
            }
        }
        Ok(earned)
    }

    /// What the platform earned by each fee schedule from one effective day to another, ordered by
    /// schedule and currency.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn fee_income(
        &self,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<FeeIncome>, QueryError> {
        let values = values![Day::from(from), Day::from(to), rows_max(SCHEDULES_MAX)];
        let rows = self.serving().db.all(FEES, values).await?;
        let mut income = read_all(&rows, fees)?;
        income.sort_by(|a, b| {
            (&a.schedule, a.amount.currency).cmp(&(&b.schedule, b.amount.currency))
        });
        Ok(income)
    }
}
