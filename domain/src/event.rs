//! Every event of the product, by its stored name.

use crate::entry::Entry;
use crate::personal::{Erasable, PersonalError};
use crate::upcast::{self, Upcast, UpcastError};
use crate::{
    account, books, channel, claim, fees, installation, payment, payout, stream, viewer_session,
    wallet,
};

/// Something that happened, of any aggregate.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// See [`account::Event`].
    Account(account::Event),
    /// See [`claim::Event`].
    Claim(claim::Event),
    /// See [`channel::Event`].
    Channel(channel::Event),
    /// See [`stream::Event`].
    Stream(stream::Event),
    /// See [`viewer_session::Event`].
    ViewerSession(viewer_session::Event),
    /// See [`wallet::Event`].
    Wallet(wallet::Event),
    /// See [`installation::Event`].
    Installation(installation::Event),
    /// See [`payment::Event`].
    Payment(payment::Event),
    /// See [`payout::Event`].
    Payout(payout::Event),
    /// See [`fees::Event`].
    Fees(fees::Event),
    /// See [`books::Event`].
    Books(books::Event),
}

/// Why a stored event cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// This program does not know the event: it was written by a newer one.
    #[error("unknown event {name} version {version}; a newer Tributary wrote it")]
    Unknown {
        /// The stored name.
        name: String,
        /// The stored version.
        version: String,
    },
    /// The payload does not have the shape that its name and version promise.
    #[error("the payload of {name} cannot be read: {source}")]
    Payload {
        /// The stored name.
        name: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// An older version does not have the shape that it promises.
    #[error("{name} version {version} cannot be lifted to the current one: {source}")]
    Upcast {
        /// The stored name.
        name: String,
        /// The stored version.
        version: u32,
        /// What is wrong with it.
        source: UpcastError,
    },
    /// The personal part does not fit.
    #[error("{name}: {source}")]
    Personal {
        /// The stored name.
        name: String,
        /// What is wrong with it.
        source: PersonalError,
    },
}

macro_rules! every_aggregate {
    ($self:expr, $event:ident => $body:expr) => {
        match $self {
            Event::Account($event) => $body,
            Event::Claim($event) => $body,
            Event::Channel($event) => $body,
            Event::Stream($event) => $body,
            Event::ViewerSession($event) => $body,
            Event::Wallet($event) => $body,
            Event::Installation($event) => $body,
            Event::Payment($event) => $body,
            Event::Payout($event) => $body,
            Event::Fees($event) => $body,
            Event::Books($event) => $body,
        }
    };
}

impl Event {
    /// Every event: stored name and current version.
    pub fn catalogue() -> impl Iterator<Item = (&'static str, u32)> {
        [
            account::Event::CATALOGUE,
            claim::Event::CATALOGUE,
            channel::Event::CATALOGUE,
            stream::Event::CATALOGUE,
            viewer_session::Event::CATALOGUE,
            wallet::Event::CATALOGUE,
            installation::Event::CATALOGUE,
            payment::Event::CATALOGUE,
            payout::Event::CATALOGUE,
            fees::Event::CATALOGUE,
            books::Event::CATALOGUE,
        ]
        .into_iter()
        .flatten()
        .copied()
    }

    /// The stored name and version.
    pub fn name(&self) -> (&'static str, u32) {
        every_aggregate!(self, event => event.name())
    }

