//! A channel's chat as a room: its settings, up to where it was cleared, what is pinned, who moderates.

use crate::db::Type::{Bool, I64, Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, micros, values};
use crate::fold::{FoldError, Projection, account_of, channel_of, is_erasure};
use crate::record::Record;
use crate::word::Word;
use crate::working::{Rows, Working};
use tributary_domain::channel::{ChatSettings, Event as Happened, ModeratorPermission};
use tributary_domain::{AccountId, ChannelId, Event, Position, Recorded, Timestamp};

/// A channel's chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Room {
    channel: ChannelId,
    cleared_upto: Position,
    pub(crate) settings: ChatSettings,
}

/// A message in sight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pin {
    channel: ChannelId,
    message: Position,
    pinned_position: Position,
    pinned_at: Timestamp,
}

/// Who moderates a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moderator {
    /// Where.
    pub channel: ChannelId,
    /// Who.
    pub account: AccountId,
    /// What they may do, in the order of the enum.
    pub permissions: Vec<ModeratorPermission>,
    /// Since when they may do this.
    pub since: Timestamp,
}

impl Record for Room {
    type Key = ChannelId;
    const TABLE: Table = Table {
        name: "chats",
        columns: &[
            ("channel", Uuid),
            ("cleared_upto", I64),
            ("slow_mode_seconds", I64),
            ("followers_only_minutes", I64),
            ("emote_only", Bool),
        ],
        key: 1,
    };

    fn key(&self) -> ChannelId {
        self.channel
    }
    fn key_values(key: &ChannelId) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.channel,
            self.cleared_upto,
            i64::from(self.settings.slow_mode_seconds),
            self.settings.followers_only_minutes.map(i64::from),
            self.settings.emote_only,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        // What was written came from 32 bits.
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(Self {
            channel: columns.id(ChannelId)?,
            cleared_upto: columns.position()?,
            settings: ChatSettings {
                slow_mode_seconds: count(columns.take()?),
                followers_only_minutes: columns.take::<Option<i64>>()?.map(count),
                emote_only: columns.take()?,
            },
        })
    }
}

impl Record for Pin {
    type Key = (ChannelId, Position);
    const TABLE: Table = Table {
        name: "pins",
        columns: &[
            ("channel", Uuid),
            ("message", I64),
            ("pinned_position", I64),
            ("pinned_at", Time),
        ],
        key: 2,
    };

    fn key(&self) -> Self::Key {
        (self.channel, self.message)
    }
    fn key_values((channel, message): &Self::Key) -> Vec<Value> {
        values![*channel, *message]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.channel,
            self.message,
            self.pinned_position,
            self.pinned_at
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            channel: columns.id(ChannelId)?,
            message: columns.position()?,
            pinned_position: columns.position()?,
            pinned_at: columns.take()?,
        })
    }
}

impl Record for Moderator {
    type Key = (ChannelId, AccountId);
    const TABLE: Table = Table {
        name: "moderators",
        columns: &[
            ("channel", Uuid),
            ("account", Uuid),
            ("permissions", Text),
            ("since", Time),
        ],
        key: 2,
    };

    fn key(&self) -> Self::Key {
        (self.channel, self.account)
    }
    fn key_values((channel, account): &Self::Key) -> Vec<Value> {
        values![*channel, *account]
    }
    fn values(&self) -> Vec<Value> {
        let words: Vec<_> = self.permissions.iter().map(|p| p.word()).collect();
        values![self.channel, self.account, words.join(" "), self.since]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            channel: columns.id(ChannelId)?,
            account: columns.id(AccountId)?,
            permissions: columns.parsed(|text| {
                text.split_ascii_whitespace()
                    .map(ModeratorPermission::from_word)
                    .collect()
            })?,
            since: columns.take()?,
        })
    }
}

/// Folds chats as rooms.
#[derive(Default)]
pub(crate) struct Rooms {
    rooms: Working<Room>,
    pins: Working<Pin>,
    moderators: Working<Moderator>,
}

impl Projection for Rooms {
    fn name(&self) -> &'static str {
        "rooms"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        let Event::Channel(event) = &recorded.event else {
            return is_erasure(recorded);
        };
        match (event, recorded.channel) {
            (Happened::ChatCleared(_) | Happened::ChatSettingsChanged(_), Some(channel)) => {
                self.rooms.want(channel);
                true
            }
            (event, _) => matches!(
                event,
                Happened::MessageDeleted(_)
                    | Happened::MessagePinned(_)
                    | Happened::MessageUnpinned(_)
                    | Happened::ModeratorAppointed(_)
                    | Happened::ModeratorRemoved(_)
            ),
        }
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        if is_erasure(recorded) {
            // Whoever is no more may do nothing.
            let sets = [("permissions", Value::from(""))];
            self.moderators
                .sweep("account", account_of(recorded)?, sets);
        }
        let Event::Channel(event) = &recorded.event else {
            return Ok(());
        };
        let (channel, at) = (channel_of(recorded)?, micros(recorded.recorded_at));
        match event {
            Happened::ChatCleared(event) => {
                let room = self.room(channel)?;
                room.cleared_upto = room.cleared_upto.max(event.upto);
            }
            Happened::ChatSettingsChanged(event) => self.room(channel)?.settings = event.settings,
            Happened::MessagePinned(event) => self.pins.put(Pin {
                channel,
                message: event.message,
                pinned_position: recorded.position,
                pinned_at: at,
            }),
            Happened::MessageUnpinned(event) => self.pins.remove(&(channel, event.message)),
            Happened::MessageDeleted(event) => self.pins.remove(&(channel, event.message)),
            Happened::ModeratorAppointed(event) => self.moderators.put(Moderator {
                channel,
                account: event.account,
                permissions: event.permissions.iter().copied().collect(),
                since: at,
            }),
            Happened::ModeratorRemoved(event) => self.moderators.remove(&(channel, event.account)),
            _ => {}
        }
        Ok(())
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.rooms, &mut self.pins, &mut self.moderators]
    }
}

impl Rooms {
    fn room(&mut self, channel: ChannelId) -> Result<&mut Room, FoldError> {
        self.rooms.edit_or(&channel, || Room {
            channel,
            cleared_upto: Position::START,
            settings: ChatSettings::default(),
        })
    }
}
