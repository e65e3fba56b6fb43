//! Opaque global ids: base64 of `Type:id`.

use crate::Fault;
use crate::messages::Sentence;
use async_graphql::ID;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tributary_domain::{AccountId, ChannelId, Currency, EntryId, Position, RecordingId, StreamId};

/// The longest id that is looked at; ours have at most 114 characters.
const CHARACTERS_MAX: usize = 200;

/// What a global id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GlobalId {
    Account(AccountId),
    Channel(ChannelId),
    Stream(StreamId),
    Recording(RecordingId),
    /// By its place in the log.
    ChatMessage(Position),
    /// By its place in the log.
    Tip(Position),
    Wallet(AccountId, Currency),
    /// By where, and whom.
    Restriction(ChannelId, AccountId),
    /// By its place in the log.
    LogEvent(Position),
    /// By its place in the log.
    ModerationAction(Position),
    /// By who, and which channel.
    Follow(AccountId, ChannelId),
    LedgerEntry(EntryId),
    /// By the place in the log where it was asked for.
    Payout(Position),
    /// By the place in the log where it was placed.
    Hold(Position),
    /// By the place in the log where it was told of first.
    Payment(Position),
    /// By the place in the log where it was told of first.
    Dispute(Position),
}

impl GlobalId {
    fn parse(id: &str) -> Option<Self> {
        if id.len() > CHARACTERS_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (kind, id) = text.split_once(':')?;
        let position = || id.parse().ok().and_then(Position::new);
        match kind {
            "Account" => id.parse().ok().map(Self::Account),
            "Channel" => id.parse().ok().map(Self::Channel),
            "Stream" => id.parse().ok().map(Self::Stream),
            "LedgerEntry" => id.parse().ok().map(Self::LedgerEntry),
            "Recording" => id.parse().ok().map(Self::Recording),
            "ChatMessage" => position().map(Self::ChatMessage),
            "Tip" => position().map(Self::Tip),
            "LogEvent" => position().map(Self::LogEvent),
            "Payout" => position().map(Self::Payout),
            "Hold" => position().map(Self::Hold),
            "Payment" => position().map(Self::Payment),
            "Dispute" => position().map(Self::Dispute),
            "ModerationAction" => position().map(Self::ModerationAction),
            "Follow" => {
                let (account, channel) = id.split_once(':')?;
                Some(Self::Follow(account.parse().ok()?, channel.parse().ok()?))
            }
            "Wallet" => {
                let (account, currency) = id.split_once(':')?;
                Some(Self::Wallet(account.parse().ok()?, currency.parse().ok()?))
            }
            "Restriction" => {
                let (channel, account) = id.split_once(':')?;
                Some(Self::Restriction(
                    channel.parse().ok()?,
                    account.parse().ok()?,
                ))
            }
            _ => None,
        }
    }

    /// Reads an id of any type.
    ///
    /// # Errors
    /// When it is not an id.
    pub(crate) fn read(field: &str, id: &ID) -> Result<Self, Fault> {
        let wrong = || {
            let field = field.to_owned();
            Fault::BadInput(Sentence::NotAnId { field })
        };
        Self::parse(id).ok_or_else(wrong)
    }
}

impl From<GlobalId> for ID {
    fn from(id: GlobalId) -> Self {
        let text = match id {
            GlobalId::Account(id) => format!("Account:{id}"),
            GlobalId::Channel(id) => format!("Channel:{id}"),
            GlobalId::Stream(id) => format!("Stream:{id}"),
            GlobalId::LedgerEntry(id) => format!("LedgerEntry:{id}"),
            GlobalId::Recording(id) => format!("Recording:{id}"),
            GlobalId::ChatMessage(position) => format!("ChatMessage:{position}"),
            GlobalId::Tip(position) => format!("Tip:{position}"),
            GlobalId::LogEvent(position) => format!("LogEvent:{position}"),
            GlobalId::Payout(position) => format!("Payout:{position}"),
            GlobalId::Hold(position) => format!("Hold:{position}"),
            GlobalId::Payment(position) => format!("Payment:{position}"),
            GlobalId::Dispute(position) => format!("Dispute:{position}"),
            GlobalId::ModerationAction(position) => format!("ModerationAction:{position}"),
            GlobalId::Follow(account, channel) => format!("Follow:{account}:{channel}"),
            GlobalId::Wallet(account, currency) => format!("Wallet:{account}:{currency}"),
            GlobalId::Restriction(channel, account) => format!("Restriction:{channel}:{account}"),
        };
        Self(URL_SAFE_NO_PAD.encode(text))
    }
}

macro_rules! readers {
    ($( $(#[$meta:meta])* $name:ident -> $variant:ident($ty:ty); )*) => { impl GlobalId { $(
        $(#[$meta])*
        ///
        /// # Errors
        /// When it is not an id, or one of another type.
        pub(crate) fn $name(field: &str, id: &ID) -> Result<$ty, Fault> {
            match Self::parse(id) {
                Some(Self::$variant(id)) => Ok(id),
                _ => Err(Fault::BadInput(Sentence::IdOfAnotherType {
                    field: field.to_owned(),
                    wanted: stringify!($variant),
                })),
            }
        }
    )* } };
}

readers! {
    /// Reads the id of an account.
    account -> Account(AccountId);
    /// Reads the id of a channel.
    channel -> Channel(ChannelId);
    /// Reads the id of a stream.
    stream -> Stream(StreamId);
    /// Reads the id of a recording.
    recording -> Recording(RecordingId);
    /// Reads the id of a message.
    message -> ChatMessage(Position);
    /// Reads the id of a tip.
    tip -> Tip(Position);
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn ids_are_read_back_as_they_are_written() {
        let id = Uuid::from_u128(u128::MAX);
        let position = Position::new(i64::MAX).unwrap();
        for global in [
            GlobalId::Account(AccountId(id)),
            GlobalId::Channel(ChannelId(id)),
            GlobalId::Stream(StreamId(id)),
            GlobalId::LedgerEntry(EntryId(id)),
            GlobalId::ChatMessage(position),
            GlobalId::Tip(position),
            GlobalId::LogEvent(position),
            GlobalId::Payout(position),
            GlobalId::Hold(position),
            GlobalId::Payment(position),
            GlobalId::Dispute(position),
            GlobalId::ModerationAction(position),
            GlobalId::Follow(AccountId(id), ChannelId(id)),
            GlobalId::Wallet(AccountId(id), "USD".parse().unwrap()),
            GlobalId::Restriction(ChannelId(id), AccountId(id)),
        ] {
            assert_eq!(GlobalId::read("id", &global.into()), Ok(global));
        }
    }

    #[test]
    fn what_is_no_id_or_of_another_type_is_refused() {
        let huge = "A".repeat(1_000_000);
        for bad in [
            "",
            "x",
            "é",
            "QWNjb3VudDp4",
            "Q2hhdE1lc3NhZ2U6LTE",
            huge.as_str(),
        ] {
            assert!(GlobalId::read("id", &ID::from(bad)).is_err(), "{bad:.40}");
        }
        let account = GlobalId::Account(AccountId(Uuid::from_u128(1)));
        assert!(GlobalId::channel("channelId", &account.into()).is_err());
    }
}
