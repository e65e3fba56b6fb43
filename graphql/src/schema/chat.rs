//! Chat messages.

use super::page::connection;
use super::reaction::{ReactionCounts, reactions_to};
use super::{DateTime, GlobalId, Money, Position};
use crate::Fault;
use async_graphql::{ComplexObject, Context, Enum, ID, SimpleObject};
use tributary_domain::channel::{self, MessageSent, ReactedTo};
use tributary_domain::wallet::Tipped;
use tributary_domain::{AccountId, Recorded};
use tributary_projections as views;

/// What a sender was in the channel when the message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "channel::SenderRole")]
pub(crate) enum SenderRole {
    /// Staff of the platform.
    Admin,
    /// The channel's owner.
    Streamer,
    /// One of the channel's moderators.
    Moderator,
    /// Anyone else.
    Viewer,
    /// Nobody: the platform speaks.
    Platform,
}

/// What stands beside a sender's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "channel::Badge")]
pub(crate) enum ChatBadge {
    /// The channel's owner.
    Broadcaster,
    /// Staff of the platform.
    Staff,
    /// One of the channel's moderators.
    Moderator,
    /// Follows the channel.
    Follower,
}

/// What kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "channel::MessageKind")]
pub(crate) enum MessageKind {
    /// Words.
    Text,
    /// Emoji and nothing else.
    Emoji,
    /// A tip, with the words that go with it.
    Tip,
    /// Draws attention.
    Alert,
    /// The platform speaks.
    System,
}

/// Who sent something, as they were then.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct ChatSender {
    /// The account's global id.
    account_id: ID,
    /// The name then; empty once the person was erased.
    name: String,
    /// What they were in the channel.
    role: SenderRole,
}

impl ChatSender {
    pub(crate) fn new(account: AccountId, name: Option<String>, role: channel::SenderRole) -> Self {
        Self {
            account_id: GlobalId::Account(account).into(),
            name: name.unwrap_or_default(),
            role: role.into(),
        }
    }
}

connection!(
    /// A page of a chat.
    ChatMessageConnection,
    /// A message in a chat.
    ChatMessageEdge,
    ChatMessage
);

/// Something that was said in a channel's chat.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct ChatMessage {
    /// Its place in the log: messages of a channel are in this order.
    position: Position,
    /// What kind of message.
    kind: MessageKind,
    /// Exactly what was sent: escape it where it is shown. Null once it was deleted, and for a tip without
    /// words.
    text: Option<String>,
    /// Who sent it.
    sender: ChatSender,
    /// When.
    sent_at: DateTime,
    /// Whether it was deleted, alone or with the whole chat.
    is_deleted: bool,
    /// What stood beside the sender's name.
    badges: Vec<ChatBadge>,
    /// The message that it answers: its global id.
    reply_to_id: Option<ID>,
    /// Who is mentioned in it: the accounts' global ids.
    mentioned_ids: Vec<ID>,
    /// What was given, of a tip.
    tip_amount: Option<Money>,
}

#[ComplexObject]
impl ChatMessage {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::ChatMessage(self.position.0).into()
    }

    /// How often people reacted to it, and with what; nothing of one that was deleted.
    async fn reactions(&self, ctx: &Context<'_>) -> Result<Option<ReactionCounts>, Fault> {
        if self.is_deleted {
            return Ok(Some(ReactionCounts::default()));
        }
        reactions_to(ctx, ReactedTo::Message(self.position.0)).await
    }
}

fn badges(badges: &[channel::Badge]) -> Vec<ChatBadge> {
    badges.iter().copied().map(Into::into).collect()
}

fn message(place: Option<tributary_domain::Position>) -> Option<ID> {
    place.map(|place| GlobalId::ChatMessage(place).into())
}

fn accounts(accounts: &[AccountId]) -> Vec<ID> {
    let ids = accounts.iter().copied();
    ids.map(|id| GlobalId::Account(id).into()).collect()
}

impl ChatMessage {
    /// A message as it stands in the log.
    pub(crate) fn sent(recorded: &Recorded, sent: &MessageSent) -> Self {
        let personal = sent.personal.get();
        let name = personal.map(|personal| personal.sender_name.clone());
        Self {
            position: Position(recorded.position),
            kind: sent.kind.into(),
            text: personal.map(|personal| personal.text.clone()),
            sender: ChatSender::new(sent.sender, name, sent.role),
            sent_at: DateTime(recorded.recorded_at),
            is_deleted: false,
            badges: badges(&sent.badges),
            reply_to_id: message(sent.reply_to),
            mentioned_ids: accounts(&sent.mentions),
            tip_amount: None,
        }
    }

    /// A tip as it stands in the log.
    pub(crate) fn tipped(recorded: &Recorded, tipped: &Tipped) -> Self {
        let personal = tipped.personal.get();
        let name = personal.map(|personal| personal.sender_name.clone());
        let (amount, currency) = (tipped.amount, tipped.entry.currency);
        Self {
            position: Position(recorded.position),
            kind: MessageKind::Tip,
            text: personal.and_then(|personal| personal.message.clone()),
            sender: ChatSender::new(tipped.payer, name, channel::SenderRole::Viewer),
            sent_at: DateTime(recorded.recorded_at),
            is_deleted: false,
            badges: vec![],
            reply_to_id: None,
            mentioned_ids: vec![],
            tip_amount: Some(tributary_domain::Money { amount, currency }.into()),
        }
    }

    /// The same once it was deleted.
    pub(crate) fn redacted(self) -> Self {
        Self {
            text: None,
            is_deleted: true,
            ..self
        }
    }
}

impl From<views::ChatMessage> for ChatMessage {
    fn from(row: views::ChatMessage) -> Self {
        Self {
            position: Position(row.position),
            kind: row.kind.into(),
            text: row.text.filter(|_| !row.deleted),
            sender: ChatSender::new(row.sender, row.sender_name, row.sender_role),
            sent_at: DateTime(row.sent_at),
            is_deleted: row.deleted,
            badges: badges(&row.badges),
            reply_to_id: message(row.reply_to),
            mentioned_ids: accounts(&row.mentions),
            tip_amount: row.tip.map(Money::from),
        }
    }
}
