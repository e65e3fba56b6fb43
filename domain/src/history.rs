//! Histories: one aggregate's events each, and the state that they fold to.

use crate::account::Account;
use crate::books::Books;
use crate::channel::Channel;
use crate::claim::Claim;
use crate::fees::Fees;
use crate::installation::Installation;
use crate::payment::{Payment, PaymentId};
use crate::payout::Payout;
use crate::stream::Stream;
use crate::text::AccountName;
use crate::viewer_session::ViewerSession;
use crate::wallet::Wallet;
use crate::{AccountId, ChannelId, Currency, Event, PayoutId, StreamId, ViewerSessionId};
use serde::Serialize;
use std::fmt;

/// Names one history.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HistoryId {
    /// A person's identity.
    Account(AccountId),
    /// A name, as a keyed hash: who holds it. What an aggregate is called cannot be erased, so a name
    /// never stands there in the clear.
    NameClaim(String),
    /// An e-mail address, as a keyed hash: who holds it.
    EmailClaim(String),
    /// A streamer's home, with its chat.
    Channel(ChannelId),
    /// One show.
    Stream(StreamId),
    /// One viewer's presence at one show.
    ViewerSession(ViewerSessionId),
    /// One account's money in one currency.
    Wallet(AccountId, Currency),
    /// What a provider has said of a payment.
    Payment(PaymentId),
    /// Earnings on their way to a streamer's bank.
    Payout(PayoutId),
    /// This installation of Tributary: one history.
    Installation,
    /// What the platform keeps of tips: one history.
    Fees,
    /// How far the books are closed: one history.
    Books,
}

/// A stored history name that this program does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownHistory {
    /// Neither the type nor its form of id is one of ours.
    #[error("there is no history {kind}/{id}")]
    Unknown {
        /// The stored aggregate type.
        kind: String,
        /// The stored aggregate id.
        id: String,
    },
    /// A person's name stands where no erasure reaches it.
    #[error(
        "a name is claimed in the clear: this log was made before names were hashed, and could not \
         forget a person; make it anew"
    )]
    NameInTheClear,
}

impl HistoryId {
    /// The aggregate's type, as stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::NameClaim(_) => "name_claim",
            Self::EmailClaim(_) => "email_claim",
            Self::Channel(_) => "channel",
            Self::Stream(_) => "stream",
            Self::ViewerSession(_) => "viewer_session",
            Self::Wallet(..) => "wallet",
            Self::Payment(_) => "payment",
            Self::Payout(_) => "payout",
            Self::Installation => "installation",
            Self::Fees => "fees",
            Self::Books => "books",
        }
    }

    /// The aggregate's id, as stored.
    pub fn id(&self) -> String {
        match self {
            Self::Account(id) => id.to_string(),
            Self::NameClaim(text) | Self::EmailClaim(text) => text.clone(),
            Self::Channel(id) => id.to_string(),
            Self::Stream(id) => id.to_string(),
            Self::ViewerSession(id) => id.to_string(),
            Self::Wallet(account, currency) => format!("{account}:{currency}"),
            Self::Payment(id) => id.to_string(),
            Self::Payout(id) => id.to_string(),
            Self::Installation => "tributary".to_owned(),
            Self::Fees | Self::Books => "platform".to_owned(),
        }
    }

    /// Reads what [`kind`](Self::kind) and [`id`](Self::id) wrote.
    ///
    /// # Errors
    /// When the type is not known or the id does not fit it.
    pub fn parse(kind: &str, id: &str) -> Result<Self, UnknownHistory> {
        let unknown = || UnknownHistory::Unknown {
            kind: kind.to_owned(),
            id: id.to_owned(),
        };
        Ok(match kind {
            "account" => Self::Account(id.parse().map_err(|_| unknown())?),
            // A keyed hash is longer than any name.
            "name_claim" if AccountName::new(id).is_ok() => {
                return Err(UnknownHistory::NameInTheClear);
            }
            "name_claim" => Self::NameClaim(id.to_owned()),
            "email_claim" => Self::EmailClaim(id.to_owned()),
            "channel" => Self::Channel(id.parse().map_err(|_| unknown())?),
            "stream" => Self::Stream(id.parse().map_err(|_| unknown())?),
            "viewer_session" => Self::ViewerSession(id.parse().map_err(|_| unknown())?),
            "wallet" => {
                let (account, currency) = id.split_once(':').ok_or_else(unknown)?;
                Self::Wallet(
                    account.parse().map_err(|_| unknown())?,
                    currency.parse().map_err(|_| unknown())?,
                )
            }
            "payment" => Self::Payment(id.parse().map_err(|_| unknown())?),
            "payout" => Self::Payout(id.parse().map_err(|_| unknown())?),
            "installation" if id == "tributary" => Self::Installation,
            "fees" if id == "platform" => Self::Fees,
            "books" if id == "platform" => Self::Books,
            _ => return Err(unknown()),
        })
    }

    /// The state of this history before its first event.
    pub fn empty(&self) -> State {
        match self {
            Self::Account(_) => State::Account(Box::default()),
            Self::NameClaim(_) | Self::EmailClaim(_) => State::Claim(Claim::default()),
            Self::Channel(_) => State::Channel(Box::default()),
            Self::Stream(_) => State::Stream(Box::default()),
            Self::ViewerSession(_) => State::ViewerSession(ViewerSession::default()),
            Self::Wallet(..) => State::Wallet(Wallet::default()),
            Self::Payment(_) => State::Payment(Box::default()),
            Self::Payout(_) => State::Payout(Box::default()),
            Self::Installation => State::Installation(Installation::default()),
            Self::Fees => State::Fees(Fees::default()),
            Self::Books => State::Books(Books::default()),
        }
    }
}

