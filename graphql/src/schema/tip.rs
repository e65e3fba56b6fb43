//! Tips.

use super::chat::ChatSender;
use super::page::connection;
use super::{Channel, DateTime, GlobalId, Money, Position, Uuid, lookups};
use crate::Fault;
use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use tributary_domain::channel::SenderRole;
use tributary_domain::wallet::Tipped;
use tributary_domain::{ChannelId, Currency, Recorded};
use tributary_projections as views;

connection!(
    /// A page of tips.
    TipConnection,
    /// A tip in a list.
    TipEdge,
    Tip
);

/// What a viewer gave to a streamer.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Tip {
    #[graphql(skip)]
    to: ChannelId,
    /// Its place in the log.
    position: Position,
    /// Its entry in the ledger.
    entry_id: Uuid,
    /// Who gave.
    from: ChatSender,
    /// What the viewer gave.
    amount: Money,
    /// What the platform kept.
    fee: Money,
    /// What the streamer got.
    net: Money,
    /// Words that went with it: escape them where they are shown. Null once a moderator removed them.
    message: Option<String>,
    /// When.
    sent_at: DateTime,
    /// When it was taken back, if it was.
    refunded_at: Option<DateTime>,
}

#[ComplexObject]
impl Tip {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Tip(self.position.0).into()
    }

    /// To whom.
    async fn channel(&self, ctx: &Context<'_>) -> Result<Option<Channel>, Fault> {
        Ok(lookups(ctx).load_one(self.to).await?.map(Channel::from))
    }
}

impl Tip {
    /// A tip as it stands in the log.
    pub(crate) fn given(recorded: &Recorded, tipped: &Tipped, currency: Currency) -> Self {
        let personal = tipped.personal.get();
        let name = personal.map(|personal| personal.sender_name.clone());
        let money = |amount| Money::from(tributary_domain::Money { amount, currency });
        Self {
            to: tipped.channel,
            position: Position(recorded.position),
            entry_id: Uuid(tipped.entry.id.0),
            from: ChatSender::new(tipped.payer, name, SenderRole::Viewer),
            amount: money(tipped.amount),
            fee: money(tipped.fee),
            net: money(tipped.net),
            message: personal.and_then(|personal| personal.message.clone()),
            sent_at: DateTime(recorded.recorded_at),
            refunded_at: None,
        }
    }
}

impl Tip {
    /// The same once its words were removed.
    pub(crate) fn without_words(self) -> Self {
        Self {
            message: None,
            ..self
        }
    }
}

impl From<views::Tip> for Tip {
    fn from(row: views::Tip) -> Self {
        Self {
            to: row.channel,
            position: Position(row.position),
            entry_id: Uuid(row.entry.0),
            // Nobody tips the own channel.
            from: ChatSender::new(row.payer, row.sender_name, SenderRole::Viewer),
            amount: row.amount.into(),
            fee: row.fee.into(),
            net: row.net.into(),
            message: row.message,
            sent_at: DateTime(row.sent_at),
            refunded_at: row.refunded_at.map(DateTime),
        }
    }
}
