//! What whoever moderates a channel does: bans, mutes and timeouts, clearing, pins, settings of the chat,
//! moderators. `deleteChatMessage` is beside `sendChatMessage`.

mod acts;

use super::chat::{Line, surely_a_line};
use super::{Call, at, settle};
use crate::schema::{Channel, GlobalId, Position};
use crate::{Fault, Refusal};
use acts::{
    AppointModeratorInput, AppointModeratorPayload, BanFromChannelInput, BanFromChannelPayload,
    ClearChatInput, ClearChatPayload, Done, LiftTimeoutInput, LiftTimeoutPayload,
    MuteInChannelInput, MuteInChannelPayload, PinChatMessageInput, PinChatMessagePayload,
    RemoveModeratorInput, RemoveModeratorPayload, TimeOutInChannelInput, TimeOutInChannelPayload,
    UnbanFromChannelInput, UnbanFromChannelPayload, UnmuteInChannelInput, UnmuteInChannelPayload,
    UnpinChatMessageInput, UnpinChatMessagePayload, UpdateChatSettingsInput,
    UpdateChatSettingsPayload,
};
use async_graphql::{Context, ID, MaybeUndefined, Object};
use tributary_domain::channel::{self, Act, ChatSettingsChange, Reason};
use tributary_domain::command::channels::Command;
use tributary_domain::text::{self, REASON_CHARACTERS_MAX};
use tributary_domain::{AccountId, ChannelId, Rejection};

#[derive(Default)]
pub(crate) struct ModerationMutation;

#[Object]
impl ModerationMutation {
    /// Bans someone from a channel: neither chat nor tips. Its owner, moderators with `BAN` and admins
    /// can.
    async fn ban_from_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: BanFromChannelInput,
    ) -> Result<Option<BanFromChannelPayload>, Fault> {
        let act = |call: &Call<'_>| {
            let account = whom(&input.account_id)?;
            let reason = why(call, input.reason)?;
            Ok(Act::Ban { account, reason })
        };
        settle(moderate(ctx, &input.channel_id, act).await)
    }

    /// Undoes a ban.
    async fn unban_from_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: UnbanFromChannelInput,
    ) -> Result<Option<UnbanFromChannelPayload>, Fault> {
        let act = |call: &Call<'_>| {
            let account = whom(&input.account_id)?;
            let reason = why(call, input.reason)?;
            Ok(Act::Unban { account, reason })
        };
        settle(moderate(ctx, &input.channel_id, act).await)
    }

    /// Keeps someone from chatting in a channel until it is undone. Its owner, moderators with `MUTE` and
    /// admins can.
    async fn mute_in_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: MuteInChannelInput,
    ) -> Result<Option<MuteInChannelPayload>, Fault> {
        let act = |call: &Call<'_>| {
            let account = whom(&input.account_id)?;
            let reason = why(call, input.reason)?;
            Ok(Act::Mute { account, reason })
        };
        settle(moderate(ctx, &input.channel_id, act).await)
    }

    /// Undoes a mute.
    async fn unmute_in_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: UnmuteInChannelInput,
    ) -> Result<Option<UnmuteInChannelPayload>, Fault> {
        let act = |call: &Call<'_>| {
            let account = whom(&input.account_id)?;
            let reason = why(call, input.reason)?;
            Ok(Act::Unmute { account, reason })
        };
        settle(moderate(ctx, &input.channel_id, act).await)
    }

    /// Keeps someone from chatting in a channel for a while. Its owner, moderators with `TIME_OUT` and
    /// admins can.
    async fn time_out_in_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: TimeOutInChannelInput,
    ) -> Result<Option<TimeOutInChannelPayload>, Fault> {
        let act = |call: &Call<'_>| {
            let account = whom(&input.account_id)?;
            let seconds = i64::from(input.seconds);
            let reason = why(call, input.reason)?;
            Ok(Act::TimeOut {
                account,
                seconds,
                reason,
            })
        };
        settle(moderate(ctx, &input.channel_id, act).await)
    }

    /// Undoes a timeout.
    async fn lift_timeout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: LiftTimeoutInput,
    ) -> Result<Option<LiftTimeoutPayload>, Fault> {
        let act = |call: &Call<'_>| {
            let account = whom(&input.account_id)?;
            let reason = why(call, input.reason)?;
            Ok(Act::LiftTimeout { account, reason })
        };
        settle(moderate(ctx, &input.channel_id, act).await)
    }

    /// Removes every message of a channel's chat. Its owner, moderators with `CLEAR_CHAT` and admins can.
    async fn clear_chat(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where.")] input: ClearChatInput,
    ) -> Result<Option<ClearChatPayload>, Fault> {
        let act = |call: &Call<'_>| {
            // What is not there yet cannot have been seen.
            let head = call.shared.log.head();
            let upto = input.upto.map_or(head, |Position(upto)| upto.min(head));
            let reason = why(call, input.reason)?;
            Ok(Act::ClearChat { upto, reason })
        };
        settle(moderate(ctx, &input.channel_id, act).await)
    }

    /// Keeps a message in sight; at most 10 of a channel. Its owner, moderators with `PIN` and admins can.
    async fn pin_chat_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: PinChatMessageInput,
    ) -> Result<Option<PinChatMessagePayload>, Fault> {
        settle(pin(ctx, &input.message_id, true).await)
    }

    /// Takes a pinned message down.
    async fn unpin_chat_message(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: UnpinChatMessageInput,
    ) -> Result<Option<UnpinChatMessagePayload>, Fault> {
        settle(pin(ctx, &input.message_id, false).await)
    }

    /// Changes who may speak in a channel's chat, and how often. Its owner, moderators with `SETTINGS` and
    /// admins can; these speak whatever is set.
    async fn update_chat_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What of it.")] input: UpdateChatSettingsInput,
    ) -> Result<Option<UpdateChatSettingsPayload>, Fault> {
        let act = |call: &Call<'_>| {
            // What is below zero is as far from what is allowed as what is above the limit.
            let bounded = |n: i32| u32::try_from(n).unwrap_or(u32::MAX);
            let change = ChatSettingsChange {
                slow_mode_seconds: input.slow_mode_seconds.map(bounded),
                followers_only_minutes: match input.followers_only_minutes {
                    MaybeUndefined::Undefined => None,
                    MaybeUndefined::Null => Some(None),
                    MaybeUndefined::Value(minutes) => Some(Some(bounded(minutes))),
                },
                emote_only: input.emote_only,
            };
            let reason = why(call, input.reason)?;
            Ok(Act::ChangeChat { change, reason })
        };
        settle(moderate(ctx, &input.channel_id, act).await)
    }

    /// Lets someone moderate a channel. Its owner and admins can.
    async fn appoint_moderator(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, where and with what.")] input: AppointModeratorInput,
    ) -> Result<Option<AppointModeratorPayload>, Fault> {
        let act = |_: &Call<'_>| {
            let account = whom(&input.account_id)?;
            let permissions = match input.permissions {
                Some(some) => some.into_iter().map(Into::into).collect(),
                None => channel::ModeratorPermission::ALL.into(),
            };
            Ok(Act::Appoint {
                account,
                permissions,
            })
        };
        settle(moderate(ctx, &input.channel_id, act).await)
    }

    /// Lets someone moderate a channel no longer. Its owner, admins, and the moderator can.
    async fn remove_moderator(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and where.")] input: RemoveModeratorInput,
    ) -> Result<Option<RemoveModeratorPayload>, Fault> {
        let act = |_: &Call<'_>| {
            let account = whom(&input.account_id)?;
            Ok(Act::Dismiss { account })
        };
        settle(moderate(ctx, &input.channel_id, act).await)
    }
}

