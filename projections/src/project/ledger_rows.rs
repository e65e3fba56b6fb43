//! The rows of the ledger. Amounts stand in whole minor units, debits positive.

use crate::db::Value;
use crate::project::plain_row::{cells, plain_row, row};
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

impl From<Option<NaiveDate>> for Value {
    fn from(date: Option<NaiveDate>) -> Self {
        date.map(|date| Day::from(date).0).into()
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

cells! {
    Day => I64, |columns| columns.take().map(Day);
    AccountNumber => I64, |columns| columns.take().map(AccountNumber);
    ScheduleNumber => I64, |columns| columns.take().map(ScheduleNumber);
    LedgerAccount => Text, |columns| columns.parsed(|text| text.parse().ok());
}

impl From<LedgerAccount> for Value {
    fn from(account: LedgerAccount) -> Self {
        account.to_string().into()
    }
}

row! {
    /// What an account comes to.
    pub(crate) BalanceRow in "ledger_balances" by (number: AccountNumber) {
        account: LedgerAccount,
        currency: Currency,
        balance: i64,
        postings: i64,
        updated_position: Position,
    }
}

row! {
    /// An entry, without its postings. Only what takes one back looks back at it.
    pub(crate) EntryRow in "ledger_entries" by (entry: EntryId) keeping 0 {
        position: Position,
        kind: String,
        currency: Currency,
        day: Day,
        recorded_at: Timestamp,
        reverses: Option<EntryId>,
        schedule: Option<String>,
    }
}

row! {
    /// Which entry took another back.
    pub(crate) ReversalRow in "ledger_reversals" by (reversed: EntryId) keeping 0 {
        entry: EntryId,
    }
}

row! {
    /// A posting, by its account. Nothing looks back at one.
    pub(crate) PostingRow in "ledger_postings"
        by (number: AccountNumber, position: Position, line: i64) keeping 0
    {
        day: Day,
        amount: i64,
        balance: i64,
    }
}

plain_row! {
    /// What moved in an account on one effective day. Both sides are positive.
    DayRow in "ledger_days" by (number: AccountNumber, day: Day) {
        debits: i64 = 0,
        credits: i64 = 0,
        postings: i64 = 0,
    }
}

row! {
    /// What a viewer gave to a channel.
    pub(crate) TipperRow in "ledger_tippers"
        by (channel: ChannelId, currency: Currency, payer: AccountId)
    {
        amount: i64,
        tips: i64,
        last_position: Position,
    }
}

row! {
    /// What the platform earned by a schedule on one day.
    pub(crate) FeeRow in "ledger_fees" by (number: ScheduleNumber, day: Day) {
        /// None where an entry names none, nor one that it took back.
        schedule: Option<String>,
        currency: Currency,
        amount: i64,
        entries: i64,
    }
}
