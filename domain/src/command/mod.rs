//! Commands as they are asked for, and the way to their decision.
//!
//! A command may read and write several histories; all its events are appended together. Each file
//! here holds the commands of one subject.

pub mod accounts;
pub mod books;
pub mod channels;
pub mod chat;
mod erasure;
pub mod fees;
pub mod follows;
pub mod holds;
pub mod payments;
pub mod payouts;
pub mod promotions;
pub mod recordings;
pub mod refunds;
pub mod sessions;
pub mod streams;
mod suspension;
mod till;
pub mod tips;

use crate::account::{Account, Role};
use crate::channel::{self, By, Reason};
use crate::decision::Reader;
use crate::{AccountId, ChannelId, Decision, Histories, HistoryId, Timestamp, Undecided};

/// Who asks. It comes from a checked token, a connection or the console, never from a request body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A signed-in account.
    Account(AccountId),
    /// Somebody who has not signed in.
    Anonymous,
    /// The operator, on the machine itself.
    Console,
    /// Tributary itself: ingest, playback, a policy. The text names the part.
    System(&'static str),
}

impl Actor {
    /// The account, if one asks.
    pub fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(account) => Some(account),
            Self::Anonymous | Self::Console | Self::System(_) => None,
        }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(account) => write!(f, "account:{account}"),
            Self::Anonymous => f.write_str("anonymous"),
            Self::Console => f.write_str("console"),
            Self::System(part) => write!(f, "system:{part}"),
        }
    }
}

/// Makes a command safe to send again: the same id with the same body is answered with the first
/// receipt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CommandId {
    /// Whose ids these are: an account id, or the part of Tributary that sends the command.
    pub scope: String,
    /// At most [`CommandId::CHARACTERS_MAX`] characters, chosen by the sender.
    pub id: String,
    /// SHA-256 of what the sender asked for.
    pub body: [u8; 32],
}

impl CommandId {
    /// The longest id, in characters.
    pub const CHARACTERS_MAX: usize = 64;
}

/// A command with everything that deciding it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// The sender's own id for it, if any.
    pub id: Option<CommandId>,
    /// What is asked.
    pub command: Command,
}

/// Everything that can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Accounts, roles, signed-in sessions.
    Accounts(accounts::Command),
    /// Channels, stream keys, moderation.
    Channels(channels::Command),
    /// Follows.
    Follows(follows::Command),
    /// Streams.
    Streams(streams::Command),
    /// Their recordings.
    Recordings(recordings::Command),
    /// Chat.
    Chat(chat::Command),
    /// Top-ups and tips.
    Tips(tips::Command),
    /// Viewer sessions.
    Sessions(sessions::Command),
    /// The closing of periods.
    Books(books::Command),
    /// What the platform keeps of tips.
    Fees(fees::Command),
    /// Amounts set aside.
    Holds(holds::Command),
    /// Payments at providers.
    Payments(payments::Command),
    /// Tips that are taken back.
    Refunds(refunds::Command),
    /// Payouts.
    Payouts(payouts::Command),
    /// Money that the platform gives away.
    Promotions(promotions::Command),
}

