//! Enums as they stand in columns: one lower-case word each, the same as in events.

use crate::project::moderation::ModerationKind;
use crate::project::payment_rows::{DisputeState, PaymentState};
use crate::project::payouts::PayoutState;
use tributary_domain::account::Role;
use tributary_domain::channel::{Badge, MessageKind, ModeratorPermission, SenderRole};
use tributary_domain::stream::{EndReason, HealthWarning, Kind, RecordingEnd, Visibility};
use tributary_domain::wallet::HoldEnd;

/// An enum with a word for each value.
pub(crate) trait Word: Sized + Copy + 'static {
    fn word(self) -> &'static str;
    fn from_word(word: &str) -> Option<Self>;
}

macro_rules! words {
    ($( $name:ident { $( $variant:ident = $word:literal ),* $(,)? } )*) => { $(
        impl Word for $name {
            fn word(self) -> &'static str {
                match self { $( Self::$variant => $word ),* }
            }
            fn from_word(word: &str) -> Option<Self> {
                match word { $( $word => Some(Self::$variant), )* _ => None }
            }
        }
    )* };
}
pub(crate) use words;

words! {
    Role { Admin = "admin", Analyst = "analyst", Finance = "finance" }
    Kind { Video = "video", Audio = "audio", Screen = "screen" }
    Visibility { Public = "public", Private = "private" }
    EndReason { Asked = "asked", Abandoned = "abandoned", NeverLive = "never_live" }
    RecordingEnd {
        Asked = "asked",
        StreamEnded = "stream_ended",
        DiskFull = "disk_full",
        Failed = "failed",
        TooLong = "too_long",
        NodeGone = "node_gone",
        ServerStopped = "server_stopped",
        Moved = "moved",
    }
    HealthWarning {
        Gaps = "gaps",
        NoPicture = "no_picture",
        NoSound = "no_sound",
        KeyFramesRare = "key_frames_rare",
        FramesMissing = "frames_missing",
        TooSlow = "too_slow",
        SoundApart = "sound_apart",
    }
    SenderRole {
        Admin = "admin",
        Streamer = "streamer",
        Moderator = "moderator",
        Viewer = "viewer",
        Platform = "platform",
    }
    Badge {
        Broadcaster = "broadcaster",
        Staff = "staff",
        Moderator = "moderator",
        Follower = "follower",
    }
    ModeratorPermission {
        DeleteMessages = "delete_messages",
        TimeOut = "time_out",
        Mute = "mute",
        Ban = "ban",
        ClearChat = "clear_chat",
        Pin = "pin",
        Settings = "settings",
    }
    ModerationKind {
        Ban = "ban",
        Unban = "unban",
        Mute = "mute",
        Unmute = "unmute",
        TimeOut = "time_out",
        LiftTimeout = "lift_timeout",
        Delete = "delete",
        ClearChat = "clear_chat",
        Pin = "pin",
        Unpin = "unpin",
        ChangeSettings = "change_settings",
        Appoint = "appoint",
        Remove = "remove",
        Suspend = "suspend",
        Reinstate = "reinstate",
        RefundTip = "refund_tip",
        ApprovePayout = "approve_payout",
        SendPayout = "send_payout",
        SettlePayout = "settle_payout",
        FailPayout = "fail_payout",
        CancelPayout = "cancel_payout",
        SetFees = "set_fees",
        GrantPromotion = "grant_promotion",
        CloseBooks = "close_books",
    }
    HoldEnd { Released = "released", Spent = "spent", Expired = "expired" }
    PayoutState {
        Requested = "requested",
        Approved = "approved",
        HandedOver = "handed_over",
        Sent = "sent",
        Settled = "settled",
        Failed = "failed",
        Cancelled = "cancelled",
    }
    PaymentState {
        Announced = "announced",
        Intended = "intended",
        Failed = "failed",
        Confirmed = "confirmed",
    }
    DisputeState { Open = "open", Won = "won", Lost = "lost" }
    MessageKind { Text = "text", Emoji = "emoji", Tip = "tip", Alert = "alert", System = "system" }
}
