//! `topUp`, `beginTopUp`, `sendTip`.

use super::{Call, at, payload, settle};
use crate::payments::{Asked, Begun};
use crate::schema::{Decimal, GlobalId, Tip, Uuid, Wallet};
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::command::payments;
use tributary_domain::command::tips::Command;
use tributary_domain::payment::{PaymentId, SANDBOX};
use tributary_domain::text::{self, TIP_MESSAGE_CHARACTERS_MAX};
use tributary_domain::wallet as domain;
use tributary_domain::{AccountId, Currency, EntryId, Event, HoldId, Money, Rejection};
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

/// How much to pay in, and through whom.
#[derive(InputObject)]
pub(crate) struct BeginTopUpInput {
    /// One of `paymentProviders`.
    provider: String,
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
    /// A payment that has begun.
    BeginTopUpPayload {
        /// What the provider calls the payment; null where the money has come already.
        reference: String,
        /// What the app goes on with in the provider's own forms; null where the money has come already.
        client_secret: String,
        /// The wallet, where the money has come already. Otherwise `walletEvents` tells when it has.
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

    /// Begins to pay money into the own wallet through a provider: the app goes on with `clientSecret`, and the
    /// provider tells when the money has come.
    async fn begin_top_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much, and through whom.")] input: BeginTopUpInput,
    ) -> Result<Option<BeginTopUpPayload>, Fault> {
        settle(begin_top_up(ctx, &input).await)
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
    // An installation may be without it.
    call.shared.providers.of(SANDBOX)?;
    let receipt = taken(&call, amount).await?;
    Ok(TopUpPayload {
        wallet: wallet(&call, &receipt, account, amount.currency).await?,
        errors: vec![],
        position: at(&receipt),
    })
}

/// Pays in what the sandbox has taken.
async fn taken(call: &Call<'_>, amount: Money) -> Result<Receipt, Refusal> {
    let entry = EntryId(call.shared.log.environment().uuid());
    let command = Command::TopUp { entry, amount };
    call.execute(tributary_domain::Command::Tips(command)).await
}

async fn begin_top_up(
    ctx: &Context<'_>,
    input: &BeginTopUpInput,
) -> Result<BeginTopUpPayload, Refusal> {
    let (call, account) = Call::for_money(ctx)?;
    let amount = money(&input.amount, &input.currency)?;
    // Before anybody outside is asked.
    domain::within_top_up_limit(amount).map_err(Rejection::from)?;
    let provider = call.shared.providers.of(&input.provider)?;
    let asked = Asked {
        account,
        amount,
        key: call.key_outside(),
    };
    match provider.take(&asked).await.map_err(Rejection::from)? {
        Begun::Taken => {
            let receipt = taken(&call, amount).await?;
            Ok(BeginTopUpPayload {
                reference: None,
                client_secret: None,
                wallet: wallet(&call, &receipt, account, amount.currency).await?,
                errors: vec![],
                position: at(&receipt),
            })
        }
        Begun::Open {
            reference,
            client_secret,
        } => {
            let payment = PaymentId::new(provider.name(), &reference).map_err(Rejection::from)?;
            let intend = payments::Command::Intend { payment, amount };
            let receipt = call
                .execute(tributary_domain::Command::Payments(intend))
                .await?;
            Ok(BeginTopUpPayload {
                reference: Some(reference),
                client_secret: Some(client_secret),
                wallet: None,
                errors: vec![],
                position: at(&receipt),
            })
        }
    }
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
            Event::Wallet(domain::Event::Tipped(tipped)) => {
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
