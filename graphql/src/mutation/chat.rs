//! `sendChatMessage`, `deleteChatMessage`.

use super::{Call, at, payload, settle};
use crate::rate::{Deed, Who};
use crate::schema::{ChatMessage, GlobalId};
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::channel::{self, MessageKind, Reason};
use tributary_domain::command::chat::Command;
use tributary_domain::text::{self, REASON_CHARACTERS_MAX};
use tributary_domain::{Event, Rejection, chat_text};

/// What to say, and where.
#[derive(InputObject)]
pub(crate) struct SendChatMessageInput {
    /// The channel's global id.
    channel_id: ID,
    /// 1 to 500 characters. It is kept exactly as it is sent.
    text: String,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// What to delete, and why.
#[derive(InputObject)]
pub(crate) struct DeleteChatMessageInput {
    /// The message's global id.
    message_id: ID,
    /// Why, at most 500 characters.
    reason: Option<String>,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// A message that was sent.
    SendChatMessagePayload {
        /// The message.
        message: ChatMessage,
    }
);

payload!(
    /// A message that was deleted.
    DeleteChatMessagePayload {
        /// Its global id.
        message_id: ID,
    }
);

#[derive(Default)]
pub(crate) struct ChatMutation;

#[Object]
impl ChatMutation {
    /// Says something in a channel's chat.
    async fn send_chat_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What and where.")] input: SendChatMessageInput,
    ) -> Result<Option<SendChatMessagePayload>, Fault> {
        settle(send(ctx, input).await)
    }

    /// Deletes a message: its sender, the channel's owner and admins can.
    async fn delete_chat_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What and why.")] input: DeleteChatMessageInput,
    ) -> Result<Option<DeleteChatMessagePayload>, Fault> {
        settle(delete(ctx, input).await)
    }
}

async fn send(
    ctx: &Context<'_>,
    input: SendChatMessageInput,
) -> Result<SendChatMessagePayload, Refusal> {
    let (call, sender) = Call::signed_in(ctx)?;
    let rates = &call.shared.rates;
    rates.spend(Deed::Message, Who::Account(sender), 1)?;
    let command = Command::Send {
        channel: GlobalId::channel("channelId", &input.channel_id)?,
        sender,
        kind: MessageKind::Text,
        said: chat_text::checked(input.text)?.into(),
        salt: call.shared.log.environment().salt(),
    };
    let receipt = call
        .execute(tributary_domain::Command::Chat(command))
        .await?;
    let mut message = receipt
        .events
        .iter()
        .find_map(|recorded| match &recorded.event {
            Event::Channel(channel::Event::MessageSent(sent)) => {
                Some(ChatMessage::sent(recorded, sent))
            }
            _ => None,
        });
    // One that was sent before may have been deleted since.
    if receipt.repeated && call.shows(&receipt).await {
        message = call
            .shared
            .views
            .message(receipt.position)
            .await?
            .map(ChatMessage::from);
    }
    Ok(SendChatMessagePayload {
        message,
        errors: vec![],
        position: at(&receipt),
    })
}

async fn delete(
    ctx: &Context<'_>,
    input: DeleteChatMessageInput,
) -> Result<DeleteChatMessagePayload, Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let message = GlobalId::message("messageId", &input.message_id)?;
    let reason = text::optional("reason", input.reason, REASON_CHARACTERS_MAX)?;
    let not_found = || Rejection::from(channel::Rejection::MessageNotFound);
    // Who sent it, and where, is in the log for ever.
    let recorded = call
        .shared
        .log
        .event_at(message)
        .await?
        .ok_or_else(not_found)?;
    let (Event::Channel(channel::Event::MessageSent(sent)), Some(channel)) =
        (&recorded.event, recorded.channel)
    else {
        return Err(not_found().into());
    };
    let command = Command::Delete {
        channel,
        message,
        sender: sent.sender,
        reason: Reason {
            text: reason,
            salt: call.shared.log.environment().salt(),
        },
    };
    let receipt = call
        .execute(tributary_domain::Command::Chat(command))
        .await?;
    Ok(DeleteChatMessagePayload {
        message_id: Some(GlobalId::ChatMessage(message).into()),
        errors: vec![],
        position: at(&receipt),
    })
}
