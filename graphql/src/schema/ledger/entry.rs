//! Entries of the ledger.

use super::{LedgerAccount, account, currency, days, is_finance};
use crate::Fault;
use crate::messages::Sentence;
use crate::schema::page::connection;
use crate::schema::{
    Cursor, DateTime, GlobalId, Money, Position, Uuid, lookups, page_size, shared,
};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use tributary_domain::{EntryId, Money as Amount};
use tributary_projections as views;

/// Which entries are wanted. All that is given must hold.
#[derive(Debug, Clone, Default, InputObject)]
#[graphql(name = "LedgerEntryFilterInput")]
pub(crate) struct LedgerEntryFilterInput {
    /// Held by an event with this name, such as `wallet.tipped`.
    kind: Option<String>,
    /// With a posting to this account, as trial balances name it.
    account: Option<String>,
    /// In this currency: an ISO 4217 code such as `USD`.
    currency: Option<String>,
    /// Effective on this day (UTC) or later.
    from: Option<String>,
    /// Effective on this day (UTC) or earlier.
    to: Option<String>,
    /// Parted by this fee schedule.
    fee_schedule: Option<String>,
    /// Only those that take another entry back, or only those that take none back.
    is_reversal: Option<bool>,
    /// Held by an event up to this place in the log.
    up_to: Option<Position>,
}

impl LedgerEntryFilterInput {
    /// Understands it.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for what makes no sense.
    pub(super) fn read(self) -> Result<views::EntryFilter, Fault> {
        let (from, to) = days(self.from.as_deref(), self.to.as_deref())?;
        let account = self.account.map(|name| account("account", &name));
        let code = self.currency.map(|code| currency(&code));
        Ok(views::EntryFilter {
            kind: name("kind", self.kind)?,
            account: account.transpose()?,
            currency: code.transpose()?,
            from,
            to,
            schedule: name("feeSchedule", self.fee_schedule)?,
            reversal: self.is_reversal,
            since: None,
            upto: self.up_to.map(|position| position.0),
        })
    }
}

/// A name as it is stored. Databases take no zero bytes.
pub(super) fn name(field: &str, name: Option<String>) -> Result<Option<String>, Fault> {
    if name.as_ref().is_some_and(|name| name.contains('\0')) {
        let field = field.to_owned();
        return Err(Fault::BadInput(Sentence::ZeroByte { field }));
    }
    Ok(name)
}

/// One side of an entry.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct LedgerPosting {
    /// The account that changes.
    account: LedgerAccount,
    /// By how much; a debit is positive.
    amount: Money,
}

connection!(
    /// A page of entries.
    LedgerEntryConnection,
    /// An entry in a list.
    LedgerEntryEdge,
    LedgerEntry
);

/// A movement of money: two or more postings in one currency that sum to zero.
#[derive(Debug, Clone)]
pub(crate) struct LedgerEntry(pub(crate) views::LedgerEntry);

/// A movement of money: two or more postings in one currency that sum to zero.
#[Object]
impl LedgerEntry {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::LedgerEntry(self.0.id).into()
    }

    /// Its own id, as receipts, exports and receivers' histories name it.
    async fn entry_id(&self) -> Uuid {
        Uuid(self.0.id.0)
    }

    /// The place in the log of the event that holds it.
    async fn position(&self) -> Position {
        Position(self.0.position)
    }

    /// That event's name, such as `wallet.tipped`.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// An ISO 4217 code such as `USD`.
    async fn currency(&self) -> String {
        self.0.currency.to_string()
    }

    /// The day (UTC) that it counts from, such as `2026-10-31`.
    async fn effective_on(&self) -> String {
        self.0.effective.to_string()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// The fee schedule that it was parted by, where it was.
    async fn fee_schedule(&self) -> Option<&str> {
        self.0.schedule.as_deref()
    }

    /// Its postings. They sum to zero.
    async fn postings(&self) -> Vec<LedgerPosting> {
        let lines = self.0.lines.iter();
        let posting = |line: &tributary_domain::ledger::Line| LedgerPosting {
            account: LedgerAccount(line.account.clone()),
            amount: Amount::from_minor(line.amount, self.0.currency).into(),
        };
        lines.map(posting).collect()
    }

    /// The entry that it takes back, where it takes one back.
    async fn reverses(&self, ctx: &Context<'_>) -> Result<Option<Self>, Fault> {
        entry(ctx, self.0.reverses).await
    }

    /// The entry that took it back, where one did.
    async fn reversed_by(&self, ctx: &Context<'_>) -> Result<Option<Self>, Fault> {
        entry(ctx, self.0.reversed_by).await
    }
}

/// An entry that something names, for finance: what it moved elsewhere is nobody else's.
pub(super) async fn entry(
    ctx: &Context<'_>,
    id: Option<EntryId>,
) -> Result<Option<LedgerEntry>, Fault> {
    match id {
        Some(id) if is_finance(ctx).await? => Ok(lookups(ctx).load_one(id).await?.map(LedgerEntry)),
        Some(_) | None => Ok(None),
    }
}

/// A page of entries, the newest first.
pub(super) async fn entries(
    ctx: &Context<'_>,
    filter: &views::EntryFilter,
    first: i32,
    after: Option<String>,
) -> Result<LedgerEntryConnection, Fault> {
    let first = page_size("first", first)?;
    let after = after
        .map(|after| Cursor::position("after", &after))
        .transpose()?;
    let page = shared(ctx)
        .views
        .ledger_entries(filter, first, after)
        .await?;
    let item = |entry: views::LedgerEntry| (Cursor::write(entry.position), LedgerEntry(entry));
    let items = page.items.into_iter().map(item).collect();
    Ok(LedgerEntryConnection::new(
        items,
        after.is_some(),
        page.has_more,
    ))
}
