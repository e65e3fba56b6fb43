//! Follows: which channels a person wants to hear of.

use super::{Account, Event, Rejection};
use crate::{ChannelId, Timestamp};
use serde::{Deserialize, Serialize};

/// The most channels that one account follows.
pub const FOLLOWS_MAX: usize = 2_000;

/// A channel is followed from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// Which.
    pub channel: ChannelId,
    /// Since when: a channel may let only those speak who have followed for a while.
    pub at: Timestamp,
}

/// A channel is followed no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfollowed {
    /// Which.
    pub channel: ChannelId,
}

impl Account {
    pub(super) fn follow(
        &self,
        channel: ChannelId,
        at: Timestamp,
    ) -> Result<Vec<Event>, Rejection> {
        if self.id == Some(channel.owner()) {
            return Err(Rejection::OwnFollow);
        }
        if self.follows.contains_key(&channel) {
            return Ok(vec![]);
        }
        if self.follows.len() >= FOLLOWS_MAX {
            return Err(Rejection::TooManyFollows);
        }
        Ok(vec![Followed { channel, at }.into()])
    }

    pub(super) fn unfollow(&self, channel: ChannelId) -> Vec<Event> {
        if self.follows.contains_key(&channel) {
            vec![Unfollowed { channel }.into()]
        } else {
            vec![]
        }
    }
}
