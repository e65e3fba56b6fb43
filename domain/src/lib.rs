//! The rules of Tributary, and nothing else.
//!
//! A command is decided by a pure function over the histories that it names: no clock, no
//! randomness, no SQL, no network. Time, ids and random values come in with the command. The result
//! is a [`Decision`] (events to append together) or a [`Rejection`] that names the rule.
//!
//! | to find | look in |
//! |---|---|
//! | one aggregate's states, events and refusals | the file with its name |
//! | a command, and the histories that it reads | [`command`] |
//! | every event by its stored name | [`event`] |
//! | how an older version of an event is read | [`upcast`] |
//! | whose an event is, and what an erasure empties | `person` |
//! | amounts, currencies, fees, ledger entries | [`money`], [`fees`], [`entry`], [`books`] |
//! | what all entries come to, and what must hold of them | [`ledger`] |
//! | what follows from an event without a person asking | [`policy`] |

#[macro_use]
mod macros;

pub mod account;
pub mod books;
pub mod channel;
pub mod chat_text;
pub mod claim;
pub mod command;
pub mod decision;
pub mod entry;
pub mod event;
pub mod fees;
pub mod finance;
pub mod history;
pub mod ids;
pub mod installation;
pub mod ledger;
pub mod money;
pub mod payment;
pub mod payout;
mod person;
pub mod personal;
pub mod policy;
pub mod position;
pub mod rejection;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod text;
pub mod upcast;
pub mod viewer_session;
pub mod wallet;

pub use command::{Command, Request};
pub use decision::{Decision, Histories, Undecided};
pub use event::{DecodeError, Event};
pub use history::{HistoryId, State};
pub use ids::{
    AccountId, ChannelId, EntryId, HoldId, PayoutId, RecordingId, SessionId, StreamId, ViewerId,
    ViewerSessionId,
};
pub use money::{Currency, Money};
pub use payment::PaymentId;
pub use personal::{Personal, Salt};
pub use position::{Position, Recorded};
pub use rejection::Rejection;

/// A moment, UTC. Stored with microseconds.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