impl Request {
    /// The histories that the command names. Deciding may follow these to others (a channel to its
    /// open stream), which it asks for as it gets there. Each stands here once.
    pub fn names(&self) -> Vec<HistoryId> {
        let mut names = match &self.command {
            Command::Accounts(command) => command.names(self.actor),
            Command::Channels(command) => command.names(self.actor),
            Command::Follows(command) => command.names(),
            Command::Streams(command) => command.names(self.actor),
            Command::Recordings(command) => command.names(self.actor),
            Command::Chat(command) => command.names(self.actor),
            Command::Tips(command) => command.names(self.actor),
            Command::Sessions(command) => command.names(),
            Command::Books(_) => books::Command::names(),
            Command::Fees(_) => fees::Command::names(),
            Command::Holds(command) => command.names(self.actor),
            Command::Payments(command) => command.names(),
            Command::Refunds(command) => command.names(),
            Command::Payouts(command) => command.names(),
            Command::Promotions(command) => command.names(),
        };
        names.extend(own_account(self.actor));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Decides the command against the histories as they stand.
    ///
    /// # Errors
    /// A history that must be read first, or the rule that refuses.
    pub fn decide(&self, histories: &mut dyn Histories) -> Result<Decision, Undecided> {
        let read = &mut Reader(histories);
        // A token outlives its account by a few minutes; what it asks for does not.
        if let Actor::Account(account) = self.actor {
            read.account(account, Account::may_act)??;
        }
        match &self.command {
            Command::Accounts(command) => command.decide(self.actor, self.at, read),
            Command::Channels(command) => command.decide(self.actor, self.at, read),
            Command::Follows(command) => command.decide(self.actor, self.at, read),
            Command::Streams(command) => command.decide(self.actor, self.at, read),
            Command::Recordings(command) => command.decide(self.actor, self.at, read),
            Command::Chat(command) => command.decide(self.actor, self.at, read),
            Command::Tips(command) => command.decide(self.actor, self.at, read),
            Command::Sessions(command) => command.decide(read),
            Command::Books(command) => command.decide(self.actor, self.at, read),
            Command::Fees(command) => command.decide(self.actor, self.at, read),
            Command::Holds(command) => command.decide(self.actor, self.at, read),
            Command::Payments(command) => command.decide(self.actor, self.at, read),
            Command::Refunds(command) => command.decide(self.actor, self.at, read),
            Command::Payouts(command) => command.decide(self.actor, self.at, read),
            Command::Promotions(command) => command.decide(self.actor, self.at, read),
        }
    }
}

/// Whether the actor may act for the platform.
fn is_staff(actor: Actor, read: &mut Reader<'_>) -> Result<bool, Undecided> {
    match actor {
        Actor::Account(account) => read.account(account, |account| account.has(Role::Admin)),
        Actor::Console | Actor::System(_) => Ok(true),
        Actor::Anonymous => Ok(false),
    }
}

/// Whether the actor may act on money for the platform.
fn is_finance(actor: Actor, read: &mut Reader<'_>) -> Result<bool, Undecided> {
    match actor {
        Actor::Account(account) => read.account(account, |account| account.has(Role::Finance)),
        Actor::Console | Actor::System(_) => Ok(true),
        Actor::Anonymous => Ok(false),
    }
}

/// The words of a reason; refuses one that has none.
fn stated(reason: &Reason) -> Result<String, Undecided> {
    let text = reason.text.clone();
    text.filter(|text| !text.trim().is_empty())
        .ok_or_else(|| crate::finance::Rejection::ReasonMissing.into())
}

/// Refuses all but the channel's owner and staff.
fn owner_or_staff(
    channel: ChannelId,
    actor: Actor,
    read: &mut Reader<'_>,
) -> Result<(), Undecided> {
    if actor.account() == Some(channel.owner()) || is_staff(actor, read)? {
        Ok(())
    } else {
        Err(channel::Rejection::NotAllowed.into())
    }
}

/// Who asks, as a channel judges them.
fn by(actor: Actor, read: &mut Reader<'_>) -> Result<By, Undecided> {
    Ok(By {
        account: actor.account(),
        is_staff: is_staff(actor, read)?,
    })
}

/// Refuses who has not signed in.
fn signed_in(actor: Actor) -> Result<AccountId, Undecided> {
    actor
        .account()
        .ok_or_else(|| crate::account::Rejection::NotFound.into())
}

/// Refuses an account that was never registered, even behind a good token, and one that was erased.
fn exists(account: AccountId, read: &mut Reader<'_>) -> Result<(), Undecided> {
    read.account(account, |state| {
        state.id.ok_or(crate::account::Rejection::NotFound)?;
        state.is_there()
    })??;
    Ok(())
}

/// Why somebody acts on `account`; without words once the person was erased, because these would
/// speak of somebody who is to be forgotten.
fn reason_about(
    account: AccountId,
    reason: &Reason,
    read: &mut Reader<'_>,
) -> Result<Reason, Undecided> {
    let erased = read.account(account, Account::is_erased)?;
    Ok(Reason {
        text: reason.text.clone().filter(|_| !erased),
        salt: reason.salt,
    })
}

/// The actor's own account history, if an account asks.
fn own_account(actor: Actor) -> Option<HistoryId> {
    actor.account().map(HistoryId::Account)
}

#[cfg(test)]
mod tests;
