//! `requestPayout`, `approvePayout`, `sendPayout`, `settlePayout`, `failPayout`, `cancelPayout`.

use super::money::money;
use super::{Call, at, payload, settle};
use crate::messages::Sentence;
use crate::payments::{Order, Trouble};
use crate::schema::{Decimal, GlobalId, Position, Uuid};
use crate::service::{self, Asker};
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use chrono::NaiveDate;
use tributary_domain::command::payouts::Command;
use tributary_domain::payout::{self, Status};
use tributary_domain::{EntryId, HistoryId, PayoutId, Rejection, State};

/// How much to pay out.
#[derive(InputObject)]
pub(crate) struct RequestPayoutInput {
    /// The own channel's global id.
    channel_id: ID,
    /// At least 1000 of the currency's smallest unit (10.00 USD), at most what was earned.
    amount: Decimal,
    /// An ISO 4217 code such as `USD`.
    currency: String,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// Which payout to agree to.
#[derive(InputObject)]
pub(crate) struct ApprovePayoutInput {
    /// The payout.
    payout_id: Uuid,
    /// Why, at most 500 characters. It must be said.
    reason: Option<String>,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// Which payout to send, or was sent.
#[derive(InputObject)]
pub(crate) struct SendPayoutInput {
    /// The payout.
    payout_id: Uuid,
    /// The provider: a-z, 0-9, `_` and `-`, at most 32 characters.
    provider: String,
    /// What the provider calls it, where it was told by hand: at most 128 visible characters. Left out, the
    /// provider is told now; it must be one of `paymentProviders`.
    reference: Option<String>,
    /// What the provider calls the streamer (`acct_…`), where it is told now.
    destination: Option<String>,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// Which payout has arrived.
#[derive(InputObject)]
pub(crate) struct SettlePayoutInput {
    /// The payout.
    payout_id: Uuid,
    /// The day (UTC) on which it arrived, such as `2027-01-14`; left out: today.
    on: Option<String>,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// Which payout has not arrived.
#[derive(InputObject)]
pub(crate) struct FailPayoutInput {
    /// The payout.
    payout_id: Uuid,
    /// Why, at most 500 characters.
    reason: String,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// Which payout to call off.
#[derive(InputObject)]
pub(crate) struct CancelPayoutInput {
    /// The payout.
    payout_id: Uuid,
    /// Why, at most 500 characters. Finance must say.
    reason: Option<String>,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// A payout that was asked for.
    RequestPayoutPayload {
        /// The payout.
        payout_id: Uuid,
    }
);

payload!(
    /// A payout that was approved.
    ApprovePayoutPayload {
        /// The payout.
        payout_id: Uuid,
    }
);

payload!(
    /// A payout that is with its provider.
    SendPayoutPayload {
        /// The payout.
        payout_id: Uuid,
    }
);

payload!(
    /// A payout that has arrived.
    SettlePayoutPayload {
        /// The payout.
        payout_id: Uuid,
    }
);

payload!(
    /// A payout that has not arrived.
    FailPayoutPayload {
        /// The payout.
        payout_id: Uuid,
    }
);

payload!(
    /// A payout that was called off.
    CancelPayoutPayload {
        /// The payout.
        payout_id: Uuid,
    }
);

#[derive(Default)]
pub(crate) struct PayoutMutation;

#[Object]
impl PayoutMutation {
    /// Takes earnings of the own channel out for a payout.
    async fn request_payout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much.")] input: RequestPayoutInput,
    ) -> Result<Option<RequestPayoutPayload>, Fault> {
        let done = async {
            let (call, _) = Call::for_money(ctx)?;
            let payout = PayoutId(call.shared.log.environment().uuid());
            let command = Command::Request {
                payout,
                channel: GlobalId::channel("channelId", &input.channel_id)?,
                amount: money(&input.amount, &input.currency)?,
                entry: entry(&call),
            };
            let (payout_id, position) = carry_out(&call, payout, command).await?;
            Ok(RequestPayoutPayload {
                payout_id,
                errors: vec![],
                position,
            })
        };
        settle(done.await)
    }

    /// Agrees to a payout. Finance can, but never who asked for it.
    async fn approve_payout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ApprovePayoutInput,
    ) -> Result<Option<ApprovePayoutPayload>, Fault> {
        let done = async {
            let (call, _) = Call::for_money(ctx)?;
            let payout = PayoutId(input.payout_id.0);
            let reason = call.why(input.reason)?;
            let command = Command::Approve { payout, reason };
            let (payout_id, position) = carry_out(&call, payout, command).await?;
            Ok(ApprovePayoutPayload {
                payout_id,
                errors: vec![],
                position,
            })
        };
        settle(done.await)
    }

    /// Has a provider make an approved payout, or notes that it was told to. From then on it cannot be called off.
    /// A provider that says no makes it fail: the amount is back in the earnings. Finance only.
    async fn send_payout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to whom.")] input: SendPayoutInput,
    ) -> Result<Option<SendPayoutPayload>, Fault> {
        let done = async {
            let (call, _) = Call::for_money(ctx)?;
            let payout = PayoutId(input.payout_id.0);
            let provider = input.provider;
            let reference = match input.reference {
                Some(reference) => reference,
                None => told(&call, payout, &provider, input.destination).await?,
            };
            let command = Command::Send {
                payout,
                provider,
                reference,
            };
            let (payout_id, position) = carry_out(&call, payout, command).await?;
            Ok(SendPayoutPayload {
                payout_id,
                errors: vec![],
                position,
            })
        };
        settle(done.await)
    }

