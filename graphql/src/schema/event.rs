//! Events of the log, for analysts.

use super::page::{PageInfo, connection};
use super::{Cursor, DateTime, GlobalId, Json, Position, Uuid, count};
use crate::Fault;
use crate::messages::Sentence;
use crate::reading::{Reading, Shown};
use async_graphql::{ID, InputObject, Object};
use std::sync::Arc;
use tributary_domain::{ChannelId, HistoryId, Recorded};
use tributary_store::reader::Selection;

/// The most names in a filter, and the most characters of one.
const TYPES_MAX: usize = 50;

/// Which events are wanted. All that is given must hold.
#[derive(Debug, Clone, Default, InputObject)]
#[graphql(name = "EventFilterInput")]
pub(crate) struct EventFilterInput {
    /// Recorded at or after this moment.
    pub(crate) since: Option<DateTime>,
    /// Recorded before this moment.
    pub(crate) until: Option<DateTime>,
    /// From this position on.
    pub(crate) from: Option<Position>,
    /// Up to this position, it included.
    pub(crate) to: Option<Position>,
    /// With one of these names, such as `wallet.tipped` or `stream.*`; at most 50.
    pub(crate) types: Option<Vec<String>>,
    /// Of one aggregate: its global id, or its kind and id as `aggregate` of an event gives them.
    pub(crate) aggregate: Option<ID>,
    /// About one channel, by its global id.
    pub(crate) channel_id: Option<ID>,
}

/// A filter whose parts were understood.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) since: Option<tributary_domain::Timestamp>,
    pub(crate) until: Option<tributary_domain::Timestamp>,
    pub(crate) from: Option<tributary_domain::Position>,
    pub(crate) to: Option<tributary_domain::Position>,
    types: Vec<String>,
    history: Option<HistoryId>,
    pub(crate) channel: Option<ChannelId>,
}

impl EventFilterInput {
    /// Understands it.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for what makes no sense.
    pub(crate) fn read(self) -> Result<Wanted, Fault> {
        let types = self.types.unwrap_or_default();
        let fits = |name: &String| name.chars().count() <= TYPES_MAX && !name.contains('\0');
        if types.len() > TYPES_MAX || !types.iter().all(fits) {
            let most = TYPES_MAX;
            return Err(Fault::BadInput(Sentence::TooManyTypes { most }));
        }
        let aggregate = self.aggregate.map(|id| aggregate("aggregate", &id));
        let channel = self
            .channel_id
            .map(|id| GlobalId::channel("channelId", &id));
        Ok(Wanted {
            since: self.since.map(|time| time.0),
            until: self.until.map(|time| time.0),
            from: self.from.map(|position| position.0),
            to: self.to.map(|position| position.0),
            types,
            history: aggregate.transpose()?,
            channel: channel.transpose()?,
        })
    }
}

impl Wanted {
    /// As the log is asked, but for its times.
    pub(crate) fn selection(&self) -> Selection {
        let before = |position: tributary_domain::Position| {
            tributary_domain::Position::new(position.get() - 1).unwrap_or_default()
        };
        let history = self.history.as_ref();
        Selection {
            after: self.from.map(before).unwrap_or_default(),
            upto: self.to,
            types: self.types.clone(),
            history: history.map(|history| (history.kind().to_owned(), history.id())),
            channel: self.channel,
        }
    }

    /// Whether every event that an index leads to is wanted.
    pub(crate) fn is_found_at_once(&self) -> bool {
        self.types.is_empty() && (self.history.is_some() || self.channel.is_some())
    }

    /// Whether an event is wanted.
    pub(crate) fn admits(&self, recorded: &Recorded) -> bool {
        let name = recorded.event.name().0;
        self.since.is_none_or(|since| recorded.recorded_at >= since)
            && self.until.is_none_or(|until| recorded.recorded_at < until)
            && self.from.is_none_or(|from| recorded.position >= from)
            && self.to.is_none_or(|to| recorded.position <= to)
            && (self.types.is_empty() || self.types.iter().any(|pattern| fits(pattern, name)))
            && self
                .history
                .as_ref()
                .is_none_or(|history| *history == recorded.history)
            && (self.channel.is_none() || self.channel == recorded.channel)
    }
}

