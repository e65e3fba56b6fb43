//! `reactToStream`, `reactToMessage`.

use super::chat::surely_a_line;
use super::{Call, payload, settle};
use crate::rate::{Deed, Who};
use crate::schema::GlobalId;
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::channel::ReactedTo;
use tributary_domain::command::chat::Command;
use tributary_domain::{ChannelId, Rejection, chat_text};

/// With what to react to which stream.
#[derive(InputObject)]
pub(crate) struct ReactToStreamInput {
    /// The stream's global id.
    stream_id: ID,
    /// One emoji.
    emoji: String,
    /// Makes it safe to send again, to the same server: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// With what to react to which message.
#[derive(InputObject)]
pub(crate) struct ReactToMessageInput {
    /// The message's global id.
    message_id: ID,
    /// One emoji.
    emoji: String,
    /// Makes it safe to send again, to the same server: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// A reaction that was taken. It has no place in the log of its own, so `position` is null: the sums there
    /// hold it about a second later.
    ReactToStreamPayload {
        /// With what.
        emoji: String,
    }
);

payload!(
    /// A reaction that was taken. It has no place in the log of its own, so `position` is null: the sums there
    /// hold it about a second later.
    ReactToMessagePayload {
        /// With what.
        emoji: String,
    }
);

#[derive(Default)]
pub(crate) struct ReactionMutation;

#[Object]
impl ReactionMutation {
    /// Reacts to a stream that is under way. Whoever may speak in its channel's chat can, as often as they
    /// like within `reaction_rate`; slow mode does not slow it.
    async fn react_to_stream(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To what and with what.")] input: ReactToStreamInput,
    ) -> Result<Option<ReactToStreamPayload>, Fault> {
        let stream = GlobalId::stream("streamId", &input.stream_id);
        let taken = match stream {
            Ok(stream) => react(ctx, ReactedTo::Stream(stream), &input.emoji).await,
            Err(fault) => Err(fault.into()),
        };
        settle(taken.map(|emoji| ReactToStreamPayload {
            emoji: Some(emoji),
            ..ReactToStreamPayload::default()
        }))
    }

    /// Reacts to a message of a chat. Whoever may speak there can, as often as they like within
    /// `reaction_rate`; slow mode does not slow it.
    async fn react_to_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To what and with what.")] input: ReactToMessageInput,
    ) -> Result<Option<ReactToMessagePayload>, Fault> {
        let message = GlobalId::message("messageId", &input.message_id);
        let taken = match message {
            Ok(message) => react(ctx, ReactedTo::Message(message), &input.emoji).await,
            Err(fault) => Err(fault.into()),
        };
        settle(taken.map(|emoji| ReactToMessagePayload {
            emoji: Some(emoji),
            ..ReactToMessagePayload::default()
        }))
    }
}

async fn react(ctx: &Context<'_>, to: ReactedTo, emoji: &str) -> Result<String, Refusal> {
    let (call, account) = Call::signed_in(ctx)?;
    let emoji = chat_text::one_emoji(emoji)?;
    let reactions = &call.shared.reactions;
    let asker = call.asker();
    if let Some(id) = &asker.id
        && reactions.is_repeated(id)?
    {
        return Ok(emoji);
    }
    let rates = &call.shared.rates;
    rates.spend(Deed::Reaction, Who::Account(account), 1)?;
    let channel = place(&call, to).await?;
    let command = Command::React { channel, to };
    // Nothing is recorded, so there is no receipt that the id would lead to.
    let id = asker.id;
    let asker = asker.actor.into();
    let command = tributary_domain::Command::Chat(command);
    crate::service::execute(&call.shared.log, asker, command).await?;
    reactions.take(channel, to, &emoji)?;
    if let Some(id) = id {
        reactions.note(id);
    }
    Ok(emoji)
}

/// The channel that a stream or a message is in.
async fn place(call: &Call<'_>, to: ReactedTo) -> Result<ChannelId, Refusal> {
    let reactions = &call.shared.reactions;
    if let Some(channel) = reactions.place(to) {
        return Ok(channel);
    }
    let channel = match to {
        ReactedTo::Stream(stream) => {
            let found = call.shared.views.stream(stream).await?;
            let found = found
                .ok_or_else(|| Rejection::from(tributary_domain::stream::Rejection::NotFound))?;
            found.channel
        }
        ReactedTo::Message(message) => surely_a_line(call, message).await?.channel,
    };
    reactions.is_at(to, channel);
    Ok(channel)
}
