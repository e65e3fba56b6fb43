//! `topUp`, `sendTip`.

use super::{Call, at, payload, settle};
use crate::schema::{Decimal, GlobalId, Tip, Uuid, Wallet};
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::command::tips::Command;
use tributary_domain::text::{self, TIP_MESSAGE_CHARACTERS_MAX};
use tributary_domain::{AccountId, Currency, EntryId, Event, HoldId, Money, Rejection, wallet};
use tributary_store::Receipt;

/// How much to pay in.
#[derive(InputObject)]
pub(crate) struct TopUpInput {
    /// More than zero, at most 10000, and no finer than the currency.
    amount: Decimal,
    /// An ISO 4217 code such as `USD`.
    currency: String,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// How much to give to whom.
#[derive(InputObject)]
pub(crate) struct SendTipInput {
    /// The channel's global id.
    channel_id: ID,
    /// More than zero, at most what the wallet holds, and no finer than the currency.
    amount: Decimal,
    /// An ISO 4217 code such as `USD`.
    currency: String,
    /// Words that go with it, at most 255 characters.
    message: Option<String>,
    /// A hold to give it from; what is left of the hold is free again.
    hold_id: Option<Uuid>,
    /// Makes it safe to send again, and is needed: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// A wallet that was paid into.
    TopUpPayload {
        /// The wallet.
        wallet: Wallet,
    }
);

payload!(
    /// A tip that was given.
    SendTipPayload {
        /// The tip.
        tip: Tip,
        /// The wallet that it was paid from.
        wallet: Wallet,
    }
);

#[derive(Default)]
pub(crate) struct MoneyMutation;

#[Object]
impl MoneyMutation {
    /// Pays money into the own wallet through the sandbox provider, which always says yes.
    async fn top_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much.")] input: TopUpInput,
    ) -> Result<Option<TopUpPayload>, Fault> {
        settle(top_up(ctx, &input).await)
    }

    /// Gives to a streamer from the own wallet.
    async fn send_tip(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much and whom.")] input: SendTipInput,
    ) -> Result<Option<SendTipPayload>, Fault> {
        settle(send_tip(ctx, input).await)
    }
}

async fn top_up(ctx: &Context<'_>, input: &TopUpInput) -> Result<TopUpPayload, Refusal> {
    let (call, account) = Call::for_money(ctx)?;
    let amount = money(&input.amount, &input.currency)?;
    let entry = EntryId(call.shared.log.environment().uuid());
    let command = Command::TopUp { entry, amount };
    let receipt = call
        .execute(tributary_domain::Command::Tips(command))
        .await?;
    Ok(TopUpPayload {
        wallet: wallet(&call, &receipt, account, amount.currency).await?,
        errors: vec![],
        position: at(&receipt),
    })
}

async fn send_tip(ctx: &Context<'_>, input: SendTipInput) -> Result<SendTipPayload, Refusal> {
    let (call, account) = Call::for_money(ctx)?;
    let env = call.shared.log.environment();
    let amount = money(&input.amount, &input.currency)?;
    let currency = amount.currency;
    let command = Command::Tip {
        entry: EntryId(env.uuid()),
        channel: GlobalId::channel("channelId", &input.channel_id)?,
        amount,
        fee_schedule: call.shared.settings.fee_schedule.clone(),
        hold: input.hold_id.map(|hold| HoldId(hold.0)),
        message: text::optional("message", input.message, TIP_MESSAGE_CHARACTERS_MAX)?,
        salt: env.salt(),
    };
    let receipt = call
        .execute(tributary_domain::Command::Tips(command))
        .await?;
    let tip = receipt
        .events
        .iter()
        .find_map(|recorded| match &recorded.event {
            Event::Wallet(wallet::Event::Tipped(tipped)) => {
                Some(Tip::given(recorded, tipped, currency))
            }
            _ => None,
        });
    Ok(SendTipPayload {
        tip,
        wallet: wallet(&call, &receipt, account, currency).await?,
        errors: vec![],
        position: at(&receipt),
    })
}

pub(super) fn money(amount: &Decimal, currency: &str) -> Result<Money, Rejection> {
    let currency: Currency = currency.parse()?;
    Ok(Money::parse(&amount.0, currency)?)
}

pub(super) async fn wallet(
    call: &Call<'_>,
    receipt: &Receipt,
    account: AccountId,
    currency: Currency,
) -> Result<Option<Wallet>, Refusal> {
    if !call.shows(receipt).await {
        return Ok(None);
    }
    Ok(call
        .shared
        .views
        .wallet(account, currency)
        .await?
        .map(Wallet::from))
}
