//! What the mutations of whoever moderates take and give: each input names a channel or a message, each
//! payload the channel as it is then.

use super::super::payload;
use crate::schema::{Channel, ModeratorPermission, Position};
use async_graphql::{ID, InputObject, MaybeUndefined};

/// A channel as it is shown after an act, and where in the log that stands.
pub(super) type Done = (Option<Channel>, Option<Position>);

macro_rules! acts {
    ($( $(#[$meta:meta])* $input:ident { $( $(#[$fmeta:meta])* $field:ident: $ty:ty ),* $(,)? }
        $(#[$pmeta:meta])* $payload:ident; )*) => { $(
        $(#[$meta])*
        #[derive(InputObject)]
        pub(crate) struct $input {
            $( $(#[$fmeta])* pub(super) $field: $ty, )*
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

        impl From<Done> for $payload {
            fn from((channel, position): Done) -> Self {
                Self { channel, errors: vec![], position }
            }
        }
    )* };
}

acts!(
    /// Whom to ban from where.
    BanFromChannelInput {
        /// The channel's global id.
        channel_id: ID,
        /// The account's global id.
        account_id: ID,
        /// Why, at most 500 characters. Whoever moderates the channel sees it.
        reason: Option<String>,
    }
    /// A channel that someone is banned from.
    BanFromChannelPayload;

    /// Whose ban to undo where.
    UnbanFromChannelInput {
        /// The channel's global id.
        channel_id: ID,
        /// The account's global id.
        account_id: ID,
        /// Why, at most 500 characters. Whoever moderates the channel sees it.
        reason: Option<String>,
    }
    /// A channel that someone is not banned from.
    UnbanFromChannelPayload;

    /// Whom to mute where.
    MuteInChannelInput {
        /// The channel's global id.
        channel_id: ID,
        /// The account's global id.
        account_id: ID,
        /// Why, at most 500 characters. Whoever moderates the channel sees it.
        reason: Option<String>,
    }
    /// A channel that someone is muted in.
    MuteInChannelPayload;

    /// Whose mute to undo where.
    UnmuteInChannelInput {
        /// The channel's global id.
        channel_id: ID,
        /// The account's global id.
        account_id: ID,
        /// Why, at most 500 characters. Whoever moderates the channel sees it.
        reason: Option<String>,
    }
    /// A channel that someone is not muted in.
    UnmuteInChannelPayload;

    /// Whom to time out where.
    TimeOutInChannelInput {
        /// The channel's global id.
        channel_id: ID,
        /// The account's global id.
        account_id: ID,
        /// For how long: from 1 second to 14 days.
        #[graphql(default = 300)]
        seconds: i32,
        /// Why, at most 500 characters. Whoever moderates the channel sees it.
        reason: Option<String>,
    }
    /// A channel that someone is timed out in.
    TimeOutInChannelPayload;

    /// Whose timeout to undo where.
    LiftTimeoutInput {
        /// The channel's global id.
        channel_id: ID,
        /// The account's global id.
        account_id: ID,
        /// Why, at most 500 characters. Whoever moderates the channel sees it.
        reason: Option<String>,
    }
    /// A channel that someone is not timed out in.
    LiftTimeoutPayload;

    /// Which chat to clear.
    ClearChatInput {
        /// The channel's global id.
        channel_id: ID,
        /// The last message that goes: a position. Left out: everything that was sent until now.
        upto: Option<Position>,
        /// Why, at most 500 characters. Whoever moderates the channel sees it.
        reason: Option<String>,
    }
    /// A channel whose chat is clear.
    ClearChatPayload;

    /// What to keep in sight.
    PinChatMessageInput {
        /// The message's global id.
        message_id: ID,
    }
    /// A channel where a message is pinned.
    PinChatMessagePayload;

    /// What to take down.
    UnpinChatMessageInput {
        /// The message's global id.
        message_id: ID,
    }
    /// A channel where a message is not pinned.
    UnpinChatMessagePayload;

    /// Who may speak in a chat, and how often. What is left out stays as it is.
    UpdateChatSettingsInput {
        /// The channel's global id.
        channel_id: ID,
        /// How long each sender waits between two messages: at most 600 seconds, 0 for not at all.
        slow_mode_seconds: Option<i32>,
        /// How many minutes a sender must have followed the channel: at most 129,600 (90 days), 0 for
        /// followers of any standing, null for everybody.
        followers_only_minutes: MaybeUndefined<i32>,
        /// Whether messages consist of emoji alone.
        emote_only: Option<bool>,
        /// Why, at most 500 characters. Whoever moderates the channel sees it.
        reason: Option<String>,
    }
    /// A channel whose chat has these settings.
    UpdateChatSettingsPayload;

    /// Whom to let moderate where.
    AppointModeratorInput {
        /// The channel's global id.
        channel_id: ID,
        /// The account's global id.
        account_id: ID,
        /// What they may do, instead of what they might before. Left out: everything.
        permissions: Option<Vec<ModeratorPermission>>,
    }
    /// A channel that someone moderates.
    AppointModeratorPayload;

    /// Whom to let moderate no longer.
    RemoveModeratorInput {
        /// The channel's global id.
        channel_id: ID,
        /// The account's global id.
        account_id: ID,
    }
    /// A channel that someone does not moderate.
    RemoveModeratorPayload;
);
