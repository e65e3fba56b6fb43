//! What can go wrong, as sentences that a person can act on.

use std::path::PathBuf;
use tributary_domain::{Position, Rejection};

/// Why the log could not be opened or read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, or answered with an error.
    #[error("the log's database does not answer: {0}")]
    Unavailable(String),
    /// The database does not take what it was asked for, such as a text that it cannot hold.
    #[error("the log's database refuses this: {0}")]
    Refused(String),
    /// An event that this program cannot read. A reader stops there.
    #[error("the event at position {position} cannot be read: {reason}")]
    Unreadable {
        /// Where it stands.
        position: Position,
        /// Why.
        reason: String,
    },
    /// Another process has the folder.
    #[error("{0} is in use by another Tributary; stop it, or give this one another data folder")]
    Locked(PathBuf),
    /// The folder cannot be made or written.
    #[error("{path} cannot be used as a data folder: {reason}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// There is nothing to read.
    #[error("there is no log in {0}; `tributary serve` makes one")]
    NoLog(String),
    /// The tables are those of a newer program.
    #[error(
        "the log has schema version {found}, and this Tributary knows up to {known}; run a newer one"
    )]
    TooNew {
        /// The version in the database.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// A setting of the connection that durability rests on is not in force.
    #[error("the database runs with {setting} = {found}, which can lose acknowledged events")]
    NotDurable {
        /// Which setting.
        setting: &'static str,
        /// Its value.
        found: String,
    },
    /// The log is being closed.
    #[error("the log is closed")]
    Closed,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// A rule refuses it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The id was used before for something else.
    #[error("this command id was used before with another content; use a new id")]
    IdReused,
    /// Too many commands are waiting. Nothing was done.
    #[error("too many commands are waiting; try again in a moment")]
    Overloaded,
    /// The database does not answer. Nothing was done.
    #[error("the log cannot be reached at the moment: {0}")]
    Unavailable(String),
    /// The connection broke while the events were being committed.
    #[error(
        "it is not known whether this was carried out; ask again with the same command id to find out"
    )]
    UnknownOutcome,
    /// The server is stopping. Nothing was done.
    #[error("the server is stopping; try again in a moment")]
    ShuttingDown,
}
