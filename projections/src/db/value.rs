//! Values on their way into SQL, each with a type: a NULL without one is refused by PostgreSQL.

use tributary_domain::{
    AccountId, ChannelId, Currency, EntryId, HoldId, PayoutId, Position, RecordingId, StreamId,
    Timestamp, ViewerSessionId,
};
use uuid::Uuid;

/// The type of a NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Type {
    I64,
    Text,
    Uuid,
    Time,
    Bool,
}

/// A value that both engines store. The derived order is the order of `ORDER BY` for keys: ids,
/// numbers, booleans, moments and texts of plain capitals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Null(Type),
    I64(i64),
    Text(String),
    Uuid(Uuid),
    Time(Timestamp),
    Bool(bool),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null(_) => f.write_str("NULL"),
            Self::I64(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::Uuid(value) => value.fmt(f),
            Self::Time(value) => f.write_str(&value.to_rfc3339()),
            Self::Bool(value) => value.fmt(f),
        }
    }
}

macro_rules! values_from {
    ($( $from:ty => $kind:ident, $value:ident => $into:expr; )*) => { $(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                Self::$kind($into)
            }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                value.map_or(Self::Null(Type::$kind), Self::from)
            }
        }
    )* };
}

values_from! {
    i64 => I64, value => value;
    Position => I64, value => value.get();
    String => Text, value => value;
    &str => Text, value => value.to_owned();
    Currency => Text, value => value.code().to_owned();
    Uuid => Uuid, value => value;
    AccountId => Uuid, value => value.0;
    ChannelId => Uuid, value => value.0;
    StreamId => Uuid, value => value.0;
    RecordingId => Uuid, value => value.0;
    ViewerSessionId => Uuid, value => value.0;
    EntryId => Uuid, value => value.0;
    HoldId => Uuid, value => value.0;
    PayoutId => Uuid, value => value.0;
    Timestamp => Time, value => micros(value);
    bool => Bool, value => value;
}

/// The moment to the microsecond: what both engines keep.
pub(crate) fn micros(at: Timestamp) -> Timestamp {
    Timestamp::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

/// A row's values, each by its own conversion.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::db::Value::from($value)),*]
    };
}
pub(crate) use values;
