//! `openChannel`, `rotateStreamKey`.

use super::{Call, at, payload, settle};
use crate::schema::{Channel, StreamKey};
use crate::{Fault, Refusal, service};
use async_graphql::{Context, InputObject, Object};

/// Opens the own channel.
#[derive(InputObject)]
pub(crate) struct OpenChannelInput {
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// Replaces the own stream key.
#[derive(InputObject)]
pub(crate) struct RotateStreamKeyInput {
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// A channel that is open.
    OpenChannelPayload {
        /// The channel.
        channel: Channel,
        /// What its publisher needs to go live.
        stream_key: StreamKey,
    }
);

payload!(
    /// A channel's new stream key.
    RotateStreamKeyPayload {
        /// What its publisher needs to go live.
        stream_key: StreamKey,
    }
);

#[derive(Default)]
pub(crate) struct ChannelMutation;

#[Object]
impl ChannelMutation {
    /// Opens the own channel. One that is open already stays as it is.
    async fn open_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Nothing but an id of the client's own.")] input: OpenChannelInput,
    ) -> Result<Option<OpenChannelPayload>, Fault> {
        drop(input);
        settle(open_channel(ctx).await)
    }

    /// Replaces the own stream key. The old one stops working at once.
    async fn rotate_stream_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Nothing but an id of the client's own.")] input: RotateStreamKeyInput,
    ) -> Result<Option<RotateStreamKeyPayload>, Fault> {
        drop(input);
        settle(rotate_stream_key(ctx).await)
    }
}

async fn open_channel(ctx: &Context<'_>) -> Result<OpenChannelPayload, Refusal> {
    let (call, account) = Call::signed_in(ctx)?;
    let (log, keyring) = (&call.shared.log, &call.shared.keyring);
    let opened = service::open_channel(log, keyring, call.asker(), account).await?;
    let row = match call.shows(&opened.receipt).await {
        true => call.shared.views.channel(opened.channel).await?,
        false => None,
    };
    Ok(OpenChannelPayload {
        channel: row.map(Channel::from),
        stream_key: shown(&call, opened.stream_key.as_ref()),
        errors: vec![],
        position: at(&opened.receipt),
    })
}

async fn rotate_stream_key(ctx: &Context<'_>) -> Result<RotateStreamKeyPayload, Refusal> {
    let (call, account) = Call::signed_in(ctx)?;
    let (log, keyring) = (&call.shared.log, &call.shared.keyring);
    let channel = account.into();
    let rotated = service::rotate_stream_key(log, keyring, call.asker(), channel).await?;
    Ok(RotateStreamKeyPayload {
        stream_key: shown(&call, rotated.stream_key.as_ref()),
        errors: vec![],
        position: at(&rotated.receipt),
    })
}

fn shown(call: &Call<'_>, key: Option<&tributary_store::StreamKey>) -> Option<StreamKey> {
    key.map(|key| StreamKey::new(key, &call.shared.settings.rtmp_url))
}
