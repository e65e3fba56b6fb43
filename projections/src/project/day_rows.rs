//! The rows of channels by day, and of the platform, which stands among them as a channel of its own.

use crate::project::plain_row::plain_row;
use tributary_domain::{ChannelId, Currency, Timestamp};
use uuid::Uuid;

/// In the place of a channel: all of them. No channel has this id.
pub(crate) const PLATFORM: ChannelId = ChannelId(Uuid::nil());

/// The day of a moment, in UTC, counted from 1970.
pub(crate) fn day_of(at: Timestamp) -> i64 {
    at.timestamp().div_euclid(24 * 60 * 60)
}

plain_row! {
    /// What happened at a channel in one day.
    ChannelDay in "channel_days" by (channel: ChannelId, day: i64) {
        /// That went live.
        streams: i64 = 0,
        /// Milliseconds on air that were measured.
        air_ms: i64 = 0,
        /// The viewer count over that time: viewers times milliseconds.
        viewer_ms: i64 = 0,
        /// Of visits that were over.
        watch_ms: i64 = 0,
        /// Who had never counted as a viewer of the channel before.
        new_viewers: i64 = 0,
        message_count: i64 = 0,
        new_followers: i64 = 0,
        lost_followers: i64 = 0,
        /// Only of the platform.
        new_accounts: i64 = 0,
        /// Only of the platform.
        new_channels: i64 = 0,
    }
}

plain_row! {
    /// What a channel was tipped in one day and currency, in whole minor units.
    ChannelTipDay in "channel_tip_days" by (channel: ChannelId, day: i64, currency: Currency) {
        tip_count: i64 = 0,
        amount: i64 = 0,
        fee: i64 = 0,
        net: i64 = 0,
    }
}

plain_row! {
    /// Who began and who stopped to follow a channel in one minute, counted from 1970.
    ChannelMinute in "channel_minutes" by (channel: ChannelId, minute: i64) {
        new_followers: i64 = 0,
        lost_followers: i64 = 0,
    }
}
