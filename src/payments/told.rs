//! What follows from what a provider said: one command, under the provider's own id of the message.

use super::{Message, Outcome, Said};
use crate::parts::Core;
use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use tributary_domain::channel::Reason;
use tributary_domain::command::payments::{self, GivenTips, TIPS_TAKEN_BACK_MAX};
use tributary_domain::command::{Actor, Command, CommandId, payouts};
use tributary_domain::payment::{self, FAILURE_CHARACTERS_MAX, PaymentId};
use tributary_domain::{
    AccountId, Currency, EntryId, Event, HistoryId, Position, Rejection, Request, State,
};
use tributary_store::reader::{Order, Selection};
use tributary_store::{CommandError, LogReader};

/// Which part of Tributary asks.
const PART: &str = "payments";

/// How long the read models may take to know the tips that a payment was spent on.
const PATIENCE: Duration = Duration::from_secs(8);

/// Events of one payment that are looked at: it has a handful.
const PAYMENT_EVENTS_MAX: usize = 1_000;

/// Why what a provider said was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// A rule refuses it.
    #[error("{0}")]
    Refused(Rejection),
    /// The provider used the id for something else.
    #[error("a message of this id said something else before")]
    OtherContent,
    /// It could not be recorded now.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// Records what a provider said. When it returns, that is durable.
///
/// # Errors
/// See [`Untold`].
pub async fn tell(
    core: &Core,
    reader: &LogReader,
    provider: &str,
    message: &Message,
) -> Result<Outcome, Untold> {
    let command = match &message.said {
        Said::Foreign => return Ok(Outcome::Foreign),
        Said::Nothing => return Ok(Outcome::Ignored),
        said => command(core, reader, provider, said).await?,
    };
    let request = Request {
        actor: Actor::System(PART),
        at: core.env().now(),
        id: Some(command_id(provider, message)),
        command,
    };
    match core.log.execute(request).await {
        Ok(receipt) if receipt.events.is_empty() => Ok(Outcome::Known),
        Ok(_) => Ok(Outcome::Recorded),
        Err(CommandError::Rejected(rejection)) => Err(Untold::Refused(rejection)),
        Err(CommandError::IdReused) => Err(Untold::OtherContent),
        Err(error) => Err(Untold::Failed(error.into())),
    }
}

fn command_id(provider: &str, message: &Message) -> CommandId {
    let id = if message.id.chars().count() <= CommandId::CHARACTERS_MAX {
        message.id.clone()
    } else {
        let hash = Sha256::digest(&message.id);
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    CommandId {
        scope: format!("provider:{provider}"),
        id,
        body: message.said.digest(),
    }
}

async fn command(
    core: &Core,
    reader: &LogReader,
    provider: &str,
    said: &Said,
) -> Result<Command, Untold> {
    let env = core.env();
    let entry = EntryId(env.uuid());
    let named = |reference: &str| {
        PaymentId::new(provider, reference).map_err(|wrong| Untold::Refused(wrong.into()))
    };
    let reason = |code: &str| Reason {
        text: Some(format!("{provider}: {}", short(code))),
        salt: env.salt(),
    };
    Ok(match said {
        Said::Confirmed {
            payment,
            account,
            amount,
        } => Command::Payments(payments::Command::Confirm {
            payment: named(payment)?,
            account: *account,
            amount: *amount,
            entry,
            // Nothing was given from money that was not there.
            tips: GivenTips {
                tips: vec![],
                salt: env.salt(),
            },
        }),
        Said::Failed { payment, code } => Command::Payments(payments::Command::Fail {
            payment: named(payment)?,
            code: short(code),
        }),
        Said::Refunded { payment, total } => {
            let payment = named(payment)?;
            let tips = given(core, reader, &payment, total.currency).await?;
            Command::Payments(payments::Command::Refund {
                payment,
                total: *total,
                entry,
                tips,
            })
        }
        Said::Disputed {
            payment,
            dispute,
            amount,
            standing,
        } => {
            let payment = named(payment)?;
            let tips = given(core, reader, &payment, amount.currency).await?;
            Command::Payments(payments::Command::Dispute {
                payment,
                dispute: dispute.clone(),
                amount: *amount,
                standing: *standing,
                entry,
                tips,
            })
        }
        Said::PayoutSent { payout, reference } => Command::Payouts(payouts::Command::Send {
            payout: *payout,
            provider: provider.to_owned(),
            reference: reference.clone(),
        }),
        Said::PayoutSettled { payout, on } => Command::Payouts(payouts::Command::Settle {
            payout: *payout,
            entry,
            on: *on,
        }),
        Said::PayoutFailed { payout, code } => Command::Payouts(payouts::Command::Fail {
            payout: *payout,
            entry,
            reason: reason(code),
        }),
        Said::Foreign | Said::Nothing => {
            return Err(Untold::Failed(anyhow::anyhow!("nothing follows from it")));
        }
    })
}

/// The tips that the payer gave since the payment was confirmed: what it may have been spent on.
async fn given(
    core: &Core,
    reader: &LogReader,
    payment: &PaymentId,
    currency: Currency,
) -> Result<GivenTips, Untold> {
    let salt = core.env().salt();
    let tips = match confirmed(core, reader, payment).await? {
        None => vec![],
        Some((payer, since)) => {
            // Tips that are not folded yet would be passed over, and the platform would bear what they cost.
            let ready = core.views.wait_for(core.log.head(), PATIENCE).await;
            ready.context("the read models do not know the newest tips yet")?;
            let tips = core
                .views
                .tips_to_take_back(payer, currency, since, TIPS_TAKEN_BACK_MAX)
                .await;
            tips.context("tips cannot be looked up")?
        }
    };
    Ok(GivenTips { tips, salt })
}

/// Who has paid, and where the log says that the money came; `None` as long as it has not.
async fn confirmed(
    core: &Core,
    reader: &LogReader,
    payment: &PaymentId,
) -> Result<Option<(AccountId, Position)>, Untold> {
    let history = HistoryId::Payment(payment.clone());
    let state = core.log.state(&history).await;
    let State::Payment(state) = state.context("the payment cannot be looked up")? else {
        return Ok(None);
    };
    if state.status != payment::Status::Confirmed {
        return Ok(None);
    }
    let selection = Selection {
        history: Some((history.kind().to_owned(), history.id())),
        ..Selection::default()
    };
    let page = reader
        .page(&selection, PAYMENT_EVENTS_MAX, Order::OldestFirst)
        .await
        .context("the payment cannot be read")?;
    for row in page.iter() {
        let row = row.to_row().context("the payment cannot be read")?;
        let recorded = row.decode().context("the payment cannot be read")?;
        if let Event::Payment(payment::Event::Confirmed(event)) = &recorded.event {
            return Ok(Some((event.account, recorded.position)));
        }
    }
    Ok(None)
}

/// A provider's word, no longer than one that we keep.
fn short(code: &str) -> String {
    code.chars().take(FAILURE_CHARACTERS_MAX).collect()
}
