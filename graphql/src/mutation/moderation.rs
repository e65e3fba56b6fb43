//! `banFromChannel`, `unbanFromChannel`, `timeOutInChannel`, `liftTimeout`.

use super::{Call, at, payload, settle};
use crate::schema::{Channel, GlobalId, Position};
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::channel::Reason;
use tributary_domain::command::channels::Command;
use tributary_domain::text::{self, REASON_CHARACTERS_MAX};
use tributary_domain::{AccountId, ChannelId};

macro_rules! moderation {
    ($( $(#[$meta:meta])* $input:ident { $( $(#[$fmeta:meta])* $field:ident: $ty:ty ),* $(,)? }
        $(#[$pmeta:meta])* $payload:ident; )*) => { $(
        $(#[$meta])*
        #[derive(InputObject)]
        pub(crate) struct $input {
            /// The channel's global id.
            channel_id: ID,
            /// The account's global id.
            account_id: ID,
            $( $(#[$fmeta])* $field: $ty, )*
            /// Why, at most 500 characters. The channel's owner and admins see it.
            reason: Option<String>,
            /// Makes it safe to send again: at most 64 characters of the client's own.
            client_mutation_id: Option<String>,
        }

        payload!(
            $(#[$pmeta])*
            $payload {
                /// The channel.
                channel: Channel,
            }
        );
    )* };
}

moderation!(
    /// Whom to ban from where.
    BanFromChannelInput {}
    /// A channel that someone is banned from.
    BanFromChannelPayload;

    /// Whose ban to undo where.
    UnbanFromChannelInput {}
    /// A channel that someone is not banned from.
    UnbanFromChannelPayload;

    /// Whom to time out where.
    TimeOutInChannelInput {
        /// For how long: from 1 second to 14 days.
        #[graphql(default = 300)]
        seconds: i32,
    }
    /// A channel that someone is timed out in.
    TimeOutInChannelPayload;

    /// Whose timeout to undo where.
    LiftTimeoutInput {}
    /// A channel that someone is not timed out in.
    LiftTimeoutPayload;
);

#[derive(Default)]
pub(crate) struct ModerationMutation;

#[Object]
impl ModerationMutation {
    /// Bans someone from a channel: neither chat nor tips. Its owner and admins can.
    async fn ban_from_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: BanFromChannelInput,
    ) -> Result<Option<BanFromChannelPayload>, Fault> {
        let BanFromChannelInput {
            channel_id,
            account_id,
            reason,
            ..
        } = input;
        let done = moderate(
            ctx,
            &channel_id,
            &account_id,
            reason,
            |channel, account, reason| Command::Ban {
                channel,
                account,
                reason,
            },
        );
        settle(done.await.map(|(channel, position)| BanFromChannelPayload {
            channel,
            errors: vec![],
            position,
        }))
    }

    /// Undoes a ban.
    async fn unban_from_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: UnbanFromChannelInput,
    ) -> Result<Option<UnbanFromChannelPayload>, Fault> {
        let UnbanFromChannelInput {
            channel_id,
            account_id,
            reason,
            ..
        } = input;
        let done = moderate(
            ctx,
            &channel_id,
            &account_id,
            reason,
            |channel, account, reason| Command::Unban {
                channel,
                account,
                reason,
            },
        );
        settle(
            done.await
                .map(|(channel, position)| UnbanFromChannelPayload {
                    channel,
                    errors: vec![],
                    position,
                }),
        )
    }

    /// Keeps someone from chatting in a channel for a while. Its owner and admins can.
    async fn time_out_in_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: TimeOutInChannelInput,
    ) -> Result<Option<TimeOutInChannelPayload>, Fault> {
        let TimeOutInChannelInput {
            channel_id,
            account_id,
            seconds,
            reason,
            ..
        } = input;
        let seconds = i64::from(seconds);
        let done = moderate(
            ctx,
            &channel_id,
            &account_id,
            reason,
            |channel, account, reason| Command::TimeOut {
                channel,
                account,
                seconds,
                reason,
            },
        );
        settle(
            done.await
                .map(|(channel, position)| TimeOutInChannelPayload {
                    channel,
                    errors: vec![],
                    position,
                }),
        )
    }

    /// Undoes a timeout.
    async fn lift_timeout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: LiftTimeoutInput,
    ) -> Result<Option<LiftTimeoutPayload>, Fault> {
        let LiftTimeoutInput {
            channel_id,
            account_id,
            reason,
            ..
        } = input;
        let done = moderate(
            ctx,
            &channel_id,
            &account_id,
            reason,
            |channel, account, reason| Command::LiftTimeout {
                channel,
                account,
                reason,
            },
        );
        settle(done.await.map(|(channel, position)| LiftTimeoutPayload {
            channel,
            errors: vec![],
            position,
        }))
    }
}

async fn moderate(
    ctx: &Context<'_>,
    channel: &ID,
    account: &ID,
    reason: Option<String>,
    command: impl FnOnce(ChannelId, AccountId, Reason) -> Command,
) -> Result<(Option<Channel>, Option<Position>), Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let channel = GlobalId::channel("channelId", channel)?;
    let account = GlobalId::account("accountId", account)?;
    let reason = Reason {
        text: text::optional("reason", reason, REASON_CHARACTERS_MAX)?,
        salt: call.shared.log.environment().salt(),
    };
    let command = tributary_domain::Command::Channels(command(channel, account, reason));
    let receipt = call.execute(command).await?;
    let row = match call.shows(&receipt).await {
        true => call.shared.views.channel(channel).await?,
        false => None,
    };
    Ok((row.map(Channel::from), at(&receipt)))
}
