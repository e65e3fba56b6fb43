//! The rows of the ledger. Amounts stand in whole minor units, debits positive.

use crate::db::Type::{I64, Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, values};
use crate::project::wallet_rows::currency;
use crate::record::Record;
use chrono::{Datelike as _, NaiveDate};
use sha2::{Digest as _, Sha256};
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::Movement;
use tributary_domain::{AccountId, ChannelId, Currency, EntryId, Position, Timestamp};

/// Days between the first of the common era and 1970-01-01.
const DAYS_TO_1970: i64 = 719_163;

/// A day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i64);

impl Day {
    pub(crate) fn of(movement: &Movement) -> Self {
        movement.effective.into()
    }

    /// The date; the first that there is where the number is none.
    pub(crate) fn date(self) -> NaiveDate {
        i32::try_from(self.0.saturating_add(DAYS_TO_1970))
            .ok()
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .unwrap_or_default()
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self(i64::from(date.num_days_from_ce()) - DAYS_TO_1970)
    }
}

impl From<Day> for Value {
    fn from(day: Day) -> Self {
        day.0.into()
    }
}

/// Names an account in one currency: 63 bits of a hash of its text. Two accounts of one number would be
/// noticed, because the row says whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AccountNumber(pub(crate) i64);

impl AccountNumber {
    pub(crate) fn of(account: &LedgerAccount, currency: Currency) -> Self {
        Self(number(&format!("{account} {currency}")))
    }
}

/// The same of a fee schedule in one currency. Texts are no keys: engines order them in other ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ScheduleNumber(i64);

impl ScheduleNumber {
    pub(crate) fn of(schedule: Option<&str>, currency: Currency) -> Self {
        Self(number(&format!("{schedule:?} {currency}")))
    }
}

impl From<ScheduleNumber> for Value {
    fn from(number: ScheduleNumber) -> Self {
        number.0.into()
    }
}

fn number(text: &str) -> i64 {
    let digest = Sha256::digest(text);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(bytes) & i64::MAX
}

impl From<AccountNumber> for Value {
    fn from(number: AccountNumber) -> Self {
        number.0.into()
    }
}

/// What an account comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BalanceRow {
    pub(crate) number: AccountNumber,
    pub(crate) account: LedgerAccount,
    pub(crate) currency: Currency,
    pub(crate) balance: i64,
    pub(crate) postings: i64,
    pub(crate) updated_position: Position,
}

/// An entry, without its postings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryRow {
    pub(crate) entry: EntryId,
    pub(crate) position: Position,
    pub(crate) kind: String,
    pub(crate) currency: Currency,
    pub(crate) day: Day,
    pub(crate) recorded_at: Timestamp,
    pub(crate) reverses: Option<EntryId>,
    pub(crate) schedule: Option<String>,
}

/// Which entry took another back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReversalRow {
    pub(crate) reversed: EntryId,
    pub(crate) entry: EntryId,
}

/// A posting, by its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PostingRow {
    pub(crate) number: AccountNumber,
    pub(crate) position: Position,
    pub(crate) line: i64,
    pub(crate) day: Day,
    pub(crate) amount: i64,
    pub(crate) balance: i64,
}

/// What moved in an account on one effective day. Both sides are positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DayRow {
    pub(crate) number: AccountNumber,
    pub(crate) day: Day,
    pub(crate) debits: i64,
    pub(crate) credits: i64,
    pub(crate) postings: i64,
}

impl DayRow {
    pub(crate) fn new((number, day): (AccountNumber, Day)) -> Self {
        let (debits, credits, postings) = (0, 0, 0);
        Self {
            number,
            day,
            debits,
            credits,
            postings,
        }
    }
}

/// What a viewer gave to a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TipperRow {
    pub(crate) channel: ChannelId,
    pub(crate) currency: Currency,
    pub(crate) payer: AccountId,
    pub(crate) amount: i64,
    pub(crate) tips: i64,
    pub(crate) last_position: Position,
}

/// What the platform earned by a schedule on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FeeRow {
    pub(crate) number: ScheduleNumber,
    pub(crate) day: Day,
    /// None where an entry names none.
    pub(crate) schedule: Option<String>,
    pub(crate) currency: Currency,
    pub(crate) amount: i64,
    pub(crate) entries: i64,
}

fn account(text: &str) -> Option<LedgerAccount> {
    text.parse().ok()
}

impl Record for BalanceRow {
    type Key = AccountNumber;
    const TABLE: Table = Table {
        name: "ledger_balances",
        columns: &[
            ("number", I64),
            ("account", Text),
            ("currency", Text),
            ("balance", I64),
            ("postings", I64),
            ("updated_position", I64),
        ],
        key: 1,
    };

    fn key(&self) -> AccountNumber {
        self.number
    }
    fn key_values(key: &AccountNumber) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.number,
            self.account.to_string(),
            self.currency,
            self.balance,
            self.postings,
            self.updated_position,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            number: AccountNumber(columns.take()?),
            account: columns.parsed(account)?,
            currency: columns.parsed(currency)?,
            balance: columns.take()?,
            postings: columns.take()?,
            updated_position: columns.position()?,
        })
    }
}

