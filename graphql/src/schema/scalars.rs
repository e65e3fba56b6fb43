//! Scalars: a text each, whose meaning is specified elsewhere.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{SecondsFormat, SubsecRound as _};
use std::fmt;
use tributary_domain::Timestamp;

/// The longest amount that is looked at, in characters.
const DECIMAL_CHARACTERS_MAX: usize = 100;

/// A moment in UTC, as RFC 3339 writes it: `2026-01-31T18:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateTime(pub(crate) Timestamp);

/// A moment in UTC, as RFC 3339 writes it: `2026-01-31T18:00:00Z`.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let moment = chrono::DateTime::parse_from_rfc3339(text)
            .map_err(|_| "a moment looks like 2026-01-31T18:00:00Z")?;
        Ok(Self(moment.to_utc().trunc_subsecs(6)))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// An exact decimal number, as text: `"10.00"`. Kept as it was sent until its currency is known, so
/// that a wrong amount is refused by its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal(pub(crate) String);

impl From<rust_decimal::Decimal> for Decimal {
    fn from(decimal: rust_decimal::Decimal) -> Self {
        Self(decimal.to_string())
    }
}

/// An exact decimal number, as text: `"10.00"`. No exponents, no separators, never a float.
#[Scalar(
    name = "Decimal",
    specified_by_url = "https://www.w3.org/TR/xmlschema11-2/#decimal"
)]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if text.chars().count() <= DECIMAL_CHARACTERS_MAX => Ok(Self(text)),
            // A number may have lost digits before it came here.
            _ => Err("an amount is a text such as \"10.00\"".into()),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position(pub(crate) tributary_domain::Position);

/// A place in the log: a whole number of at least 0, as text. Every mutation answers with one; give
/// it as `atLeast` to read what was written.
#[Scalar(
    name = "Position",
    specified_by_url = "https://www.w3.org/TR/xmlschema11-2/#nonNegativeInteger"
)]
impl ScalarType for Position {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok()
            }
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        let position = number.and_then(tributary_domain::Position::new);
        position
            .map(Self)
            .ok_or_else(|| "a position is a whole number of at least 0".into())
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A universally unique identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uuid(pub(crate) uuid::Uuid);

/// A universally unique identifier, in lower case with hyphens.
#[Scalar(
    name = "UUID",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc9562"
)]
impl ScalarType for Uuid {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Ok(Self(uuid::Uuid::parse_str(text)?)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// Any JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Json(pub(crate) serde_json::Value);

/// Any JSON value: what an event says, or what an aggregate comes to. Its shape is not part of this
/// schema; that of events stands in the catalogue of events.
#[Scalar(
    name = "JSON",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259"
)]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::Number;

    #[test]
    fn moments_are_utc_in_whole_microseconds() {
        let moment = DateTime::parse("2026-01-31T18:00:00.1234567+01:00".into()).unwrap();
        assert_eq!(
            moment.to_value(),
            Value::from("2026-01-31T17:00:00.123456Z")
        );
        for bad in ["", "2026-01-31", "yesterday", "2026-13-01T00:00:00Z"] {
            assert!(DateTime::parse(bad.into()).is_err(), "{bad}");
        }
    }

    #[test]
    fn amounts_are_texts_only() {
        assert!(
            Decimal::parse("1e400".into()).is_ok(),
            "refused later, by its field"
        );
        assert!(Decimal::parse(Value::Number(Number::from(10))).is_err());
        assert!(Decimal::parse("1".repeat(101).into()).is_err());
    }

    #[test]
    fn positions_are_whole_numbers() {
        assert!(Position::parse("0".into()).is_ok());
        assert!(Position::parse(Value::Number(Number::from(7))).is_ok());
        for bad in ["-1", "", "1.5", "x", "+1", "99999999999999999999"] {
            assert!(Position::parse(bad.into()).is_err(), "{bad}");
        }
    }
}
