//! Statements: what an account began with, what moved, what it ended with.

use super::{LedgerAsOf, LedgerEntry, is_finance};
use crate::Fault;
use crate::schema::page::connection;
use crate::schema::{Cursor, Money, Position, Uuid, cost, lookups, page_size, shared};
use async_graphql::{Context, Object};
use chrono::NaiveDate;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::StatementLine as Line;
use tributary_domain::{Currency, Money as Amount};
use tributary_projections::{StatementCursor, StatementOf, StatementSums};

/// From which side amounts are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// As the ledger has them: a debit is positive.
    Ledger,
    /// As whom the money belongs to reads it: what comes in is positive.
    Owner,
}

impl Side {
    fn money(self, minor: i64, currency: Currency) -> Money {
        let minor = match self {
            Self::Ledger => minor,
            Self::Owner => minor.saturating_neg(),
        };
        Amount::from_minor(minor, currency).into()
    }
}

/// An account's movements over a time.
#[derive(Debug, Clone)]
pub(crate) struct LedgerStatement {
    of: StatementOf,
    sums: StatementSums,
    side: Side,
}

impl LedgerStatement {
    /// Of an account in a currency, over effective days.
    pub(crate) async fn of(
        ctx: &Context<'_>,
        (account, currency): (LedgerAccount, Currency),
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
        as_of: Option<LedgerAsOf>,
        side: Side,
    ) -> Result<Self, Fault> {
        let as_of = LedgerAsOf::read(ctx, as_of).await?;
        // What is effective later than the moment does not count, whatever the statement's last day.
        let to = match (to, as_of.day) {
            (Some(to), Some(last)) => Some(to.min(last)),
            (to, last) => to.or(last),
        };
        let of = StatementOf {
            account,
            currency,
            from,
            to,
            upto: as_of.position,
        };
        let sums = shared(ctx).views.statement_sums(&of).await?;
        Ok(Self { of, sums, side })
    }
}

/// An account's movements over a time. What it ended with is what it began with and what moved.
#[Object]
impl LedgerStatement {
    /// The account, as the ledger names it.
    async fn account(&self) -> String {
        self.of.account.to_string()
    }

    /// What it came to before the first day.
    async fn opening(&self) -> Money {
        self.side.money(self.sums.opening, self.of.currency)
    }

    /// What it came to after the last day.
    async fn closing(&self) -> Money {
        self.side.money(self.sums.closing, self.of.currency)
    }

    /// What moved, by effective day and then by the order of the log.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn lines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<StatementLineConnection>, Fault> {
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::read::<StatementCursor>("after", &after))
            .transpose()?;
        let views = &shared(ctx).views;
        let page = views.statement_lines(&self.of, first, after).await?;
        let item = |row: Line| {
            let place = StatementCursor {
                day: row.effective,
                position: row.position,
                line: row.line,
            };
            let (currency, side) = (self.of.currency, self.side);
            let line = StatementLine {
                row,
                currency,
                side,
            };
            (Cursor::write(place), line)
        };
        let items = page.items.into_iter().map(item).collect();
        let connection = StatementLineConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }
}

connection!(
    /// A page of movements.
    StatementLineConnection,
    /// A movement in a list.
    StatementLineEdge,
    StatementLine
);

/// A movement of an account.
#[derive(Debug, Clone)]
pub(crate) struct StatementLine {
    row: Line,
    currency: Currency,
    side: Side,
}

/// A movement of an account.
#[Object]
impl StatementLine {
    /// The day (UTC) that it counts from, such as `2026-10-31`.
    async fn effective_on(&self) -> String {
        self.row.effective.to_string()
    }

    /// The place in the log of the event that holds it.
    async fn position(&self) -> Position {
        Position(self.row.position)
    }

    /// That event's name, such as `wallet.tipped`.
    async fn kind(&self) -> &str {
        &self.row.kind
    }

    /// How much.
    async fn amount(&self) -> Money {
        self.side.money(self.row.amount, self.currency)
    }

    /// What the account came to then.
    async fn balance(&self) -> Money {
        self.side.money(self.row.balance, self.currency)
    }

    /// The entry's id.
    async fn entry_id(&self) -> Uuid {
        Uuid(self.row.entry.0)
    }

    /// The whole entry, with what it moved elsewhere. Only finance sees it; for others it is null.
    async fn entry(&self, ctx: &Context<'_>) -> Result<Option<LedgerEntry>, Fault> {
        if !is_finance(ctx).await? {
            return Ok(None);
        }
        let found = lookups(ctx).load_one(self.row.entry).await?;
        Ok(found.map(LedgerEntry))
    }
}
