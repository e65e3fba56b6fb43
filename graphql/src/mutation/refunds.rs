//! `refundTip`.

use super::{Call, at, payload, settle};
use crate::schema::{GlobalId, Tip};
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::command::refunds::Command;
use tributary_domain::{EntryId, Event, Rejection, wallet};

/// Which tip to take back, and why.
#[derive(InputObject)]
pub(crate) struct RefundTipInput {
    /// The tip's global id.
    tip_id: ID,
    /// Why, at most 500 characters. Staff and finance must say.
    reason: Option<String>,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// A tip that was taken back.
    RefundTipPayload {
        /// The tip.
        tip: Tip,
    }
);

#[derive(Default)]
pub(crate) struct RefundMutation;

#[Object]
impl RefundMutation {
    /// Takes a tip back, once: the viewer has it again, and the platform gives its fee back. The streamer can,
    /// out of the earnings that are there; admins and finance can with a reason, and what the streamer no
    /// longer has is owed then.
    async fn refund_tip(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: RefundTipInput,
    ) -> Result<Option<RefundTipPayload>, Fault> {
        settle(refund(ctx, input).await)
    }
}

async fn refund(ctx: &Context<'_>, input: RefundTipInput) -> Result<RefundTipPayload, Refusal> {
    let (call, _) = Call::for_money(ctx)?;
    let log = &call.shared.log;
    let position = GlobalId::tip("tipId", &input.tip_id)?;
    let found = log.event_at(position).await.map_err(Fault::from)?;
    let found = found.as_ref().map(|recorded| &recorded.event);
    let Some(Event::Wallet(wallet::Event::Tipped(tipped))) = found else {
        return Err(Rejection::from(wallet::Rejection::TipNotFound).into());
    };
    let command = Command::Tip {
        entry: EntryId(log.environment().uuid()),
        tip: tipped.given(position),
        reason: call.why(input.reason)?,
    };
    let receipt = call
        .execute(tributary_domain::Command::Refunds(command))
        .await?;
    let tip = if call.shows(&receipt).await {
        call.shared.views.tip(position).await?.map(Tip::from)
    } else {
        None
    };
    Ok(RefundTipPayload {
        tip,
        errors: vec![],
        position: at(&receipt),
    })
}
