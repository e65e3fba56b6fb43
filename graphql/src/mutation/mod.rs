//! What can be done. Each mutation has one input and one payload. A refusal by a rule is data in the
//! payload; anything else is a top-level error.

mod accounts;
mod books;
mod channels;
mod chat;
mod fees;
mod follows;
mod holds;
mod moderation;
mod money;
mod payouts;
mod promotions;
mod reactions;
mod recordings;
mod refunds;
mod roles;
mod sessions;
mod streams;
mod suspensions;

use crate::api::Shared;
use crate::auth::{self, Caller};
use crate::idempotency::Sent;
use crate::schema::{self, Position, UserError};
use crate::service::{self, Asker};
use crate::{Fault, Refusal};
use async_graphql::{Context, MergedObject};
use std::sync::Arc;
use tributary_domain::channel::Reason;
use tributary_domain::command::Actor;
use tributary_domain::{AccountId, Command, text};
use tributary_store::Receipt;

/// What can be done. Every input takes a `clientMutationId`: sent again with the same one, a mutation
/// is answered as the first time, and not done twice.
#[derive(Default, MergedObject)]
pub(crate) struct Mutation(
    accounts::AccountMutation,
    sessions::SessionMutation,
    roles::RoleMutation,
    channels::ChannelMutation,
    streams::StreamMutation,
    recordings::RecordingMutation,
    chat::ChatMutation,
    reactions::ReactionMutation,
    moderation::ModerationMutation,
    follows::FollowMutation,
    suspensions::SuspensionMutation,
    money::MoneyMutation,
    refunds::RefundMutation,
    payouts::PayoutMutation,
    promotions::PromotionMutation,
    holds::HoldMutation,
    fees::FeeMutation,
    books::BooksMutation,
);

/// A mutation under way.
struct Call<'a> {
    shared: &'a Arc<Shared>,
    caller: Caller,
    sent: Sent,
}

impl<'a> Call<'a> {
    /// Anyone may ask.
    fn anyone(ctx: &Context<'a>) -> Result<Self, Refusal> {
        let shared = schema::shared(ctx);
        let sent = Sent::read(ctx, &shared.keyring)?;
        Ok(Self {
            shared,
            caller: Caller::of(ctx),
            sent,
        })
    }

    /// Only somebody who has signed in may ask.
    fn signed_in(ctx: &Context<'a>) -> Result<(Self, AccountId), Refusal> {
        let account = Caller::of(ctx).account().ok_or_else(Fault::not_signed_in)?;
        Ok((Self::anyone(ctx)?, account))
    }

    /// Only somebody who has signed in may ask, and under an id of their own: what moves money is never
    /// done twice because an answer was lost.
    fn for_money(ctx: &Context<'a>) -> Result<(Self, AccountId), Refusal> {
        let (call, account) = Self::signed_in(ctx)?;
        call.sent.is_named()?;
        Ok((call, account))
    }

    /// What others outside know this call by: nobody else's, and the same when it is sent again.
    fn key_outside(&self) -> String {
        let key = auth::key_for("outside", self.shared.keyring.token_key());
        let id = self.asker().id.map(|id| (id.scope, id.id));
        let (scope, id) = id.unwrap_or_default();
        let digest = auth::keyed_digest(&key, &[scope.as_bytes(), id.as_bytes()]);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Why somebody does it, in their words.
    fn why(&self, reason: Option<String>) -> Result<Reason, Refusal> {
        Ok(Reason {
            text: text::optional("reason", reason, text::REASON_CHARACTERS_MAX)?,
            salt: self.shared.log.environment().salt(),
        })
    }

    /// Who asks, as the domain names it, with the client's id for the command.
    fn asker(&self) -> Asker {
        self.asker_as(self.caller.actor())
    }

    /// The same for somebody who has just shown who they are.
    fn asker_as(&self, actor: Actor) -> Asker {
        Asker {
            actor,
            id: self.sent.command_id(actor),
        }
    }

    async fn execute(&self, command: Command) -> Result<Receipt, Refusal> {
        service::execute(&self.shared.log, self.asker(), command).await
    }

    /// Waits until the read models show what was done. It was done either way: when they take too
    /// long, the payload's object stays null.
    async fn shows(&self, receipt: &Receipt) -> bool {
        let timeout = self.shared.settings.at_least_timeout;
        match self.shared.views.wait_for(receipt.position, timeout).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "a mutation was done and cannot be shown yet");
                false
            }
        }
    }
}

/// A payload can say why nothing was done.
trait Payload {
    fn refused(error: UserError) -> Self;
}

/// Makes a refusal by a rule data, and anything else a top-level error. A payload can be null, so that
/// the error of one mutation leaves those before it in the same document their answers.
fn settle<P: Payload>(outcome: Result<P, Refusal>) -> Result<Option<P>, Fault> {
    match outcome {
        Ok(payload) => Ok(Some(payload)),
        Err(Refusal::Rule(rejection)) => Ok(Some(P::refused(rejection.into()))),
        Err(Refusal::Fault(fault)) => Err(fault),
    }
}

fn at(receipt: &Receipt) -> Option<Position> {
    Some(Position(receipt.position))
}

/// Declares a payload: its objects, null when refused, then `errors` and `position`.
macro_rules! payload {
    ($(#[$meta:meta])* $name:ident { $( $(#[$fmeta:meta])* $field:ident: $ty:ty ),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Default, async_graphql::SimpleObject)]
        pub(crate) struct $name {
            $( $(#[$fmeta])* $field: Option<$ty>, )*
            /// Why it was refused; empty when it was done.
            errors: Vec<$crate::schema::UserError>,
            /// The place in the log where this stands: give it as `atLeast` to read it. Null when it
            /// was refused.
            position: Option<$crate::schema::Position>,
        }

        impl $crate::mutation::Payload for $name {
            fn refused(error: $crate::schema::UserError) -> Self {
                Self { errors: vec![error], ..Self::default() }
            }
        }
    };
}
use payload;