impl fmt::Display for HistoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.id())
    }
}

/// What a history folds to. Serialises as what it is, without a name around it: for people to read, not
/// to be read back.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum State {
    /// See [`Account`].
    Account(Box<Account>),
    /// See [`Claim`].
    Claim(Claim),
    /// See [`Channel`].
    Channel(Box<Channel>),
    /// See [`Stream`].
    Stream(Box<Stream>),
    /// See [`ViewerSession`].
    ViewerSession(ViewerSession),
    /// See [`Wallet`].
    Wallet(Wallet),
    /// See [`Payment`].
    Payment(Box<Payment>),
    /// See [`Payout`].
    Payout(Box<Payout>),
    /// See [`Installation`].
    Installation(Installation),
    /// See [`Fees`].
    Fees(Fees),
    /// See [`Books`].
    Books(Books),
}

impl State {
    /// Takes in the next event. An event of another aggregate changes nothing; the store never
    /// offers one.
    pub fn fold(&mut self, event: &Event) {
        match (self, event) {
            (Self::Account(state), Event::Account(event)) => state.fold(event),
            (Self::Claim(state), Event::Claim(event)) => state.fold(event),
            (Self::Channel(state), Event::Channel(event)) => state.fold(event),
            (Self::Stream(state), Event::Stream(event)) => state.fold(event),
            (Self::ViewerSession(state), Event::ViewerSession(event)) => state.fold(event),
            (Self::Wallet(state), Event::Wallet(event)) => state.fold(event),
            (Self::Payment(state), Event::Payment(event)) => state.fold(event),
            (Self::Payout(state), Event::Payout(event)) => state.fold(event),
            (Self::Installation(state), Event::Installation(event)) => state.fold(event),
            (Self::Fees(state), Event::Fees(event)) => state.fold(event),
            (Self::Books(state), Event::Books(event)) => state.fold(event),
            (state, event) => {
                debug_assert!(false, "{event:?} offered to {state:?}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn names_are_read_back_as_they_are_written() {
        let id = Uuid::from_u128(7);
        for history in [
            HistoryId::Account(AccountId(id)),
            HistoryId::NameClaim("00ee".repeat(16)),
            HistoryId::EmailClaim("00ff".into()),
            HistoryId::Channel(ChannelId(id)),
            HistoryId::Stream(StreamId(id)),
            HistoryId::ViewerSession(ViewerSessionId(id)),
            HistoryId::Wallet(AccountId(id), "USD".parse().unwrap()),
            HistoryId::Payment(PaymentId::new("stripe", "pi_1:2").unwrap()),
            HistoryId::Payout(PayoutId(id)),
            HistoryId::Installation,
            HistoryId::Fees,
            HistoryId::Books,
        ] {
            assert_eq!(HistoryId::parse(history.kind(), &history.id()), Ok(history));
        }
        for (kind, id) in [
            ("nothing", "x"),
            ("stream", "x"),
            ("wallet", "x:USD"),
            ("installation", "x"),
            ("payment", "stripe"),
            ("payment", "Stripe:pi_1"),
            ("payment", "stripe:pi 1"),
            ("payout", "x"),
            ("fees", "x"),
            ("books", "x"),
            ("name_claim", "ada"),
        ] {
            assert!(HistoryId::parse(kind, id).is_err(), "{kind}/{id}");
        }
    }
}