    /// Notes that a payout has arrived. Finance only.
    async fn settle_payout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and when.")] input: SettlePayoutInput,
    ) -> Result<Option<SettlePayoutPayload>, Fault> {
        let done = async {
            let (call, _) = Call::for_money(ctx)?;
            let payout = PayoutId(input.payout_id.0);
            let on = input.on.as_deref().map(day).transpose()?;
            let entry = entry(&call);
            let command = Command::Settle { payout, entry, on };
            let (payout_id, position) = carry_out(&call, payout, command).await?;
            Ok(SettlePayoutPayload {
                payout_id,
                errors: vec![],
                position,
            })
        };
        settle(done.await)
    }

    /// Notes that a payout has not arrived: the amount is back in the earnings. Finance only.
    async fn fail_payout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: FailPayoutInput,
    ) -> Result<Option<FailPayoutPayload>, Fault> {
        let done = async {
            let (call, _) = Call::for_money(ctx)?;
            let payout = PayoutId(input.payout_id.0);
            let reason = call.why(Some(input.reason))?;
            let entry = entry(&call);
            let command = Command::Fail {
                payout,
                entry,
                reason,
            };
            let (payout_id, position) = carry_out(&call, payout, command).await?;
            Ok(FailPayoutPayload {
                payout_id,
                errors: vec![],
                position,
            })
        };
        settle(done.await)
    }

    /// Calls a payout off before it is sent: the amount is back in the earnings. The streamer and finance can.
    async fn cancel_payout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: CancelPayoutInput,
    ) -> Result<Option<CancelPayoutPayload>, Fault> {
        let done = async {
            let (call, _) = Call::for_money(ctx)?;
            let payout = PayoutId(input.payout_id.0);
            let reason = call.why(input.reason)?;
            let entry = entry(&call);
            let command = Command::Cancel {
                payout,
                entry,
                reason,
            };
            let (payout_id, position) = carry_out(&call, payout, command).await?;
            Ok(CancelPayoutPayload {
                payout_id,
                errors: vec![],
                position,
            })
        };
        settle(done.await)
    }
}

/// Has a provider pay, once however often it is asked: what it calls the payout.
async fn told(
    call: &Call<'_>,
    payout: PayoutId,
    provider: &str,
    destination: Option<String>,
) -> Result<String, Refusal> {
    let asked = call.shared.providers.of(provider)?;
    let log = &call.shared.log;
    // It cannot be called off from here on, whatever becomes of this node.
    let hand_over = Command::HandOver {
        payout,
        provider: provider.to_owned(),
    };
    let asker = Asker::from(call.caller.actor());
    let command = tributary_domain::Command::Payouts(hand_over);
    let receipt = service::execute(log, asker, command).await?;
    let state = log.state(&HistoryId::Payout(payout)).await;
    let State::Payout(state) = state.map_err(Fault::from)? else {
        return Err(Rejection::from(payout::Rejection::NotFound).into());
    };
    let amount = match (&state.status, state.terms) {
        // It was told before, and has answered.
        (Status::Sent { reference, .. }, _) => return Ok(reference.clone()),
        (_, Some(terms)) => terms.amount,
        (_, None) => return Err(Rejection::from(payout::Rejection::NotFound).into()),
    };
    let order = Order {
        payout,
        amount,
        destination,
        again: receipt.events.is_empty(),
    };
    match asked.pay_out(&order).await {
        Ok(reference) => Ok(reference),
        Err(trouble) => {
            if let Trouble::Refused { code } = &trouble {
                let fail = Command::Fail {
                    payout,
                    entry: entry(call),
                    reason: call.why(Some(format!("{provider} refused: {code}")))?,
                };
                let asker = Asker::from(call.caller.actor());
                service::execute(log, asker, tributary_domain::Command::Payouts(fail)).await?;
            }
            Err(Rejection::from(trouble).into())
        }
    }
}

fn entry(call: &Call<'_>) -> EntryId {
    EntryId(call.shared.log.environment().uuid())
}

fn day(text: &str) -> Result<NaiveDate, Fault> {
    text.parse().map_err(|_| Fault::BadInput(Sentence::NotADay))
}

/// Done; the payout is the one that was asked for first, where a mutation was sent again.
async fn carry_out(
    call: &Call<'_>,
    payout: PayoutId,
    command: Command,
) -> Result<(Option<Uuid>, Option<Position>), Refusal> {
    let receipt = call
        .execute(tributary_domain::Command::Payouts(command))
        .await?;
    let first = receipt
        .events
        .iter()
        .find_map(|recorded| match recorded.history {
            HistoryId::Payout(payout) => Some(payout),
            _ => None,
        });
    Ok((Some(Uuid(first.unwrap_or(payout).0)), at(&receipt)))
}
