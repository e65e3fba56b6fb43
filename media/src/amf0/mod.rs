//! AMF0, the encoding of RTMP commands and of FLV metadata.
//!
//! Decoding is written for a hostile sender: nesting, the number of values and every length are
//! checked before anything is allocated for them, so that a message costs at most a small multiple
//! of its own bytes.

mod decode;
mod encode;

pub use decode::{Decoder, decode_all};
pub use encode::encode;

/// How deep values may be nested. A real `connect` is 2 deep; 16 leaves room and keeps the stack flat.
pub const DEPTH_MAX: usize = 16;

/// How many values, nested ones included, one decoder hands out. OBS's metadata has about 20.
pub const VALUES_MAX: usize = 4_096;

/// Longest string or property name in bytes.
pub const STRING_BYTES_MAX: usize = 64 * 1_024;

/// An ordered list of named values: encoders write duplicates and rely on order.
pub type Properties = Vec<(String, Value)>;

/// One AMF0 value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An IEEE 754 double, the only number there is.
    Number(f64),
    /// True or false; any byte but 0 reads as true.
    Boolean(bool),
    /// A short or long string. Bytes that are not UTF-8 are replaced, never refused.
    String(String),
    /// An anonymous object.
    Object(Properties),
    /// The null value.
    Null,
    /// The undefined value.
    Undefined,
    /// An associative array. Its count is written as a hint; readers go by the end marker.
    EcmaArray(Properties),
    /// A dense array.
    StrictArray(Vec<Self>),
    /// A date: milliseconds since the Unix epoch and the reserved time zone field.
    Date {
        /// Milliseconds since 1970-01-01T00:00:00Z.
        unix_ms: f64,
        /// Reserved; written as 0 by every known encoder.
        zone: i16,
    },
}

impl Value {
    /// A string value.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// An object with these properties, in this order.
    pub fn object<const N: usize>(properties: [(&str, Self); N]) -> Self {
        Self::Object(
            properties
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub const fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The properties, if this is an object or an associative array.
    pub fn properties(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(properties) | Self::EcmaArray(properties) => Some(properties),
            _ => None,
        }
    }

    /// The first property of this name, if this has properties.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.properties()?
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}

/// Why bytes are not AMF0, or a value cannot be written as AMF0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes ended inside a value.
    #[error("the AMF0 value is cut off")]
    Truncated,
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("the AMF0 value is nested deeper than {DEPTH_MAX}")]
    TooDeep,
    /// More values than [`VALUES_MAX`].
    #[error("more than {VALUES_MAX} AMF0 values in one message")]
    TooMany,
    /// A string longer than [`STRING_BYTES_MAX`], or a property name that its 16-bit length cannot hold.
    #[error("an AMF0 string is longer than {STRING_BYTES_MAX} bytes")]
    StringTooLong,
    /// A marker that no live encoder sends: references, typed objects, XML, AMF3.
    #[error("AMF0 marker {0:#04x} is not supported")]
    Unsupported(u8),
}

/// The type markers in use.
mod marker {
    pub(super) const NUMBER: u8 = 0x00;
    pub(super) const BOOLEAN: u8 = 0x01;
    pub(super) const STRING: u8 = 0x02;
    pub(super) const OBJECT: u8 = 0x03;
    pub(super) const NULL: u8 = 0x05;
    pub(super) const UNDEFINED: u8 = 0x06;
    pub(super) const ECMA_ARRAY: u8 = 0x08;
    pub(super) const OBJECT_END: u8 = 0x09;
    pub(super) const STRICT_ARRAY: u8 = 0x0A;
    pub(super) const DATE: u8 = 0x0B;
    pub(super) const LONG_STRING: u8 = 0x0C;
}

#[cfg(test)]
mod tests;