/// Whether a name fits a pattern, in which `*` stands for any characters and `?` for one.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<_>, Vec<_>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut star) = ((0, 0), None);
    while at.1 < name.len() {
        match pattern.get(at.0) {
            Some('*') => {
                star = Some(at);
                at.0 += 1;
            }
            Some(c) if *c == '?' || *c == name[at.1] => at = (at.0 + 1, at.1 + 1),
            _ => match star {
                // The last star takes one character more.
                Some((p, n)) => {
                    star = Some((p, n + 1));
                    at = (p + 1, n + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at.0..].iter().all(|c| *c == '*')
}

/// Reads which aggregate is meant: a global id, or `kind:id`.
///
/// # Errors
/// When it is neither.
pub(crate) fn aggregate(field: &'static str, id: &ID) -> Result<HistoryId, Fault> {
    if let Some((kind, own)) = id.split_once(':')
        && let Ok(history) = HistoryId::parse(kind, own)
    {
        return Ok(history);
    }
    match GlobalId::read(field, id) {
        Ok(GlobalId::Account(id)) => Ok(HistoryId::Account(id)),
        Ok(GlobalId::Channel(id)) => Ok(HistoryId::Channel(id)),
        Ok(GlobalId::Stream(id)) => Ok(HistoryId::Stream(id)),
        Ok(GlobalId::Wallet(account, currency)) => Ok(HistoryId::Wallet(account, currency)),
        Ok(
            GlobalId::Recording(_)
            | GlobalId::ChatMessage(_)
            | GlobalId::Tip(_)
            | GlobalId::Restriction(..)
            | GlobalId::LogEvent(_)
            | GlobalId::ModerationAction(_)
            | GlobalId::Follow(..)
            | GlobalId::LedgerEntry(_)
            | GlobalId::Payout(_)
            | GlobalId::Hold(_)
            | GlobalId::Payment(_)
            | GlobalId::Dispute(_),
        )
        | Err(_) => Err(Fault::BadInput(Sentence::NotAnAggregate { field })),
    }
}

connection!(
    /// A page of the log. It may be short, or empty, although more follows: where few events of many are
    /// wanted, only so many are looked at for one page. Go on behind `pageInfo.endCursor` as long as
    /// `pageInfo.hasNextPage` says so.
    LogEventConnection,
    /// An event in a page of the log.
    LogEventEdge,
    LogEvent
);

impl LogEventConnection {
    /// A page that was read up to `end`, whether or not its last event lies there.
    pub(crate) fn read_to(
        events: Vec<LogEvent>,
        end: Option<tributary_domain::Position>,
        has_previous_page: bool,
        has_next_page: bool,
    ) -> Self {
        let items = events
            .into_iter()
            .map(|event| (Cursor::write(event.recorded.position), event))
            .collect();
        let page = Self::new(items, has_previous_page, has_next_page);
        let page_info = PageInfo {
            end_cursor: end.map(Cursor::write),
            ..page.page_info
        };
        Self { page_info, ..page }
    }
}

/// An event as it stands in the log, as far as the caller may see it.
#[derive(Debug, Clone)]
pub(crate) struct LogEvent {
    recorded: Arc<Recorded>,
    shown: Shown,
}

impl LogEvent {
    /// An event as somebody sees it; `None` if it is none of theirs.
    pub(crate) fn for_reading(recorded: Arc<Recorded>, reading: Reading) -> Option<Self> {
        let shown = reading.of_event(&recorded)?;
        Some(Self { recorded, shown })
    }

    /// Its place in the log.
    pub(crate) fn place(&self) -> tributary_domain::Position {
        self.recorded.position
    }
}

/// An event as it stands in the log, as far as the caller may see it.
#[Object]
impl LogEvent {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::LogEvent(self.recorded.position).into()
    }

    /// Its place in the log.
    async fn position(&self) -> Position {
        Position(self.recorded.position)
    }

    /// Its own id, the same in every export.
    async fn event_id(&self) -> Uuid {
        Uuid(self.recorded.event_id)
    }

    /// What happened, such as `wallet.tipped`. The catalogue of events describes each.
    #[graphql(name = "type")]
    async fn kind(&self) -> &'static str {
        self.recorded.event.name().0
    }

    /// The version that `payload` has the shape of. An event of an older version is shown as a current
    /// one.
    async fn version(&self) -> i32 {
        count(self.recorded.event.name().1.into())
    }

    /// Whose history it belongs to, as kind and id: `stream:019c1610-0000-7000-8000-000000000000`.
    async fn aggregate(&self) -> String {
        let history = &self.recorded.history;
        format!("{}:{}", history.kind(), history.id())
    }

    /// Its place in that history; the first is 1.
    async fn sequence(&self) -> i32 {
        count(self.recorded.sequence)
    }

    /// The global id of the channel that it concerns, where one is.
    async fn channel_id(&self) -> Option<ID> {
        let channel = self.recorded.channel;
        channel.map(|channel| GlobalId::Channel(channel).into())
    }

    /// When it was recorded: never earlier than the event before it.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.recorded.recorded_at)
    }

    /// Who asked for it, such as `account:…` or `system:ingest`. Staff and analysts see it, finance where it
    /// is about money, and whoever it was.
    async fn actor(&self) -> Option<&str> {
        let actor = self.recorded.metadata.get("actor");
        actor.filter(|_| self.shown.actor).map(String::as_str)
    }

    /// What it says. It holds nobody's name or words, but a digest of them. Amounts are shown to whom the
    /// money belongs and to finance; for others they are null, and other people's postings are left out.
    async fn payload(&self) -> Result<Option<Json>, Fault> {
        let payload = self.shown.payload(&self.recorded)?;
        Ok(Some(Json(payload)))
    }

    /// The names and words that belong to it; null where there are none, where the person was erased,
    /// and for whom they are not to see: they are shown to admins, and to the person themselves.
    async fn personal(&self) -> Result<Option<Json>, Fault> {
        let column = self
            .recorded
            .event
            .personal()
            .filter(|_| self.shown.personal);
        let Some(column) = column else {
            return Ok(None);
        };
        let column: serde_json::Value = serde_json::from_str(&column)
            .map_err(|_| Fault::defect("a personal part is no JSON"))?;
        // Beside it lies the salt of its digest, which is nobody's business.
        Ok(column.get("value").cloned().map(Json))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_names_as_on_the_command_line() {
        for (pattern, name, is_fit) in [
            ("wallet.tipped", "wallet.tipped", true),
            ("wallet.tipped", "wallet.tippe", false),
            ("wallet.*", "wallet.tipped", true),
            ("*.*ed", "wallet.tipped", true),
            ("*", "x", true),
            ("*", "", true),
            ("", "", true),
            ("?allet.*", "wallet.tipped", true),
            ("?", "", false),
            ("*x", "wallet", false),
            ("a*b*c", "abcbc", true),
            ("a*b*c", "abcb", false),
            ("%", "x", false),
            ("stream_*", "stream.x", false),
        ] {
            assert_eq!(fits(pattern, name), is_fit, "{pattern} {name}");
        }
        // No pattern takes long.
        assert!(!fits(&"*a".repeat(25), &"a".repeat(24)));
    }

    #[test]
    fn an_aggregate_is_named_by_its_global_id_or_by_kind_and_id() {
        let account = tributary_domain::AccountId(uuid::Uuid::from_u128(7));
        let global: ID = GlobalId::Account(account).into();
        let plain = ID(format!("account:{account}"));
        for id in [global, plain] {
            assert_eq!(aggregate("id", &id), Ok(HistoryId::Account(account)));
        }
        let tip: ID = GlobalId::Tip(tributary_domain::Position::START).into();
        for bad in [ID::from("x"), ID::from("stream:x"), ID::from(":"), tip] {
            assert!(aggregate("id", &bad).is_err(), "{bad:?}");
        }
    }
}