fn whom(account: &ID) -> Result<AccountId, Fault> {
    GlobalId::account("accountId", account)
}

/// Why somebody acts, in the own words.
pub(super) fn why(call: &Call<'_>, reason: Option<String>) -> Result<Reason, Rejection> {
    Ok(Reason {
        text: text::optional("reason", reason, REASON_CHARACTERS_MAX)?,
        salt: call.shared.log.environment().salt(),
    })
}

async fn moderate<P: From<Done>>(
    ctx: &Context<'_>,
    channel: &ID,
    act: impl FnOnce(&Call<'_>) -> Result<Act, Refusal>,
) -> Result<P, Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let channel = GlobalId::channel("channelId", channel)?;
    let act = act(&call)?;
    done(&call, channel, act).await
}

async fn pin<P: From<Done>>(ctx: &Context<'_>, message: &ID, up: bool) -> Result<P, Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let message = GlobalId::message("messageId", message)?;
    let Line { channel, sender } = surely_a_line(&call, message).await?;
    let act = match up {
        true => Act::Pin { message, sender },
        false => Act::Unpin { message, sender },
    };
    done(&call, channel, act).await
}

async fn done<P: From<Done>>(call: &Call<'_>, channel: ChannelId, act: Act) -> Result<P, Refusal> {
    let command = Command::Moderate { channel, act };
    let receipt = call
        .execute(tributary_domain::Command::Channels(command))
        .await?;
    let row = match call.shows(&receipt).await {
        true => call.shared.views.channel(channel).await?,
        false => None,
    };
    Ok(P::from((row.map(Channel::from), at(&receipt))))
}
