//! Refusals as data.

use crate::auth::Caller;
use crate::messages;
use async_graphql::{Context, Object};
use tributary_domain::Rejection;
use tributary_domain::rejection::Argument;

/// Why a mutation was refused.
#[derive(Debug, Clone)]
pub(crate) struct UserError(Rejection);

/// Why a mutation was refused.
#[Object]
impl UserError {
    /// What programs switch on, such as `ALREADY_STARTED`. It never changes.
    async fn code(&self) -> &'static str {
        self.0.code
    }

    /// The field of the input that is at fault, where one is.
    async fn field(&self) -> Option<&'static str> {
        self.0.field
    }

    /// For a person: what was wrong and what is allowed, in the language of `Accept-Language`, which
    /// may be `en`, `fr` or `vi`.
    async fn message(&self, ctx: &Context<'_>) -> String {
        messages::refusal(&self.0, Caller::of(ctx).language)
    }

    /// Seconds after which it is worth trying again, where that helps.
    async fn retry_after(&self) -> Option<i32> {
        let named = |(name, argument): &(&str, Argument)| match argument {
            Argument::Count(seconds) if *name == "retry_after" => i32::try_from(*seconds).ok(),
            _ => None,
        };
        self.0.arguments.iter().find_map(named)
    }
}

impl From<Rejection> for UserError {
    fn from(rejection: Rejection) -> Self {
        Self(rejection)
    }
}
