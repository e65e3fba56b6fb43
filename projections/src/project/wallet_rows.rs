//! The rows of wallets and tips. Amounts stand in whole minor units; a float never.

use crate::db::Type::{I64, Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, values};
use crate::record::Record;
use tributary_domain::{
    AccountId, ChannelId, Currency, EntryId, Money, Position, StreamId, Timestamp,
};

/// One account's money in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    /// Whose.
    pub account: AccountId,
    /// What its owner can spend.
    pub balance: Money,
    /// What its owner has earned and not been paid out. The same currency.
    pub earnings: Money,
    /// What its owner owes, because more was taken back than earnings were there. The same currency.
    pub owed: Money,
    /// What of the balance is set aside. The same currency.
    pub held: Money,
    /// The event that it last changed by.
    pub updated_position: Position,
}

/// Money that a viewer gave to a streamer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// Names it, and orders it.
    pub position: Position,
    /// Its entry in the ledger.
    pub entry: EntryId,
    /// Whom.
    pub channel: ChannelId,
    /// The stream that was open, if one was.
    pub stream: Option<StreamId>,
    /// Who paid.
    pub payer: AccountId,
    /// The payer's name as it was; `None` once erased.
    pub sender_name: Option<String>,
    /// What the viewer gave.
    pub amount: Money,
    /// What the platform kept. The same currency.
    pub fee: Money,
    /// What the streamer got. The same currency.
    pub net: Money,
    /// The words that went with it.
    pub message: Option<String>,
    /// When.
    pub sent_at: Timestamp,
    /// When it was taken back, if it was.
    pub refunded_at: Option<Timestamp>,
}

pub(crate) fn currency(text: &str) -> Option<Currency> {
    text.parse().ok()
}

impl Record for Wallet {
    type Key = (AccountId, Currency);
    const TABLE: Table = Table {
        name: "wallets",
        columns: &[
            ("account", Uuid),
            ("currency", Text),
            ("balance", I64),
            ("earnings", I64),
            ("owed", I64),
            ("held", I64),
            ("updated_position", I64),
        ],
        key: 2,
    };

    fn key(&self) -> Self::Key {
        (self.account, self.balance.currency)
    }
    fn key_values((account, currency): &Self::Key) -> Vec<Value> {
        values![*account, *currency]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.account,
            self.balance.currency,
            self.balance.minor(),
            self.earnings.minor(),
            self.owed.minor(),
            self.held.minor(),
            self.updated_position,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        let account = columns.id(AccountId)?;
        let currency = columns.parsed(currency)?;
        Ok(Self {
            account,
            balance: Money::from_minor(columns.take()?, currency),
            earnings: Money::from_minor(columns.take()?, currency),
            owed: Money::from_minor(columns.take()?, currency),
            held: Money::from_minor(columns.take()?, currency),
            updated_position: columns.position()?,
        })
    }
}

impl Record for Tip {
    type Key = Position;
    const TABLE: Table = Table {
        name: "tips",
        columns: &[
            ("position", I64),
            ("entry", Uuid),
            ("channel", Uuid),
            ("stream", Uuid),
            ("payer", Uuid),
            ("sender_name", Text),
            ("currency", Text),
            ("amount", I64),
            ("fee", I64),
            ("net", I64),
            ("message", Text),
            ("sent_at", Time),
            ("refunded_at", Time),
        ],
        key: 1,
    };
    /// Nothing looks back at a tip.
    const CACHED_MAX: usize = 0;

    fn key(&self) -> Position {
        self.position
    }
    fn key_values(key: &Position) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.position,
            self.entry,
            self.channel,
            self.stream,
            self.payer,
            self.sender_name.clone(),
            self.amount.currency,
            self.amount.minor(),
            self.fee.minor(),
            self.net.minor(),
            self.message.clone(),
            self.sent_at,
            self.refunded_at,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        let (position, entry) = (columns.position()?, columns.id(EntryId)?);
        let (channel, stream) = (columns.id(ChannelId)?, columns.optional_id(StreamId)?);
        let (payer, sender_name) = (columns.id(AccountId)?, columns.take()?);
        let currency = columns.parsed(currency)?;
        Ok(Self {
            position,
            entry,
            channel,
            stream,
            payer,
            sender_name,
            amount: Money::from_minor(columns.take()?, currency),
            fee: Money::from_minor(columns.take()?, currency),
            net: Money::from_minor(columns.take()?, currency),
            message: columns.take()?,
            sent_at: columns.take()?,
            refunded_at: columns.take()?,
        })
    }
}
