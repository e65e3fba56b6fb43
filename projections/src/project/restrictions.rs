//! Bans, mutes and timeouts of channels.

use crate::db::Type::{Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, micros, values};
use crate::fold::{FoldError, Projection, account_of, channel_of, is_erasure};
use crate::record::Record;
use crate::working::{Rows, Working};
use tributary_domain::channel::Event as Happened;
use tributary_domain::{AccountId, ChannelId, Event, Recorded, Timestamp};

/// What someone may not do in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestrictionKind {
    /// Neither chat nor tip.
    Ban,
    /// Not chat.
    Mute,
    /// Not chat, until a moment.
    Timeout {
        /// When it ends by itself.
        until: Timestamp,
    },
}

/// Someone who may not do all in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// Where.
    pub channel: ChannelId,
    /// Who.
    pub account: AccountId,
    /// What they may not do.
    pub kind: RestrictionKind,
    /// Since when.
    pub since: Timestamp,
    /// Why, in the moderator's words.
    pub reason: Option<String>,
}

impl Record for Restriction {
    type Key = (ChannelId, AccountId);
    const TABLE: Table = Table {
        name: "restrictions",
        columns: &[
            ("channel", Uuid),
            ("account", Uuid),
            ("kind", Text),
            ("since", Time),
            ("until", Time),
            ("reason", Text),
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
        let (kind, until) = match self.kind {
            RestrictionKind::Ban => ("ban", None),
            RestrictionKind::Mute => ("mute", None),
            RestrictionKind::Timeout { until } => ("timeout", Some(until)),
        };
        values![
            self.channel,
            self.account,
            kind,
            self.since,
            until,
            self.reason.clone()
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        let (channel, account) = (columns.id(ChannelId)?, columns.id(AccountId)?);
        let without_end = columns.parsed(|kind| match kind {
            "ban" => Some(Some(RestrictionKind::Ban)),
            "mute" => Some(Some(RestrictionKind::Mute)),
            "timeout" => Some(None),
            _ => None,
        })?;
        let since = columns.take()?;
        let until: Option<Timestamp> = columns.take()?;
        let timeout = until.map(|until| RestrictionKind::Timeout { until });
        let kind = without_end.or(timeout).unwrap_or(RestrictionKind::Ban);
        Ok(Self {
            channel,
            account,
            kind,
            since,
            reason: columns.take()?,
        })
    }
}

/// Folds bans, mutes and timeouts.
#[derive(Default)]
pub(crate) struct Restrictions {
    restrictions: Working<Restriction>,
}

impl Projection for Restrictions {
    fn name(&self) -> &'static str {
        "restrictions"
    }

    /// Every event says all there is to know: no row is looked at.
    fn want(&mut self, recorded: &Recorded) -> bool {
        let moderates = matches!(
            &recorded.event,
            Event::Channel(
                Happened::Banned(_)
                    | Happened::Unbanned(_)
                    | Happened::Muted(_)
                    | Happened::Unmuted(_)
                    | Happened::TimedOut(_)
                    | Happened::TimeoutLifted(_)
            )
        );
        moderates || is_erasure(recorded)
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        if is_erasure(recorded) {
            let sets = [("reason", Value::Null(Text))];
            self.restrictions
                .sweep("account", account_of(recorded)?, sets);
        }
        let Event::Channel(event) = &recorded.event else {
            return Ok(());
        };
        let (channel, since) = (channel_of(recorded)?, micros(recorded.recorded_at));
        match event {
            Happened::Banned(event) => self.restrictions.put(Restriction {
                channel,
                account: event.account,
                kind: RestrictionKind::Ban,
                since,
                reason: event.personal.get().cloned().flatten(),
            }),
            Happened::Muted(event) => self.restrictions.put(Restriction {
                channel,
                account: event.account,
                kind: RestrictionKind::Mute,
                since,
                reason: event.personal.get().cloned().flatten(),
            }),
            Happened::TimedOut(event) => self.restrictions.put(Restriction {
                channel,
                account: event.account,
                kind: RestrictionKind::Timeout {
                    until: micros(event.until),
                },
                since,
                reason: event.personal.get().cloned().flatten(),
            }),
            Happened::Unbanned(event) => self.restrictions.remove(&(channel, event.account)),
            Happened::Unmuted(event) => self.restrictions.remove(&(channel, event.account)),
            Happened::TimeoutLifted(event) => self.restrictions.remove(&(channel, event.account)),
            Happened::Opened(_)
            | Happened::StreamKeyRotated(_)
            | Happened::StreamOpened(_)
            | Happened::StreamClosed(_)
            | Happened::Closed(_)
            | Happened::MessageSent(_)
            | Happened::MessageDeleted(_)
            | Happened::ChatCleared(_)
            | Happened::MessagePinned(_)
            | Happened::MessageUnpinned(_)
            | Happened::ChatSettingsChanged(_)
            | Happened::ModeratorAppointed(_)
            | Happened::ModeratorRemoved(_)
            | Happened::ReactionsTallied(_) => {}
        }
        Ok(())
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.restrictions]
    }
}
