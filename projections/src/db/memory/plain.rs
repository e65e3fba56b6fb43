//! Values in memory as the types that rows are read as.

use crate::db::{Type, Value};
use tributary_domain::Timestamp;
use uuid::Uuid;

/// What a column in memory can be read as.
pub(crate) trait Plain: Sized {
    /// The value, if it is of this type.
    fn plain(value: &Value) -> Option<Self>;
}

macro_rules! plain {
    ($($name:ident: $kind:ident),*) => { $(
        impl Plain for $kind {
            fn plain(value: &Value) -> Option<Self> {
                match value {
                    Value::$name(value) => Some(value.clone()),
                    _ => None,
                }
            }
        }
        impl Plain for Option<$kind> {
            fn plain(value: &Value) -> Option<Self> {
                match value {
                    Value::Null(Type::$name) => Some(None),
                    value => $kind::plain(value).map(Some),
                }
            }
        }
    )* };
}

plain!(I64: i64, Text: String, Uuid: Uuid, Time: Timestamp, Bool: bool);

/// Reads a column of a row in memory.
pub(crate) fn plain<T: Plain>(value: Option<&Value>) -> Result<T, sqlx::Error> {
    let found = value.and_then(T::plain);
    found.ok_or_else(|| sqlx::Error::Decode("the column has another type".into()))
}
