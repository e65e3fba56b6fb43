//! Fee schedules, and what the platform earned by each.

use super::page_of;
use crate::Fault;
use crate::schema::page::connection;
use crate::schema::{DateTime, Decimal, Money, count, shared};
use async_graphql::{Context, SimpleObject};
use chrono::NaiveDate;
use tributary_domain::{HistoryId, State};
use tributary_projections as views;

/// What the platform keeps of tips from a moment on.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct FeeSchedule {
    /// Its name, as entries cite it.
    name: String,
    /// The part that is kept: `0.05` is 5 %.
    rate: Decimal,
    /// Since when it is in force, until a later one is.
    from: DateTime,
}

connection!(
    /// A page of fee schedules.
    FeeScheduleConnection,
    /// A fee schedule in a list.
    FeeScheduleEdge,
    FeeSchedule
);

/// What the platform earned by one fee schedule in one currency.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct FeeIncome {
    /// The schedule's name; null for entries that name none, nor take one back that does.
    fee_schedule: Option<String>,
    /// How much, without what was given back; negative where more was given back than taken.
    amount: Money,
    /// By how many entries, those that gave something back among them.
    entry_count: i32,
}

connection!(
    /// A page of what was earned.
    FeeIncomeConnection,
    /// What was earned, in a list.
    FeeIncomeEdge,
    FeeIncome
);

pub(super) async fn schedules(
    ctx: &Context<'_>,
    first: usize,
    after: Option<&str>,
) -> Result<FeeScheduleConnection, Fault> {
    let state = shared(ctx).log.state(&HistoryId::Fees).await?;
    let schedules = match state {
        State::Fees(fees) => fees.schedules,
        _ => vec![],
    };
    let schedule = |set: tributary_domain::fees::InForce| FeeSchedule {
        name: set.schedule.id,
        rate: set.schedule.rate.into(),
        from: DateTime(set.from),
    };
    let all = schedules.into_iter().map(schedule).collect();
    let (items, before, behind) = page_of(all, first, after, |set: &FeeSchedule| set.name.clone())?;
    Ok(FeeScheduleConnection::new(items, before, behind))
}

pub(super) async fn income(
    ctx: &Context<'_>,
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    first: usize,
    after: Option<&str>,
) -> Result<FeeIncomeConnection, Fault> {
    let (from, to) = (from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX));
    let all = shared(ctx).views.fee_income(from, to).await?;
    let key = |income: &views::FeeIncome| {
        let schedule = income.schedule.as_deref().unwrap_or_default();
        format!("{} {schedule}", income.amount.currency)
    };
    let (items, before, behind) = page_of(all, first, after, key)?;
    let items = items
        .into_iter()
        .map(|(cursor, income)| {
            let income = FeeIncome {
                fee_schedule: income.schedule,
                amount: income.amount.into(),
                entry_count: count(income.entries),
            };
            (cursor, income)
        })
        .collect();
    Ok(FeeIncomeConnection::new(items, before, behind))
}
