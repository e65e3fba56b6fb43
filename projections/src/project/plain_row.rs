//! Rows that are nothing but their columns: declared once, read and written by what the columns are.

use crate::db::{Columns, DbError, Type, Value};
use crate::project::ledger_rows::Day;
use crate::project::wallet_rows::currency;
use crate::word::Word;
use chrono::NaiveDate;
use tributary_domain::{
    AccountId, ChannelId, Currency, EntryId, HoldId, PayoutId, Position, StreamId, Timestamp,
};
use uuid::Uuid;

/// A column's value.
pub(crate) trait Cell: Sized {
    /// As which it is stored.
    const TYPE: Type;
    /// On its way into SQL.
    fn value(&self) -> Value;
    /// Reads the next column.
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError>;
}

macro_rules! cells {
    ($( $cell:ty => $kind:ident, |$columns:ident| $read:expr; )*) => { $(
        impl $crate::project::plain_row::Cell for $cell {
            const TYPE: $crate::db::Type = $crate::db::Type::$kind;
            fn value(&self) -> $crate::db::Value {
                self.clone().into()
            }
            fn read(
                $columns: &mut $crate::db::Columns<'_>,
            ) -> Result<Self, $crate::db::DbError> {
                $read
            }
        }
    )* };
}
pub(crate) use cells;

cells! {
    i64 => I64, |columns| columns.take();
    String => Text, |columns| columns.take();
    Option<String> => Text, |columns| columns.take();
    Option<i64> => I64, |columns| columns.take();
    Timestamp => Time, |columns| columns.take();
    Option<Timestamp> => Time, |columns| columns.take();
    Position => I64, |columns| columns.position();
    Option<Position> => I64, |columns| Ok(columns.take::<Option<i64>>()?.and_then(Position::new));
    Uuid => Uuid, |columns| columns.take();
    AccountId => Uuid, |columns| columns.id(AccountId);
    Option<AccountId> => Uuid, |columns| columns.optional_id(AccountId);
    StreamId => Uuid, |columns| columns.id(StreamId);
    ChannelId => Uuid, |columns| columns.id(ChannelId);
    EntryId => Uuid, |columns| columns.id(EntryId);
    Option<EntryId> => Uuid, |columns| columns.optional_id(EntryId);
    HoldId => Uuid, |columns| columns.id(HoldId);
    PayoutId => Uuid, |columns| columns.id(PayoutId);
    Option<NaiveDate> => I64, |columns| Ok(columns.take::<Option<i64>>()?.map(|day| Day(day).date()));
    Currency => Text, |columns| columns.parsed(currency);
    Option<Currency> => Text, |columns| columns.optional_parsed(currency);
}

impl<W: Word> Cell for W {
    const TYPE: Type = Type::Text;
    fn value(&self) -> Value {
        self.word().into()
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        columns.parsed(W::from_word)
    }
}

impl<W: Word> Cell for Option<W> {
    const TYPE: Type = Type::Text;
    fn value(&self) -> Value {
        self.map(Word::word).into()
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        columns.optional_parsed(W::from_word)
    }
}

/// Declares a row and its table: the key's columns, then the others. `keeping` says how many rows a projector
/// keeps between batches, where that is not what it keeps of others.
macro_rules! row {
    (
        $(#[$meta:meta])*
        $vis:vis $row:ident in $table:literal
            by ( $( $(#[$kmeta:meta])* $key:ident : $key_type:ty ),+ $(,)? )
            $( keeping $cached:literal )?
        { $( $(#[$fmeta:meta])* $field:ident : $type:ty ),* $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $vis struct $row {
            $( $(#[$kmeta])* $vis $key: $key_type, )+
            $( $(#[$fmeta])* $vis $field: $type, )*
        }

        impl $crate::record::Record for $row {
            type Key = ($( $key_type, )+);
            const TABLE: $crate::db::Table = $crate::db::Table {
                name: $table,
                columns: &[
                    $( (stringify!($key), <$key_type as $crate::project::plain_row::Cell>::TYPE), )+
                    $( (stringify!($field), <$type as $crate::project::plain_row::Cell>::TYPE), )*
                ],
                key: [$( stringify!($key) ),+].len(),
            };
            $( const CACHED_MAX: usize = $cached; )?

            fn key(&self) -> Self::Key {
                ($( Clone::clone(&self.$key), )+)
            }
            fn key_values(($( $key, )+): &Self::Key) -> Vec<$crate::db::Value> {
                use $crate::project::plain_row::Cell as _;
                vec![$( $key.value() ),+]
            }
            fn values(&self) -> Vec<$crate::db::Value> {
                use $crate::project::plain_row::Cell as _;
                vec![$( self.$key.value(), )+ $( self.$field.value(), )*]
            }
            fn read(columns: &mut $crate::db::Columns<'_>) -> Result<Self, $crate::db::DbError> {
                use $crate::project::plain_row::Cell as _;
                Ok(Self {
                    $( $key: <$key_type>::read(columns)?, )+
                    $( $field: <$type>::read(columns)?, )*
                })
            }
        }
    };
}
pub(crate) use row;

/// The same of a row that counts: what one is before anything happened is made from its key (`nothing`).
macro_rules! plain_row {
    (
        $(#[$meta:meta])*
        $row:ident in $table:literal by ( $( $key:ident : $key_type:ty ),+ )
        { $( $(#[$fmeta:meta])* $field:ident : $type:ty = $nothing:expr ),+ $(,)? }
    ) => {
        $crate::project::plain_row::row! {
            $(#[$meta])*
            pub(crate) $row in $table by ( $( $key : $key_type ),+ )
            { $( $(#[$fmeta])* $field : $type ),+ }
        }

        impl $row {
            /// Before anything happened.
            pub(crate) fn nothing(($( $key, )+): ($( $key_type, )+)) -> Self {
                Self { $( $key, )+ $( $field: $nothing, )+ }
            }
        }
    };
}
pub(crate) use plain_row;
