//! The ledger: for finance all of it, for everybody else their own part.

mod account;
mod closes;
mod days;
mod disputes;
mod done_by;
mod entry;
mod fees;
mod holds;
mod payments;
mod payouts;
mod statement;
mod trial_balance;

pub(crate) use account::LedgerAccount;
pub(crate) use closes::BooksClose;
pub(crate) use days::{day, days};
pub(crate) use disputes::Dispute;
pub(crate) use entry::LedgerEntry;
pub(crate) use holds::{Hold, HoldConnection, HoldFilterInput, holds, no_holds};
pub(crate) use payments::Payment;
pub(crate) use payouts::{Payout, PayoutConnection, PayoutFilterInput, payouts};
pub(crate) use statement::{LedgerStatement, Side};

use super::{DateTime, Position, Uuid, cost, page_size, shared};
use crate::Fault;
use crate::auth::Caller;
use crate::messages::Sentence;
use crate::schema::{AsOf, Cursor};
use account::LedgerBook;
use async_graphql::{Context, InputObject, Object};
use closes::BooksCloseConnection;
use disputes::{DisputeConnection, DisputeFilterInput};
use entry::{LedgerEntryConnection, LedgerEntryFilterInput};
use fees::{FeeIncomeConnection, FeeScheduleConnection};
use payments::{PaymentConnection, PaymentFilterInput};
use trial_balance::TrialBalance;
use tributary_domain::account::Role;
use tributary_domain::entry::LedgerAccount as Account;
use tributary_domain::{Currency, EntryId, ledger};

/// A moment of the ledger: nothing that was recorded later and nothing that is effective later counts.
#[derive(Debug, Clone, Default, InputObject)]
#[graphql(name = "LedgerAsOfInput")]
pub(crate) struct LedgerAsOf {
    /// The last event of the log that counts.
    position: Option<Position>,
    /// What was recorded by then counts; not together with `position`.
    time: Option<DateTime>,
    /// The last effective day (UTC) that counts, such as `2026-10-31`.
    day: Option<String>,
}

impl LedgerAsOf {
    /// The moment, once the read models are that far.
    pub(crate) async fn read(
        ctx: &Context<'_>,
        as_of: Option<Self>,
    ) -> Result<ledger::AsOf, Fault> {
        let Self {
            position,
            time,
            day: last,
        } = as_of.unwrap_or_default();
        let moment = match (position, time) {
            (None, None) => None,
            (Some(position), None) => Some(AsOf::Position(position)),
            (None, Some(time)) => Some(AsOf::Time(time)),
            (Some(_), Some(_)) => {
                let (one, other) = ("position", "time");
                return Err(Fault::BadInput(Sentence::ExactlyOneOf { one, other }));
            }
        };
        let day = last.as_deref().map(day).transpose()?;
        let shared = shared(ctx);
        let position = match moment {
            Some(moment) => {
                let then = shared.past.moment(moment).await?.position;
                let timeout = shared.settings.at_least_timeout;
                shared.views.wait_for(then, timeout).await?;
                Some(then)
            }
            None => None,
        };
        Ok(ledger::AsOf { position, day })
    }
}

/// Whether the caller has the role `finance`.
pub(crate) async fn is_finance(ctx: &Context<'_>) -> Result<bool, Fault> {
    Caller::of(ctx).has(Role::Finance, ctx).await
}

/// A currency by its code.
pub(crate) fn currency(code: &str) -> Result<Currency, Fault> {
    let currency = code.parse();
    currency.map_err(|_| Fault::BadInput(Sentence::NotACurrency))
}

fn account(field: &'static str, name: &str) -> Result<Account, Fault> {
    // A provider's name is any text; databases take no zero bytes.
    let account = name.parse().ok().filter(|_| !name.contains('\0'));
    account.ok_or(Fault::BadInput(Sentence::NotALedgerAccount { field }))
}

/// Items with their cursors, and whether there are some before and behind them.
pub(super) type AtHand<T> = (Vec<(String, T)>, bool, bool);

