//! Refusals as data.

use async_graphql::SimpleObject;
use tributary_domain::Rejection;

/// Why a mutation was refused.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct UserError {
    /// What programs switch on, such as `ALREADY_STARTED`. It never changes.
    code: &'static str,
    /// The field of the input that is at fault, where one is.
    field: Option<&'static str>,
    /// For a person: what was wrong and what is allowed.
    message: String,
    /// Seconds after which it is worth trying again, where that helps.
    retry_after: Option<i32>,
}

impl From<Rejection> for UserError {
    fn from(rejection: Rejection) -> Self {
        let Rejection {
            code,
            field,
            message,
        } = rejection;
        Self {
            code,
            field,
            message,
            retry_after: None,
        }
    }
}
