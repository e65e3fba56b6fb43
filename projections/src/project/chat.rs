//! Chat messages. A message is named by its position in the log.
//!
//! A tip is told here, too, as a message of its own kind: it is in the log once, and stands in two lists.
//!
//! Deleting is soft: the row stays, so that pages and cursors do not shift, but its text goes. A chat
//! that is cleared changes no row here, however many there are: `rooms` says up to where it was.

use crate::db::Type::{Bool, I64, Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, micros, values};
use crate::fold::{FoldError, Projection, account_of, channel_of, is_erasure};
use crate::project::wallet_rows::currency;
use crate::record::Record;
use crate::word::Word;
use crate::working::{Rows, Working};
use tributary_domain::channel::{Badge, Event as Happened, MessageKind, SenderRole};
use tributary_domain::money::minor;
use tributary_domain::{
    AccountId, ChannelId, Event, Money, Position, Recorded, StreamId, Timestamp, wallet,
};

/// Something that someone said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Names it, and orders it.
    pub position: Position,
    /// Where.
    pub channel: ChannelId,
    /// The stream that was open, if one was.
    pub stream: Option<StreamId>,
    /// Who.
    pub sender: AccountId,
    /// The sender's name when they said it; `None` once erased.
    pub sender_name: Option<String>,
    /// What the sender was in the channel then.
    pub sender_role: SenderRole,
    /// What kind of message.
    pub kind: MessageKind,
    /// Exactly what was sent; `None` once deleted or erased.
    pub text: Option<String>,
    /// When.
    pub sent_at: Timestamp,
    /// Whether it was removed.
    pub deleted: bool,
    /// What stood beside the sender's name.
    pub badges: Vec<Badge>,
    /// The message that it answers.
    pub reply_to: Option<Position>,
    /// Who is mentioned in it.
    pub mentions: Vec<AccountId>,
    /// What was given, of a tip.
    pub tip: Option<Money>,
}

impl Record for ChatMessage {
    type Key = Position;
    const TABLE: Table = Table {
        name: "chat_messages",
        columns: &[
            ("position", I64),
            ("channel", Uuid),
            ("stream", Uuid),
            ("sender", Uuid),
            ("sender_name", Text),
            ("sender_role", Text),
            ("kind", Text),
            ("text", Text),
            ("sent_at", Time),
            ("deleted", Bool),
            ("badges", Text),
            ("reply_to", I64),
            ("mentions", Text),
            ("amount", I64),
            ("currency", Text),
        ],
        key: 1,
    };
    /// Only deletions look back, and mostly at what was just said.
    const CACHED_MAX: usize = 2_000;

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
            self.stream,
            self.sender,
            self.sender_name.clone(),
            self.sender_role.word(),
            self.kind.word(),
            self.text.clone(),
            self.sent_at,
            self.deleted,
            words(self.badges.iter().map(|badge| badge.word().to_owned())),
            self.reply_to,
            words(self.mentions.iter().map(ToString::to_string)),
            self.tip.map(|tip| minor(tip.amount, tip.currency)),
            self.tip.map(|tip| tip.currency),
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            position: columns.position()?,
            channel: columns.id(ChannelId)?,
            stream: columns.optional_id(StreamId)?,
            sender: columns.id(AccountId)?,
            sender_name: columns.take()?,
            sender_role: columns.parsed(SenderRole::from_word)?,
            kind: columns.parsed(MessageKind::from_word)?,
            text: columns.take()?,
            sent_at: columns.take()?,
            deleted: columns.take()?,
            badges: columns.parsed(|text| list(text, Badge::from_word))?,
            reply_to: columns.take::<Option<i64>>()?.and_then(Position::new),
            mentions: columns.parsed(|text| list(text, |id| id.parse().ok()))?,
            tip: given(
                columns.take()?,
                columns.take::<Option<String>>()?.as_deref(),
            ),
        })
    }
}

/// What was given, of a tip.
fn given(amount: Option<i64>, code: Option<&str>) -> Option<Money> {
    Some(Money::from_minor(amount?, currency(code?)?))
}

/// A short list as one text.
fn words(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split_ascii_whitespace().map(read).collect()
}

/// Folds chat messages.
#[derive(Default)]
pub(crate) struct Chat {
    messages: Working<ChatMessage>,
}

impl Projection for Chat {
    fn name(&self) -> &'static str {
        "chat"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        match &recorded.event {
            Event::Channel(Happened::MessageSent(_)) | Event::Wallet(wallet::Event::Tipped(_)) => {
                true
            }
            Event::Channel(Happened::MessageDeleted(event)) => {
                self.messages.want(event.message);
                true
            }
            _ => is_erasure(recorded),
        }
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        if is_erasure(recorded) {
            let nothing = Value::Null(Text);
            let sets = [("sender_name", nothing.clone()), ("text", nothing)];
            self.messages.sweep("sender", account_of(recorded)?, sets);
        }
        match &recorded.event {
            Event::Channel(Happened::MessageSent(event)) => {
                let personal = event.personal.get();
                self.messages.put(ChatMessage {
                    position: recorded.position,
                    channel: channel_of(recorded)?,
                    stream: event.stream,
                    sender: event.sender,
                    sender_name: personal.map(|said| said.sender_name.clone()),
                    sender_role: event.role,
                    kind: event.kind,
                    text: personal.map(|said| said.text.clone()),
                    sent_at: micros(recorded.recorded_at),
                    deleted: false,
                    badges: event.badges.clone(),
                    reply_to: event.reply_to,
                    mentions: event.mentions.clone(),
                    tip: None,
                });
            }
            Event::Wallet(wallet::Event::Tipped(event)) => {
                let personal = event.personal.get();
                let (amount, currency) = (event.amount, event.entry.currency);
                self.messages.put(ChatMessage {
                    position: recorded.position,
                    channel: event.channel,
                    stream: event.stream,
                    sender: event.payer,
                    sender_name: personal.map(|said| said.sender_name.clone()),
                    // Nobody tips the own channel; what else they are there a tip does not say.
                    sender_role: SenderRole::Viewer,
                    kind: MessageKind::Tip,
                    text: personal.and_then(|said| said.message.clone()),
                    sent_at: micros(recorded.recorded_at),
                    deleted: false,
                    badges: vec![],
                    reply_to: None,
                    mentions: vec![],
                    tip: Some(Money { amount, currency }),
                });
            }
            Event::Channel(Happened::MessageDeleted(event)) => {
                // A channel records what its caller says was a message of its own: no other
                // channel's message goes by it.
                let channel = channel_of(recorded)?;
                let message = self.messages.get(&event.message)?;
                if message.is_some_and(|message| message.channel == channel) {
                    let message = self.messages.edit(&event.message)?;
                    message.deleted = true;
                    message.text = None;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.messages]
    }
}