impl Record for EntryRow {
    type Key = EntryId;
    const TABLE: Table = Table {
        name: "ledger_entries",
        columns: &[
            ("entry", Uuid),
            ("position", I64),
            ("kind", Text),
            ("currency", Text),
            ("day", I64),
            ("recorded_at", Time),
            ("reverses", Uuid),
            ("schedule", Text),
        ],
        key: 1,
    };
    /// Only what takes one back looks back at it.
    const CACHED_MAX: usize = 0;

    fn key(&self) -> EntryId {
        self.entry
    }
    fn key_values(key: &EntryId) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.entry,
            self.position,
            self.kind.clone(),
            self.currency,
            self.day,
            self.recorded_at,
            self.reverses,
            self.schedule.clone(),
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            entry: columns.id(EntryId)?,
            position: columns.position()?,
            kind: columns.take()?,
            currency: columns.parsed(currency)?,
            day: Day(columns.take()?),
            recorded_at: columns.take()?,
            reverses: columns.optional_id(EntryId)?,
            schedule: columns.take()?,
        })
    }
}

impl Record for ReversalRow {
    type Key = EntryId;
    const TABLE: Table = Table {
        name: "ledger_reversals",
        columns: &[("reversed", Uuid), ("entry", Uuid)],
        key: 1,
    };
    const CACHED_MAX: usize = 0;

    fn key(&self) -> EntryId {
        self.reversed
    }
    fn key_values(key: &EntryId) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        values![self.reversed, self.entry]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        let (reversed, entry) = (columns.id(EntryId)?, columns.id(EntryId)?);
        Ok(Self { reversed, entry })
    }
}

impl Record for PostingRow {
    type Key = (AccountNumber, Position, i64);
    const TABLE: Table = Table {
        name: "ledger_postings",
        columns: &[
            ("number", I64),
            ("position", I64),
            ("line", I64),
            ("day", I64),
            ("amount", I64),
            ("balance", I64),
        ],
        key: 3,
    };
    /// Nothing looks back at a posting.
    const CACHED_MAX: usize = 0;

    fn key(&self) -> Self::Key {
        (self.number, self.position, self.line)
    }
    fn key_values((number, position, line): &Self::Key) -> Vec<Value> {
        values![*number, *position, *line]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.number,
            self.position,
            self.line,
            self.day,
            self.amount,
            self.balance,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            number: AccountNumber(columns.take()?),
            position: columns.position()?,
            line: columns.take()?,
            day: Day(columns.take()?),
            amount: columns.take()?,
            balance: columns.take()?,
        })
    }
}

impl Record for DayRow {
    type Key = (AccountNumber, Day);
    const TABLE: Table = Table {
        name: "ledger_days",
        columns: &[
            ("number", I64),
            ("day", I64),
            ("debits", I64),
            ("credits", I64),
            ("postings", I64),
        ],
        key: 2,
    };

    fn key(&self) -> Self::Key {
        (self.number, self.day)
    }
    fn key_values((number, day): &Self::Key) -> Vec<Value> {
        values![*number, *day]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.number,
            self.day,
            self.debits,
            self.credits,
            self.postings
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            number: AccountNumber(columns.take()?),
            day: Day(columns.take()?),
            debits: columns.take()?,
            credits: columns.take()?,
            postings: columns.take()?,
        })
    }
}

impl Record for TipperRow {
    type Key = (ChannelId, Currency, AccountId);
    const TABLE: Table = Table {
        name: "ledger_tippers",
        columns: &[
            ("channel", Uuid),
            ("currency", Text),
            ("payer", Uuid),
            ("amount", I64),
            ("tips", I64),
            ("last_position", I64),
        ],
        key: 3,
    };

    fn key(&self) -> Self::Key {
        (self.channel, self.currency, self.payer)
    }
    fn key_values((channel, currency, payer): &Self::Key) -> Vec<Value> {
        values![*channel, *currency, *payer]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.channel,
            self.currency,
            self.payer,
            self.amount,
            self.tips,
            self.last_position,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            channel: columns.id(ChannelId)?,
            currency: columns.parsed(currency)?,
            payer: columns.id(AccountId)?,
            amount: columns.take()?,
            tips: columns.take()?,
            last_position: columns.position()?,
        })
    }
}

impl Record for FeeRow {
    type Key = (ScheduleNumber, Day);
    const TABLE: Table = Table {
        name: "ledger_fees",
        columns: &[
            ("number", I64),
            ("day", I64),
            ("schedule", Text),
            ("currency", Text),
            ("amount", I64),
            ("entries", I64),
        ],
        key: 2,
    };

    fn key(&self) -> Self::Key {
        (self.number, self.day)
    }
    fn key_values((number, day): &Self::Key) -> Vec<Value> {
        values![*number, *day]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.number,
            self.day,
            self.schedule.clone(),
            self.currency,
            self.amount,
            self.entries,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            number: ScheduleNumber(columns.take()?),
            day: Day(columns.take()?),
            schedule: columns.take()?,
            currency: columns.parsed(currency)?,
            amount: columns.take()?,
            entries: columns.take()?,
        })
    }
}