    /// The movement of money that the event holds, if it holds one. What only names an entry of another
    /// history (`wallet.credited`) holds none: adding it up too would count the money twice.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Wallet(event) => event.entry(),
            Self::Payout(event) => event.entry(),
            Self::Account(_)
            | Self::Claim(_)
            | Self::Channel(_)
            | Self::Stream(_)
            | Self::ViewerSession(_)
            | Self::Installation(_)
            | Self::Payment(_)
            | Self::Fees(_)
            | Self::Books(_) => None,
        }
    }

    /// Whether no event of this stored name ever holds an [entry](Self::entry): a reader of the ledger need
    /// not even decode it. A name that is not known here may hold one.
    pub fn moves_no_money(name: &str) -> bool {
        matches!(
            aggregate(name),
            "account" | "claim" | "channel" | "stream" | "viewer_session" | "installation"
        )
    }

    /// The payload as stored: JSON with digests in place of personal parts.
    ///
    /// # Errors
    /// Never for the events of this crate; serde's signature asks for it.
    pub fn payload(&self) -> Result<String, serde_json::Error> {
        every_aggregate!(self, event => serde_json::to_string(event))
    }

    /// The personal part as stored, if the event has one and it was not erased.
    pub fn personal(&self) -> Option<String> {
        every_aggregate!(self, event => event.personal()).and_then(Erasable::to_column)
    }

    /// The same event as it stands in the log once its person was erased.
    ///
    /// # Errors
    /// Never for the events of this crate; serde's signature asks for it.
    pub fn without_person(&self) -> Result<Self, DecodeError> {
        let (name, version) = self.name();
        let payload = self.payload().map_err(|source| DecodeError::Payload {
            name: name.to_owned(),
            source,
        })?;
        Self::decode(name, &version.to_string(), &payload, None)
    }

    /// Whether the personal part has the digest that the payload states; true where there is none.
    pub fn personal_matches(&self) -> bool {
        every_aggregate!(self, event => event.personal()).is_none_or(Erasable::matches)
    }

    /// What leads from a stored version of an event to the current one, in order; `None` when this
    /// program knows no such version.
    pub fn upcasts(name: &str, version: u32) -> Option<&'static [Upcast]> {
        match aggregate(name) {
            "account" => account::Event::upcasts(name, version),
            "claim" => claim::Event::upcasts(name, version),
            "channel" => channel::Event::upcasts(name, version),
            "stream" => stream::Event::upcasts(name, version),
            "viewer_session" => viewer_session::Event::upcasts(name, version),
            "wallet" => wallet::Event::upcasts(name, version),
            "installation" => installation::Event::upcasts(name, version),
            "payment" => payment::Event::upcasts(name, version),
            "payout" => payout::Event::upcasts(name, version),
            "fees" => fees::Event::upcasts(name, version),
            "books" => books::Event::upcasts(name, version),
            _ => None,
        }
    }

    /// Reads an event back from its columns. One of an older version comes out as the current one.
    ///
    /// # Errors
    /// When the name or version is unknown or a part cannot be read. A reader must stop there: to
    /// skip an event is to lose it.
    pub fn decode(
        name: &str,
        version: &str,
        payload: &str,
        personal: Option<&str>,
    ) -> Result<Self, DecodeError> {
        let unknown = || DecodeError::Unknown {
            name: name.to_owned(),
            version: version.to_owned(),
        };
        // Before the payload: that of a later version need not have a shape that is known here.
        let number = version.parse().map_err(|_| unknown())?;
        let steps = Self::upcasts(name, number).ok_or_else(unknown)?;
        let lifted;
        let (payload, personal) = if steps.is_empty() {
            (payload, personal)
        } else {
            lifted = upcast::lift(steps, payload, personal).map_err(|source| {
                let name = name.to_owned();
                DecodeError::Upcast {
                    name,
                    version: number,
                    source,
                }
            })?;
            (lifted.0.as_str(), lifted.1.as_deref())
        };
        let decoded = match aggregate(name) {
            "account" => account::Event::decode(name, payload).map(|r| r.map(Self::Account)),
            "claim" => claim::Event::decode(name, payload).map(|r| r.map(Self::Claim)),
            "channel" => channel::Event::decode(name, payload).map(|r| r.map(Self::Channel)),
            "stream" => stream::Event::decode(name, payload).map(|r| r.map(Self::Stream)),
            "viewer_session" => {
                viewer_session::Event::decode(name, payload).map(|r| r.map(Self::ViewerSession))
            }
            "wallet" => wallet::Event::decode(name, payload).map(|r| r.map(Self::Wallet)),
            "installation" => {
                installation::Event::decode(name, payload).map(|r| r.map(Self::Installation))
            }
            "payment" => payment::Event::decode(name, payload).map(|r| r.map(Self::Payment)),
            "payout" => payout::Event::decode(name, payload).map(|r| r.map(Self::Payout)),
            "fees" => fees::Event::decode(name, payload).map(|r| r.map(Self::Fees)),
            "books" => books::Event::decode(name, payload).map(|r| r.map(Self::Books)),
            _ => None,
        };
        let mut event = decoded
            .ok_or_else(unknown)?
            .map_err(|source| DecodeError::Payload {
                name: name.to_owned(),
                source,
            })?;
        if let Some(column) = personal
            && let Some(part) = every_aggregate!(&mut event, event => event.personal_mut())
        {
            part.restore(column)
                .map_err(|source| DecodeError::Personal {
                    name: name.to_owned(),
                    source,
                })?;
        }
        Ok(event)
    }
}

/// The kind of thing that an event's name begins with.
fn aggregate(name: &str) -> &str {
    name.split_once('.').map_or("", |(aggregate, _)| aggregate)
}

macro_rules! from_aggregates {
    ($( $variant:ident($module:ident) ),*) => { $(
        impl From<$module::Event> for Event {
            fn from(event: $module::Event) -> Self {
                Self::$variant(event)
            }
        }
    )* };
}

from_aggregates!(
    Account(account),
    Claim(claim),
    Channel(channel),
    Stream(stream),
    ViewerSession(viewer_session),
    Wallet(wallet),
    Installation(installation),
    Payment(payment),
    Payout(payout),
    Fees(fees),
    Books(books)
);
