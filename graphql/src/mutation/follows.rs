//! `followChannel`, `unfollowChannel`.

use super::{Call, at, payload, settle};
use crate::schema::{Channel, GlobalId};
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::ChannelId;
use tributary_domain::command::follows::Command;

/// What to follow.
#[derive(InputObject)]
pub(crate) struct FollowChannelInput {
    /// The channel's global id.
    channel_id: ID,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// What to follow no longer.
#[derive(InputObject)]
pub(crate) struct UnfollowChannelInput {
    /// The channel's global id.
    channel_id: ID,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// A channel that the caller follows.
    FollowChannelPayload {
        /// The channel.
        channel: Channel,
    }
);

payload!(
    /// A channel that the caller does not follow.
    UnfollowChannelPayload {
        /// The channel.
        channel: Channel,
    }
);

#[derive(Default)]
pub(crate) struct FollowMutation;

#[Object]
impl FollowMutation {
    /// Follows a channel. To follow what is followed changes nothing.
    async fn follow_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: FollowChannelInput,
    ) -> Result<Option<FollowChannelPayload>, Fault> {
        let done = change(ctx, &input.channel_id, |channel| Command::Follow {
            channel,
        });
        settle(done.await.map(|(channel, position)| FollowChannelPayload {
            channel,
            errors: vec![],
            position,
        }))
    }

    /// Follows a channel no longer.
    async fn unfollow_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: UnfollowChannelInput,
    ) -> Result<Option<UnfollowChannelPayload>, Fault> {
        let done = change(ctx, &input.channel_id, |channel| Command::Unfollow {
            channel,
        });
        settle(
            done.await
                .map(|(channel, position)| UnfollowChannelPayload {
                    channel,
                    errors: vec![],
                    position,
                }),
        )
    }
}

async fn change(
    ctx: &Context<'_>,
    channel: &ID,
    command: impl FnOnce(ChannelId) -> Command,
) -> Result<(Option<Channel>, Option<crate::schema::Position>), Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let channel = GlobalId::channel("channelId", channel)?;
    let command = tributary_domain::Command::Follows(command(channel));
    let receipt = call.execute(command).await?;
    let row = match call.shows(&receipt).await {
        true => call.shared.views.channel(channel).await?,
        false => None,
    };
    Ok((row.map(Channel::from), at(&receipt)))
}