/// A page of a list that is at hand as a whole. `key` names an item, and is its place.
///
/// # Errors
/// `BAD_USER_INPUT` for a cursor that names none of them.
pub(super) fn page_of<T>(
    items: Vec<T>,
    first: usize,
    after: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<AtHand<T>, Fault> {
    let begin = match after {
        None => 0,
        Some(cursor) => {
            let place: String = Cursor::read("after", cursor)?;
            let found = items.iter().position(|item| key(item) == place);
            let field = "after".to_owned();
            found.ok_or(Fault::BadInput(Sentence::NotACursor { field }))? + 1
        }
    };
    let has_more = items.len() > begin + first;
    let items = items.into_iter().skip(begin).take(first);
    let items = items.map(|item| (Cursor::write(key(&item)), item));
    Ok((items.collect(), begin > 0, has_more))
}

/// The books of the whole platform. Amounts are exact; a debit is positive, a credit negative.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ledger;

/// The books of the whole platform. Amounts are exact; a debit is positive, a credit negative.
#[Object]
impl Ledger {
    /// What every account comes to.
    async fn trial_balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As it was then; left out: now.")] as_of: Option<LedgerAsOf>,
    ) -> Result<Option<TrialBalance>, Fault> {
        let as_of = LedgerAsOf::read(ctx, as_of).await?;
        let trial = shared(ctx).views.trial_balance(as_of).await?;
        Ok(Some(TrialBalance::from(trial)))
    }

    /// One account in one currency: its balance and its statement.
    async fn account(
        &self,
        #[graphql(
            desc = "As trial balances name it, such as `platform_fees` or `viewer_balance:019c1536-3500-72d4-9e70-2ec55748018e`."
        )]
        name: String,
        #[graphql(desc = "An ISO 4217 code such as `USD`.")] currency: String,
    ) -> Result<Option<LedgerBook>, Fault> {
        let account = account("name", &name)?;
        let currency = self::currency(&currency)?;
        Ok(Some(LedgerBook { account, currency }))
    }

    /// An entry, by its id; null where there is none.
    async fn entry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
    ) -> Result<Option<LedgerEntry>, Fault> {
        let id = EntryId(id.0);
        let found = super::lookups(ctx).load_one(id).await?;
        Ok(found.map(LedgerEntry))
    }

    /// Entries, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "Which; left out: all.")] filter: Option<LedgerEntryFilterInput>,
    ) -> Result<Option<LedgerEntryConnection>, Fault> {
        let filter = filter.unwrap_or_default().read()?;
        Ok(Some(entry::entries(ctx, &filter, first, after).await?))
    }

    /// Every fee schedule that was set, by the moment that it is in force from.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn fee_schedules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<FeeScheduleConnection>, Fault> {
        let first = page_size("first", first)?;
        let page = fees::schedules(ctx, first, after.as_deref()).await?;
        Ok(Some(page))
    }

    /// What the platform earned by each fee schedule and currency, without what it gave back with refunded tips.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn fee_income(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first effective day (UTC), such as `2026-10-01`.")] from: Option<
            String,
        >,
        #[graphql(desc = "The last effective day (UTC).")] to: Option<String>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<FeeIncomeConnection>, Fault> {
        let first = page_size("first", first)?;
        let days = days(from.as_deref(), to.as_deref())?;
        let page = fees::income(ctx, days, first, after.as_deref()).await?;
        Ok(Some(page))
    }

    /// Every close of the books, with what was sealed, the oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn closes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<BooksCloseConnection>, Fault> {
        let first = page_size("first", first)?;
        let page = closes::closes(ctx, first, after.as_deref()).await?;
        Ok(Some(page))
    }

    /// Payouts, the one that was asked for last first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn payouts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "Which; left out: all.")] filter: Option<PayoutFilterInput>,
    ) -> Result<Option<PayoutConnection>, Fault> {
        Ok(Some(payouts(ctx, None, filter, first, after).await?))
    }

    /// Amounts set aside, the one that was placed last first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn holds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "Which; left out: all.")] filter: Option<HoldFilterInput>,
    ) -> Result<Option<HoldConnection>, Fault> {
        Ok(Some(holds(ctx, None, filter, first, after).await?))
    }

    /// Payments through providers, the one that was begun last first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn payments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "Which; left out: all.")] filter: Option<PaymentFilterInput>,
    ) -> Result<Option<PaymentConnection>, Fault> {
        Ok(Some(payments::payments(ctx, filter, first, after).await?))
    }

    /// Disputes of payments, the one that was opened last first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn disputes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
        #[graphql(desc = "Which; left out: all.")] filter: Option<DisputeFilterInput>,
    ) -> Result<Option<DisputeConnection>, Fault> {
        Ok(Some(disputes::disputes(ctx, filter, first, after).await?))
    }
}
