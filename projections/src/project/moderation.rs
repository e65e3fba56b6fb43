//! The audit log: what was done by whoever moderates, to whom, when, and why; and what staff and finance did to
//! money. How much that was is in the ledger, for those who may see it.
//!
//! A row says what one event says and never changes, but for the words when a person is erased. Whether an
//! act was undone is found when it is asked for: by a later act that undoes its kind.

use crate::db::Type::{I64, Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, micros, values};
use crate::fold::{FoldError, Projection, account_of, is_erasure};
use crate::record::Record;
use crate::word::Word;
use crate::working::{Rows, Working};
use tributary_domain::channel::{ChatSettings, Event as Happened};
use tributary_domain::wallet::{self, RefundCause};
use tributary_domain::{
    AccountId, ChannelId, Event, HistoryId, Personal, Position, Recorded, Timestamp, account,
    books, fees, payout,
};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModerationKind {
    /// Somebody was banned from a channel.
    Ban,
    /// A ban was undone.
    Unban,
    /// Somebody was muted.
    Mute,
    /// A mute was undone.
    Unmute,
    /// Somebody was timed out.
    TimeOut,
    /// A timeout was undone.
    LiftTimeout,
    /// A message was removed.
    Delete,
    /// A chat was cleared.
    ClearChat,
    /// A message was pinned.
    Pin,
    /// It was taken down.
    Unpin,
    /// Who may speak changed, or how often.
    ChangeSettings,
    /// Somebody was let moderate.
    Appoint,
    /// Somebody was let moderate no longer.
    Remove,
    /// Somebody was kept from the whole platform.
    Suspend,
    /// That was undone.
    Reinstate,
    /// Staff took a tip back.
    RefundTip,
    /// A payout was approved.
    ApprovePayout,
    /// A provider was told to pay it, or that was noted.
    SendPayout,
    /// It was noted as arrived.
    SettlePayout,
    /// It was noted as failed.
    FailPayout,
    /// Finance called it off.
    CancelPayout,
    /// Fees were set.
    SetFees,
    /// Somebody was given money to spend.
    GrantPromotion,
    /// A period was closed.
    CloseBooks,
}

impl ModerationKind {
    /// What it undoes, if it undoes something.
    pub fn undoes(self) -> Option<Self> {
        match self {
            Self::Unban => Some(Self::Ban),
            Self::Unmute => Some(Self::Mute),
            Self::LiftTimeout => Some(Self::TimeOut),
            Self::Unpin => Some(Self::Pin),
            Self::Remove => Some(Self::Appoint),
            Self::Reinstate => Some(Self::Suspend),
            Self::Ban
            | Self::Mute
            | Self::TimeOut
            | Self::Delete
            | Self::ClearChat
            | Self::Pin
            | Self::ChangeSettings
            | Self::Appoint
            | Self::Suspend
            | Self::RefundTip
            | Self::ApprovePayout
            | Self::SendPayout
            | Self::SettlePayout
            | Self::FailPayout
            | Self::CancelPayout
            | Self::SetFees
            | Self::GrantPromotion
            | Self::CloseBooks => None,
        }
    }
}

/// Something that whoever moderates did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModerationAction {
    /// Its place in the log: names and orders it.
    pub position: Position,
    /// Where; `None` for the whole platform.
    pub channel: Option<ChannelId>,
    /// What.
    pub kind: ModerationKind,
    /// Who did it, where an account did.
    pub actor: Option<AccountId>,
    /// Who did it otherwise: `console`, or a part of Tributary.
    pub actor_part: Option<String>,
    /// Whom it is about: for a message, its sender; for a chat as a whole, the channel's owner.
    pub account: Option<AccountId>,
    /// The message that it is about; for a cleared chat, the last place that went.
    pub message: Option<Position>,
    /// When a timeout ends by itself.
    pub until: Option<Timestamp>,
    /// Settings or permissions, as words.
    pub detail: Option<String>,
    /// Why; `None` without words, or once the person was erased.
    pub reason: Option<String>,
    /// When.
    pub done_at: Timestamp,
}

