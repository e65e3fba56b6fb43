//! Moderators.

use async_graphql::Enum;
use tributary_domain::channel;

/// Something that a moderator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "channel::ModeratorPermission")]
pub(crate) enum ModeratorPermission {
    /// Delete messages.
    DeleteMessages,
    /// Time people out, and undo it.
    TimeOut,
    /// Mute people, and undo it.
    Mute,
    /// Ban people, and undo it.
    Ban,
    /// Clear the whole chat.
    ClearChat,
    /// Pin messages, and take them down.
    Pin,
    /// Change slow mode, followers-only and emote-only.
    Settings,
}
