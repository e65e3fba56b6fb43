//! Who follows which channel, and how many follow it.

use crate::db::Type::{I64, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, micros, values};
use crate::fold::{FoldError, Projection, account_of};
use crate::record::Record;
use crate::working::{Rows, Working};
use tributary_domain::account::Event as Happened;
use tributary_domain::{AccountId, ChannelId, Event, Position, Recorded, Timestamp};

/// Somebody follows a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Who.
    pub account: AccountId,
    /// Which.
    pub channel: ChannelId,
    /// Since when.
    pub since: Timestamp,
    /// Where in the log: orders them.
    pub position: Position,
}

/// How many follow a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FollowerCount {
    channel: ChannelId,
    followers: i64,
}

impl Record for Follow {
    type Key = (AccountId, ChannelId);
    const TABLE: Table = Table {
        name: "follows",
        columns: &[
            ("account", Uuid),
            ("channel", Uuid),
            ("since", Time),
            ("position", I64),
        ],
        key: 2,
    };

    fn key(&self) -> Self::Key {
        (self.account, self.channel)
    }
    fn key_values((account, channel): &Self::Key) -> Vec<Value> {
        values![*account, *channel]
    }
    fn values(&self) -> Vec<Value> {
        values![self.account, self.channel, self.since, self.position]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            account: columns.id(AccountId)?,
            channel: columns.id(ChannelId)?,
            since: columns.take()?,
            position: columns.position()?,
        })
    }
}

impl Record for FollowerCount {
    type Key = ChannelId;
    const TABLE: Table = Table {
        name: "follower_counts",
        columns: &[("channel", Uuid), ("followers", I64)],
        key: 1,
    };

    fn key(&self) -> ChannelId {
        self.channel
    }
    fn key_values(key: &ChannelId) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        values![self.channel, self.followers]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            channel: columns.id(ChannelId)?,
            followers: columns.take()?,
        })
    }
}

impl FollowerCount {
    pub(crate) fn pair(self) -> (ChannelId, i64) {
        (self.channel, self.followers)
    }
}

/// Folds follows. An account's history follows a channel once and lets it go once, so that adding up its
/// events is exact; an erasure lets go of all that the account followed.
#[derive(Default)]
pub(crate) struct Follows {
    follows: Working<Follow>,
    counts: Working<FollowerCount>,
}

impl Projection for Follows {
    fn name(&self) -> &'static str {
        "follows"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        let channel = match &recorded.event {
            Event::Account(Happened::Followed(event)) => event.channel,
            Event::Account(Happened::Unfollowed(event)) => event.channel,
            _ => return false,
        };
        self.counts.want(channel);
        true
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        match &recorded.event {
            Event::Account(Happened::Followed(event)) => {
                let (account, channel) = (account_of(recorded)?, event.channel);
                self.follows.put(Follow {
                    account,
                    channel,
                    since: micros(event.at),
                    position: recorded.position,
                });
                self.count(channel)?.followers += 1;
            }
            Event::Account(Happened::Unfollowed(event)) => {
                let account = account_of(recorded)?;
                self.follows.remove(&(account, event.channel));
                self.count(event.channel)?.followers -= 1;
            }
            _ => {}
        }
        Ok(())
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.follows, &mut self.counts]
    }
}

impl Follows {
    fn count(&mut self, channel: ChannelId) -> Result<&mut FollowerCount, FoldError> {
        self.counts.edit_or(&channel, || FollowerCount {
            channel,
            followers: 0,
        })
    }
}