impl Record for ModerationAction {
    type Key = Position;
    const TABLE: Table = Table {
        name: "moderation_actions",
        columns: &[
            ("position", I64),
            ("channel", Uuid),
            ("kind", Text),
            ("undoes", Text),
            ("actor", Uuid),
            ("actor_part", Text),
            ("account", Uuid),
            ("message", I64),
            ("until", Time),
            ("detail", Text),
            ("reason", Text),
            ("done_at", Time),
        ],
        key: 1,
    };
    /// None is ever looked at again.
    const CACHED_MAX: usize = 100;

    fn key(&self) -> Position {
        self.position
    }
    fn key_values(key: &Position) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        values![
            self.position,
            self.channel,
            self.kind.word(),
            self.kind.undoes().map(|kind| kind.word().to_owned()),
            self.actor,
            self.actor_part.clone(),
            self.account,
            self.message,
            self.until,
            self.detail.clone(),
            self.reason.clone(),
            self.done_at,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        let position = columns.position()?;
        let channel = columns.optional_id(ChannelId)?;
        let kind = columns.parsed(ModerationKind::from_word)?;
        // What it undoes follows from its kind.
        columns.take::<Option<String>>()?;
        Ok(Self {
            position,
            channel,
            kind,
            actor: columns.optional_id(AccountId)?,
            actor_part: columns.take()?,
            account: columns.optional_id(AccountId)?,
            message: columns.take::<Option<i64>>()?.and_then(Position::new),
            until: columns.take()?,
            detail: columns.take()?,
            reason: columns.take()?,
            done_at: columns.take()?,
        })
    }
}

/// Folds the audit log.
#[derive(Default)]
pub(crate) struct Moderation {
    actions: Working<ModerationAction>,
}

impl Projection for Moderation {
    fn name(&self) -> &'static str {
        "moderation"
    }

    /// Every event says all there is to know: no row is looked at.
    fn want(&mut self, recorded: &Recorded) -> bool {
        action(recorded).is_some() || is_erasure(recorded)
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        if is_erasure(recorded) {
            let sets = [("reason", Value::Null(Text))];
            self.actions.sweep("account", account_of(recorded)?, sets);
        }
        if let Some(action) = action(recorded) {
            self.actions.put(action);
        }
        Ok(())
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.actions]
    }
}

fn action(recorded: &Recorded) -> Option<ModerationAction> {
    use ModerationKind as Kind;
    let of = |kind, account, reason: Option<&Personal<Option<String>>>| {
        let by = recorded.metadata.get("actor").map(String::as_str);
        let actor = recorded.actor();
        ModerationAction {
            position: recorded.position,
            channel: recorded.channel,
            kind,
            actor,
            actor_part: by.filter(|_| actor.is_none()).map(str::to_owned),
            account,
            message: None,
            until: None,
            detail: None,
            reason: reason.and_then(|reason| reason.get().cloned().flatten()),
            done_at: micros(recorded.recorded_at),
        }
    };
    // What is done to a chat as a whole is its owner's: the words go with them.
    let owner = recorded.channel.map(ChannelId::owner);
    Some(match &recorded.event {
        Event::Channel(event) => match event {
            Happened::Banned(e) => of(Kind::Ban, Some(e.account), Some(&e.personal)),
            Happened::Unbanned(e) => of(Kind::Unban, Some(e.account), Some(&e.personal)),
            Happened::Muted(e) => of(Kind::Mute, Some(e.account), Some(&e.personal)),
            Happened::Unmuted(e) => of(Kind::Unmute, Some(e.account), Some(&e.personal)),
            Happened::TimedOut(e) => ModerationAction {
                until: Some(micros(e.until)),
                ..of(Kind::TimeOut, Some(e.account), Some(&e.personal))
            },
            Happened::TimeoutLifted(e) => of(Kind::LiftTimeout, Some(e.account), Some(&e.personal)),
            // Whoever takes the own words back does not moderate.
            Happened::MessageDeleted(e) if e.by != Some(e.sender) => ModerationAction {
                message: Some(e.message),
                ..of(Kind::Delete, Some(e.sender), Some(&e.personal))
            },
            Happened::ChatCleared(e) => ModerationAction {
                message: Some(e.upto),
                ..of(Kind::ClearChat, owner, Some(&e.personal))
            },
            Happened::MessagePinned(e) => ModerationAction {
                message: Some(e.message),
                ..of(Kind::Pin, Some(e.sender), None)
            },
            Happened::MessageUnpinned(e) => ModerationAction {
                message: Some(e.message),
                ..of(Kind::Unpin, Some(e.sender), None)
            },
            Happened::ChatSettingsChanged(e) => ModerationAction {
                detail: Some(words_of(e.settings)),
                ..of(Kind::ChangeSettings, owner, Some(&e.personal))
            },
            Happened::ModeratorAppointed(e) => {
                let words: Vec<_> = e.permissions.iter().map(|p| p.word()).collect();
                ModerationAction {
                    detail: Some(words.join(" ")),
                    ..of(Kind::Appoint, Some(e.account), None)
                }
            }
            Happened::ModeratorRemoved(e) => of(Kind::Remove, Some(e.account), None),
            Happened::Opened(_)
            | Happened::StreamKeyRotated(_)
            | Happened::StreamOpened(_)
            | Happened::StreamClosed(_)
            | Happened::Closed(_)
            | Happened::MessageSent(_)
            | Happened::MessageDeleted(_)
            | Happened::ReactionsTallied(_) => return None,
        },
        Event::Account(account::Event::Suspended(e)) => {
            of(Kind::Suspend, Some(e.account), Some(&e.personal))
        }
        Event::Account(account::Event::Reinstated(e)) => {
            of(Kind::Reinstate, Some(e.account), Some(&e.personal))
        }
        // Money is the platform's, whatever channel it is about: no moderator is shown it.
        _ => ModerationAction {
            channel: None,
            ..of_money(recorded, of)?
        },
    })
}

