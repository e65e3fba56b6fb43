//! Identifiers. Each is its own type, so that one cannot stand where another is meant.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident; )*) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )* };
}

ids! {
    /// A person's identity (UUIDv7).
    AccountId;
    /// A streamer's home. The same value as its owner's [`AccountId`].
    ChannelId;
    /// One show of a channel (UUIDv7).
    StreamId;
    /// One recording of a stream (UUIDv7).
    RecordingId;
    /// One viewer's presence at one stream (UUIDv7).
    ViewerSessionId;
    /// One signed-in session of an account: a family of refresh tokens (UUIDv7).
    SessionId;
    /// One ledger entry (UUIDv7).
    EntryId;
    /// An amount set aside in a wallet (UUIDv7).
    HoldId;
    /// Money on its way to a streamer's bank (UUIDv7).
    PayoutId;
}

impl ChannelId {
    /// The account that owns the channel.
    pub fn owner(self) -> AccountId {
        AccountId(self.0)
    }
}

impl From<AccountId> for ChannelId {
    fn from(account: AccountId) -> Self {
        Self(account.0)
    }
}

/// Who watches: a person with an account, or a random id from a signed token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ViewerId {
    /// A signed-in viewer.
    Account(AccountId),
    /// A viewer without an account.
    Anonymous(Uuid),
}

impl fmt::Display for ViewerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Anonymous(id) => write!(f, "anonymous:{}", id.hyphenated()),
        }
    }
}

/// A text that is not a viewer id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a viewer id is `account:<uuid>` or `anonymous:<uuid>`, not {0:?}")]
pub struct NotAViewerId(String);

impl FromStr for ViewerId {
    type Err = NotAViewerId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAViewerId(text.chars().take(60).collect());
        let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
        let id = Uuid::parse_str(id).map_err(|_| wrong())?;
        match kind {
            "account" => Ok(Self::Account(AccountId(id))),
            "anonymous" => Ok(Self::Anonymous(id)),
            _ => Err(wrong()),
        }
    }
}

text_serde!(ViewerId);
