//! `placeHold`, `releaseHold`.

use super::money::{money, wallet};
use super::{Call, at, payload, settle};
use crate::Fault;
use crate::schema::{DateTime, Decimal, Uuid, Wallet};
use async_graphql::{Context, InputObject, Object};
use tributary_domain::command::holds::Command;
use tributary_domain::{Currency, Event, HoldId, Rejection, wallet as domain};

/// How much to set aside, and until when.
#[derive(InputObject)]
pub(crate) struct PlaceHoldInput {
    /// More than zero, at most what is there.
    amount: Decimal,
    /// An ISO 4217 code such as `USD`.
    currency: String,
    /// Until when: at most 30 days from now.
    until: DateTime,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// What to have for anything again.
#[derive(InputObject)]
pub(crate) struct ReleaseHoldInput {
    /// The hold.
    hold_id: Uuid,
    /// The wallet's currency.
    currency: String,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// An amount that is set aside.
    PlaceHoldPayload {
        /// The hold: give it to `sendTip` or `releaseHold`.
        hold_id: Uuid,
        /// The wallet.
        wallet: Wallet,
    }
);

payload!(
    /// An amount that is no longer set aside.
    ReleaseHoldPayload {
        /// The wallet.
        wallet: Wallet,
    }
);

#[derive(Default)]
pub(crate) struct HoldMutation;

#[Object]
impl HoldMutation {
    /// Sets an amount of the own wallet aside until a moment: it can be spent only on a tip that names the
    /// hold. When the moment has come, it is there for anything again.
    async fn place_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much, and until when.")] input: PlaceHoldInput,
    ) -> Result<Option<PlaceHoldPayload>, Fault> {
        let done = async {
            let (call, account) = Call::for_money(ctx)?;
            let amount = money(&input.amount, &input.currency)?;
            let command = Command::Place {
                hold: HoldId(call.shared.log.environment().uuid()),
                amount,
                until: input.until.0,
            };
            let receipt = call
                .execute(tributary_domain::Command::Holds(command))
                .await?;
            let placed = receipt
                .events
                .iter()
                .find_map(|recorded| match &recorded.event {
                    Event::Wallet(domain::Event::HoldPlaced(placed)) => Some(Uuid(placed.hold.0)),
                    _ => None,
                });
            Ok(PlaceHoldPayload {
                hold_id: placed,
                wallet: wallet(&call, &receipt, account, amount.currency).await?,
                errors: vec![],
                position: at(&receipt),
            })
        };
        settle(done.await)
    }

    /// Has what was set aside for anything again.
    async fn release_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ReleaseHoldInput,
    ) -> Result<Option<ReleaseHoldPayload>, Fault> {
        let done = async {
            let (call, account) = Call::for_money(ctx)?;
            let currency: Currency = input.currency.parse().map_err(Rejection::from)?;
            let hold = HoldId(input.hold_id.0);
            let command = Command::Release { hold, currency };
            let receipt = call
                .execute(tributary_domain::Command::Holds(command))
                .await?;
            Ok(ReleaseHoldPayload {
                wallet: wallet(&call, &receipt, account, currency).await?,
                errors: vec![],
                position: at(&receipt),
            })
        };
        settle(done.await)
    }
}
