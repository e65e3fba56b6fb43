//! Fixed people, moments and amounts, so that tests read as sentences.

use crate::account::Person;
use crate::channel::Reason;
use crate::stream::{Labels, Media, Metadata, Title};
use crate::text::{AccountName, EmailAddress};
use crate::{AccountId, EntryId, Event, HistoryId, Money, Salt, SessionId, StreamId, Timestamp};
use uuid::Uuid;

/// So many seconds after the tests' noon.
pub(crate) fn at(seconds: i64) -> Timestamp {
    at_ms(seconds * 1_000)
}

pub(crate) fn at_ms(milliseconds: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(1_800_000_000_000 + milliseconds).unwrap()
}

pub(crate) const ADA: AccountId = account(1);
pub(crate) const BOB: AccountId = account(2);
pub(crate) const EVE: AccountId = account(3);
pub(crate) const ROOT: AccountId = account(4);
pub(crate) const GHOST: AccountId = account(5);

/// A streamer.
pub(crate) fn ada() -> AccountId {
    ADA
}
/// A viewer.
pub(crate) fn bob() -> AccountId {
    BOB
}
/// Somebody who has no business with Ada's channel.
pub(crate) fn eve() -> AccountId {
    EVE
}
/// An admin.
pub(crate) fn root() -> AccountId {
    ROOT
}

pub(crate) const fn account(n: u128) -> AccountId {
    AccountId(Uuid::from_u128(n))
}
pub(crate) fn stream(n: u128) -> StreamId {
    StreamId(Uuid::from_u128(0x500 + n))
}
pub(crate) fn session(n: u128) -> SessionId {
    SessionId(Uuid::from_u128(0x700 + n))
}
pub(crate) fn entry(n: u128) -> EntryId {
    EntryId(Uuid::from_u128(0x900 + n))
}

pub(crate) fn salt() -> Salt {
    Salt([7; 16])
}

pub(crate) fn person(name: &str) -> Person {
    Person {
        name: AccountName::new(name).unwrap(),
        email: EmailAddress::new(&format!("{name}@example.com")).unwrap(),
    }
}

/// Stands for the keyed hash of a name, which is the same in any case.
pub(crate) fn name_hash(name: &str) -> String {
    format!("hash of {}", name.to_ascii_lowercase())
}

pub(crate) fn because(words: &str) -> Reason {
    Reason {
        text: Some(words.to_owned()),
        salt: salt(),
    }
}

pub(crate) fn usd(amount: &str) -> Money {
    Money::parse(amount, "USD".parse().unwrap()).unwrap()
}

pub(crate) fn about(title: &str) -> Metadata {
    Metadata {
        title: Title {
            title: title.to_owned(),
            description: None,
        },
        labels: Labels {
            category: Some("games".to_owned()),
            tags: vec!["chess".to_owned()],
            ..Labels::default()
        },
    }
}

pub(crate) fn media() -> Media {
    Media {
        node: "a".to_owned(),
        video_codec: Some("h264".to_owned()),
        ..Media::default()
    }
}

/// The event after it was written to its columns and read back.
pub(crate) fn stored(event: impl Into<Event>) -> Event {
    read_back(event, Event::personal)
}

/// The event after the person in it was erased.
pub(crate) fn erased(event: impl Into<Event>) -> Event {
    read_back(event, |_| None)
}

fn read_back(event: impl Into<Event>, personal: impl Fn(&Event) -> Option<String>) -> Event {
    let event = event.into();
    let ((name, version), payload) = (event.name(), event.payload().unwrap());
    Event::decode(
        name,
        &version.to_string(),
        &payload,
        personal(&event).as_deref(),
    )
    .unwrap()
}

/// What a history folds to.
pub(crate) fn folded(history: &HistoryId, events: &[Event]) -> crate::State {
    let mut state = history.empty();
    for event in events {
        state.fold(event);
    }
    state
}
