//! Commands as the peer sends them: a name, a transaction number, arguments.

use crate::amf0::{self, Value};

/// One decoded command.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Command {
    pub name: String,
    /// What a reply has to carry; 0 asks for none.
    pub transaction: f64,
    /// Everything after the transaction; the first is the command object, often null.
    arguments: Vec<Value>,
}

impl Command {
    /// Reads a command's body. A missing transaction or argument reads as 0 or null: encoders leave
    /// them out, and each command decides what it cannot do without.
    pub(super) fn decode(body: &[u8]) -> Result<Self, Error> {
        let mut values = amf0::decode_all(body)?.into_iter();
        let Some(Value::String(name)) = values.next() else {
            return Err(Error::NoName);
        };
        let transaction = values
            .next()
            .and_then(|value| value.as_number())
            .unwrap_or(0.0);
        Ok(Self {
            name,
            transaction,
            arguments: values.collect(),
        })
    }

    /// The command object, or null.
    pub(super) fn object(&self) -> &Value {
        self.arguments.first().unwrap_or(&Value::Null)
    }

    /// The first argument after the command object as text, or the empty text.
    pub(super) fn text(&self) -> &str {
        self.arguments
            .get(1)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The first argument after the command object as a truth; what is no truth is false.
    pub(super) fn flag(&self) -> bool {
        self.arguments.get(1) == Some(&Value::Boolean(true))
    }

    /// The first argument after the command object as a number.
    pub(super) fn number(&self) -> Option<f64> {
        self.arguments.get(1).and_then(Value::as_number)
    }
}

/// Why a message of type command is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("a command that cannot be read: {0}")]
    Amf0(#[from] amf0::Error),
    #[error("a command without a name")]
    NoName,
}