/// What staff and finance did to money.
fn of_money(
    recorded: &Recorded,
    of: impl Fn(
        ModerationKind,
        Option<AccountId>,
        Option<&Personal<Option<String>>>,
    ) -> ModerationAction,
) -> Option<ModerationAction> {
    use ModerationKind as Kind;
    let owner = recorded.channel.map(ChannelId::owner);
    let detailed = |detail: String, action| ModerationAction {
        detail: Some(detail),
        ..action
    };
    Some(match (&recorded.history, &recorded.event) {
        (_, Event::Wallet(wallet::Event::TipRefunded(e))) if e.cause == RefundCause::Staff => {
            detailed(
                format!("entry={}", e.entry.id),
                of(Kind::RefundTip, Some(e.payer), Some(&e.personal)),
            )
        }
        (_, Event::Wallet(wallet::Event::Granted(e))) => detailed(
            format!("entry={}", e.entry.id),
            of(Kind::GrantPromotion, Some(e.account), Some(&e.personal)),
        ),
        // Of words that nobody but who set them said, the subject is who set them.
        (_, Event::Fees(fees::Event::Scheduled(e))) => detailed(
            format!("schedule={} rate={}", e.schedule.id, e.schedule.rate),
            of(Kind::SetFees, e.by, Some(&e.personal)),
        ),
        (_, Event::Books(books::Event::Closed(e))) => detailed(
            format!("through={}", e.through),
            of(Kind::CloseBooks, e.by, Some(&e.personal)),
        ),
        (HistoryId::Payout(payout), Event::Payout(event)) => {
            let action = match event {
                payout::Event::Approved(e) => of(Kind::ApprovePayout, owner, Some(&e.personal)),
                payout::Event::Sent(_) => of(Kind::SendPayout, owner, None),
                payout::Event::Settled(_) => of(Kind::SettlePayout, owner, None),
                payout::Event::Failed(e) => of(Kind::FailPayout, owner, Some(&e.personal)),
                // What the streamer calls off is nothing that staff did.
                payout::Event::Cancelled(e) if e.by != owner => {
                    of(Kind::CancelPayout, owner, Some(&e.personal))
                }
                payout::Event::Requested(_)
                | payout::Event::HandedOver(_)
                | payout::Event::Cancelled(_) => return None,
            };
            detailed(format!("payout={payout}"), action)
        }
        _ => return None,
    })
}

fn words_of(settings: ChatSettings) -> String {
    let followers = settings.followers_only_minutes;
    format!(
        "slow_mode_seconds={} followers_only_minutes={} emote_only={}",
        settings.slow_mode_seconds,
        followers.map_or_else(|| "off".to_owned(), |minutes| minutes.to_string()),
        settings.emote_only
    )
}
