//! `grantPromotion`.

use super::money::money;
use super::{Call, at, payload, settle};
use crate::Fault;
use crate::schema::{Decimal, GlobalId, Uuid};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::command::promotions::Command;
use tributary_domain::{EntryId, Event, wallet};

/// Whom to give how much, and why.
#[derive(InputObject)]
pub(crate) struct GrantPromotionInput {
    /// The account's global id; never the own one.
    account_id: ID,
    /// More than zero, at most 10000, and no finer than the currency.
    amount: Decimal,
    /// An ISO 4217 code such as `USD`.
    currency: String,
    /// Why, at most 500 characters.
    reason: String,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// Money that was given away.
    GrantPromotionPayload {
        /// The entry in the ledger.
        entry_id: Uuid,
    }
);

#[derive(Default)]
pub(crate) struct PromotionMutation;

#[Object]
impl PromotionMutation {
    /// Gives an account money to spend, at the platform's expense. Finance and admins can, with a reason.
    async fn grant_promotion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, how much, and why.")] input: GrantPromotionInput,
    ) -> Result<Option<GrantPromotionPayload>, Fault> {
        let done = async {
            let (call, _) = Call::for_money(ctx)?;
            let command = Command::Grant {
                entry: EntryId(call.shared.log.environment().uuid()),
                account: GlobalId::account("accountId", &input.account_id)?,
                amount: money(&input.amount, &input.currency)?,
                reason: call.why(Some(input.reason))?,
            };
            let receipt = call
                .execute(tributary_domain::Command::Promotions(command))
                .await?;
            let entry = receipt
                .events
                .iter()
                .find_map(|recorded| match &recorded.event {
                    Event::Wallet(wallet::Event::Granted(granted)) => {
                        Some(Uuid(granted.entry.id.0))
                    }
                    _ => None,
                });
            Ok(GrantPromotionPayload {
                entry_id: entry,
                errors: vec![],
                position: at(&receipt),
            })
        };
        settle(done.await)
    }
}
