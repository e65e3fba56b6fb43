//! `sendChatMessage`, `deleteChatMessage`.

use super::{Call, at, payload, settle};
use crate::rate::{Deed, Who};
use crate::schema::{ChatMessage, ChatMessageKind, GlobalId};
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::channel::{self, MENTIONS_MAX, MessageKind, Reason};
use tributary_domain::command::chat::{Command, Said};
use tributary_domain::text::{self, REASON_CHARACTERS_MAX};
use tributary_domain::{
    AccountId, ChannelId, Event, Position, Recorded, Rejection, chat_text, wallet,
};

/// What to say, and where.
#[derive(InputObject)]
pub(crate) struct SendChatMessageInput {
    /// The channel's global id.
    channel_id: ID,
    /// 1 to 500 characters, as a reader counts them. It is kept exactly as it is sent. An `@name` mentions
    /// an account; at most 10.
    text: String,
    /// `TEXT` or `EMOJI`; left out, it follows from the text.
    kind: Option<ChatMessageKind>,
    /// The message that this answers: its global id.
    reply_to_id: Option<ID>,
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

/// What the platform says, and where.
#[derive(InputObject)]
pub(crate) struct AnnounceInChatInput {
    /// The channel's global id.
    channel_id: ID,
    /// 1 to 500 characters, as a reader counts them.
    text: String,
    /// `ALERT` draws attention; `SYSTEM` says what happened.
    #[graphql(default_with = "ChatMessageKind::Alert")]
    kind: ChatMessageKind,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// A message of the platform's.
    AnnounceInChatPayload {
        /// The message.
        message: ChatMessage,
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

    /// Deletes a message: its sender, the channel's owner, moderators with `DELETE_MESSAGES` and admins can.
    async fn delete_chat_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What and why.")] input: DeleteChatMessageInput,
    ) -> Result<Option<DeleteChatMessagePayload>, Fault> {
        settle(delete(ctx, input).await)
    }

    /// Says something in a channel's chat in the platform's name. Admins only.
    async fn announce_in_chat(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What and where.")] input: AnnounceInChatInput,
    ) -> Result<Option<AnnounceInChatPayload>, Fault> {
        settle(announce(ctx, input).await)
    }
}

async fn announce(
    ctx: &Context<'_>,
    input: AnnounceInChatInput,
) -> Result<AnnounceInChatPayload, Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let command = Command::Announce {
        channel: GlobalId::channel("channelId", &input.channel_id)?,
        kind: input.kind.into(),
        text: chat_text::checked(input.text)?,
        salt: call.shared.log.environment().salt(),
    };
    let receipt = call
        .execute(tributary_domain::Command::Chat(command))
        .await?;
    let message = receipt.events.iter().find_map(|recorded| shown(recorded));
    Ok(AnnounceInChatPayload {
        message,
        errors: vec![],
        position: at(&receipt),
    })
}

/// The message that was said.
fn shown(recorded: &Recorded) -> Option<ChatMessage> {
    match &recorded.event {
        Event::Channel(channel::Event::MessageSent(sent)) => {
            Some(ChatMessage::sent(recorded, sent))
        }
        _ => None,
    }
}

async fn send(
    ctx: &Context<'_>,
    input: SendChatMessageInput,
) -> Result<SendChatMessagePayload, Refusal> {
    let (call, sender) = Call::signed_in(ctx)?;
    let rates = &call.shared.rates;
    rates.spend(Deed::Message, Who::Account(sender), 1)?;
    let channel = GlobalId::channel("channelId", &input.channel_id)?;
    let text = chat_text::checked(input.text)?;
    let kind = match input.kind {
        Some(kind) => kind.into(),
        None if chat_text::is_emoji_only(&text) => MessageKind::Emoji,
        None => MessageKind::Text,
    };
    rates.repeat(sender, channel, &text)?;
    let said = Said {
        reply_to: match input.reply_to_id {
            Some(id) => Some(answered(&call, channel, &id).await?),
            None => None,
        },
        mentions: mentioned(&call, &text).await?,
        text,
    };
    let command = Command::Send {
        channel,
        sender,
        kind,
        said,
        salt: call.shared.log.environment().salt(),
    };
    let receipt = call
        .execute(tributary_domain::Command::Chat(command))
        .await?;
    let mut message = receipt.events.iter().find_map(|recorded| shown(recorded));
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

/// What stands in a chat: a message, or a tip. Where, and from whom.
pub(super) struct Line {
    pub(super) channel: ChannelId,
    pub(super) sender: AccountId,
}

/// What stands at a place, if that is in a chat. Who sent it, and where, is in the log for ever.
pub(super) async fn line(call: &Call<'_>, place: Position) -> Result<Option<Line>, Refusal> {
    let found = call.shared.log.event_at(place).await?;
    Ok(found.and_then(|recorded| match &recorded.event {
        Event::Channel(channel::Event::MessageSent(sent)) => Some(Line {
            channel: recorded.channel?,
            sender: sent.sender,
        }),
        Event::Wallet(wallet::Event::Tipped(tip)) => Some(Line {
            channel: tip.channel,
            sender: tip.payer,
        }),
        _ => None,
    }))
}

/// The same.
///
/// # Errors
/// `MESSAGE_NOT_FOUND`.
pub(super) async fn surely_a_line(call: &Call<'_>, place: Position) -> Result<Line, Refusal> {
    let not_found = || Rejection::from(channel::Rejection::MessageNotFound);
    Ok(line(call, place).await?.ok_or_else(not_found)?)
}

/// The message that is answered, which must be one of the same channel.
async fn answered(call: &Call<'_>, channel: ChannelId, id: &ID) -> Result<Position, Refusal> {
    let message = GlobalId::message("replyToId", id)?;
    let found = line(call, message).await?;
    if found.is_some_and(|line| line.channel == channel) {
        return Ok(message);
    }
    Err(Rejection::from(channel::Rejection::ReplyToNothing).into())
}

/// The accounts whose names stand behind an `@`. A name that nobody has is a word like others.
async fn mentioned(call: &Call<'_>, text: &str) -> Result<Vec<AccountId>, Refusal> {
    let is_of_names = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut names: Vec<&str> = text
        .split('@')
        .skip(1)
        .map(|rest| rest.split(|c| !is_of_names(c)).next().unwrap_or_default())
        .filter(|name| text::NAME_CHARACTERS.contains(&name.len()))
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > MENTIONS_MAX {
        return Err(Rejection::from(channel::Rejection::TooManyMentions).into());
    }
    if names.is_empty() {
        return Ok(vec![]);
    }
    let found = call.shared.views.accounts_named(&names).await?;
    let mut accounts: Vec<_> = found.into_iter().map(|account| account.id).collect();
    accounts.sort_unstable();
    accounts.dedup();
    Ok(accounts)
}

async fn delete(
    ctx: &Context<'_>,
    input: DeleteChatMessageInput,
) -> Result<DeleteChatMessagePayload, Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let message = GlobalId::message("messageId", &input.message_id)?;
    let reason = text::optional("reason", input.reason, REASON_CHARACTERS_MAX)?;
    let Line { channel, sender } = surely_a_line(&call, message).await?;
    let command = Command::Delete {
        channel,
        message,
        sender,
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
