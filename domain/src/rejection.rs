//! Why a command was refused, in the form that crosses to clients.

/// A rule that a command would break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// Stable, in capitals: what programs switch on.
    pub code: &'static str,
    /// The input field at fault, where one is.
    pub field: Option<&'static str>,
    /// For a person: what was wrong and what is allowed.
    pub message: String,
}

impl Rejection {
    /// A refusal with a code, the field at fault and a sentence.
    pub fn new(code: &'static str, field: Option<&'static str>, message: String) -> Self {
        Self {
            code,
            field,
            message,
        }
    }
}
