//! `setFees`.

use super::{Call, at, payload, settle};
use crate::Fault;
use crate::schema::{DateTime, Decimal};
use async_graphql::{Context, InputObject, Object};
use tributary_domain::Rejection;
use tributary_domain::command::fees::Command;
use tributary_domain::money::{self, FeeSchedule};

/// What the platform is to keep of tips, and since when.
#[derive(InputObject)]
pub(crate) struct SetFeesInput {
    /// A name that no other schedule has, as entries cite it: at most 64 visible characters.
    id: String,
    /// The part that is kept, at least 0 and less than 1, with at most 6 digits: `0.05` is 5 %.
    rate: Decimal,
    /// Since when; left out: at once. Never in the past.
    from: Option<DateTime>,
    /// Why, at most 500 characters.
    reason: String,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// Fees that were set.
    SetFeesPayload {
        /// The schedule's name.
        id: String,
    }
);

#[derive(Default)]
pub(crate) struct FeeMutation;

#[Object]
impl FeeMutation {
    /// Sets what the platform keeps of tips from a moment on. Tips that were given before stay as they are.
    /// Finance and admins can.
    async fn set_fees(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, since when, and why.")] input: SetFeesInput,
    ) -> Result<Option<SetFeesPayload>, Fault> {
        let done = async {
            let (call, _) = Call::for_money(ctx)?;
            let rate = input.rate.0.parse().map_err(|_| money::Rejection::BadRate);
            let schedule = rate.and_then(|rate| FeeSchedule::new(input.id.clone(), rate));
            let command = Command::Schedule {
                schedule: schedule.map_err(Rejection::from)?,
                from: input.from.map(|from| from.0),
                reason: call.why(Some(input.reason))?,
            };
            let receipt = call
                .execute(tributary_domain::Command::Fees(command))
                .await?;
            Ok(SetFeesPayload {
                id: Some(input.id),
                errors: vec![],
                position: at(&receipt),
            })
        };
        settle(done.await)
    }
}
