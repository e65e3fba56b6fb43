//! Refusals as data.

use super::shared;
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
    async fn retry_after(&self, ctx: &Context<'_>) -> Option<i32> {
        let now = shared(ctx).log.environment().now();
        let named = |(name, argument): &(&str, Argument)| match argument {
            Argument::Count(seconds) if *name == "retry_after" => i32::try_from(*seconds).ok(),
            // Who is kept quiet for a while is told until when.
            Argument::Moment(until) if *name == "until" => {
                let wait = (*until - now).num_milliseconds().max(0);
                i32::try_from(wait.div_euclid(1_000) + i64::from(wait % 1_000 > 0)).ok()
            }
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
