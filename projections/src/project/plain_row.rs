//! Rows that are nothing but their columns: declared once, read and written by what the columns are.

use crate::db::{Columns, DbError, Type, Value};
use crate::project::wallet_rows::currency;
use tributary_domain::{AccountId, ChannelId, Currency, Position, StreamId, Timestamp};

/// A column's value.
pub(crate) trait Cell: Clone + Into<Value> {
    /// As which it is stored.
    const TYPE: Type;
    /// On its way into SQL.
    fn value(&self) -> Value {
        self.clone().into()
    }
    /// Reads the next column.
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError>;
}

macro_rules! cells {
    ($( $cell:ty => $kind:ident, |$columns:ident| $read:expr; )*) => { $(
        impl Cell for $cell {
            const TYPE: Type = Type::$kind;
            fn read($columns: &mut Columns<'_>) -> Result<Self, DbError> {
                $read
            }
        }
    )* };
}

cells! {
    i64 => I64, |columns| columns.take();
    String => Text, |columns| columns.take();
    Option<i64> => I64, |columns| columns.take();
    Timestamp => Time, |columns| columns.take();
    Option<Timestamp> => Time, |columns| columns.take();
    Position => I64, |columns| columns.position();
    AccountId => Uuid, |columns| columns.id(AccountId);
    StreamId => Uuid, |columns| columns.id(StreamId);
    ChannelId => Uuid, |columns| columns.id(ChannelId);
    Currency => Text, |columns| columns.parsed(currency);
}

/// Declares a row, its table, and what one is before anything happened (`nothing`, from its key).
macro_rules! plain_row {
    (
        $(#[$meta:meta])*
        $row:ident in $table:literal by ( $( $key:ident : $key_type:ty ),+ )
        { $( $(#[$fmeta:meta])* $field:ident : $type:ty = $nothing:expr ),+ $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct $row {
            $( pub(crate) $key: $key_type, )+
            $( $(#[$fmeta])* pub(crate) $field: $type, )+
        }

        impl $row {
            /// Before anything happened.
            pub(crate) fn nothing(($( $key, )+): ($( $key_type, )+)) -> Self {
                Self { $( $key, )+ $( $field: $nothing, )+ }
            }
        }

        impl $crate::record::Record for $row {
            type Key = ($( $key_type, )+);
            const TABLE: $crate::db::Table = $crate::db::Table {
                name: $table,
                columns: &[
                    $( (stringify!($key), <$key_type as $crate::project::plain_row::Cell>::TYPE), )+
                    $( (stringify!($field), <$type as $crate::project::plain_row::Cell>::TYPE), )+
                ],
                key: [$( stringify!($key) ),+].len(),
            };

            fn key(&self) -> Self::Key {
                ($( Clone::clone(&self.$key), )+)
            }
            fn key_values(($( $key, )+): &Self::Key) -> Vec<$crate::db::Value> {
                use $crate::project::plain_row::Cell as _;
                vec![$( $key.value() ),+]
            }
            fn values(&self) -> Vec<$crate::db::Value> {
                use $crate::project::plain_row::Cell as _;
                vec![$( self.$key.value(), )+ $( self.$field.value(), )+]
            }
            fn read(columns: &mut $crate::db::Columns<'_>) -> Result<Self, $crate::db::DbError> {
                use $crate::project::plain_row::Cell as _;
                Ok(Self {
                    $( $key: <$key_type>::read(columns)?, )+
                    $( $field: <$type>::read(columns)?, )+
                })
            }
        }
    };
}

pub(crate) use plain_row;
