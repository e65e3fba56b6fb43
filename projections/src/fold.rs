//! What every projection is: a pure fold of recorded events over a working set of rows.

use crate::changed::Changed;
use crate::record::Record;
use crate::working::Rows;
use std::sync::Arc;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::{AccountId, ChannelId, Event, Recorded, StreamId, account, ledger};

/// A projection. It holds rows and never asks anything outside: reading and writing rows is the
/// projector's work.
pub(crate) trait Projection: Send + Sync {
    /// Names it in checkpoints, in health and in metrics.
    fn name(&self) -> &'static str;

    /// Asks for the rows that [`project`](Self::project) will look at. Whether the event concerns
    /// this projection at all.
    fn want(&mut self, recorded: &Recorded) -> bool;

    /// Asks for the rows that only rows at hand name, once those that [`want`](Self::want) asked for are.
    fn want_then(&mut self, _events: &[Arc<Recorded>]) {}

    /// Folds one event. An event that it does not know the meaning of here is an error: the
    /// projection stops, it never skips.
    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError>;

    /// What live feeds must ask again about once the event is folded. It goes by the event alone: also
    /// nodes that only follow the rows tell their feeds.
    fn announce(&self, _recorded: &Recorded, _changed: &mut Changed) {}

    /// Its tables.
    fn tables(&mut self) -> Vec<&mut dyn Rows>;
}

/// Why an event cannot be folded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FoldError {
    /// The event speaks of a row that no earlier event made.
    #[error("it concerns {table} {key}, which no earlier event made")]
    Missing { table: &'static str, key: String },
    /// A sum leaves 64 bits.
    #[error("{0} becomes too large to be counted")]
    TooLarge(&'static str),
    /// A wallet would hold less than nothing.
    #[error("the balance of a wallet becomes negative: {0} minor units")]
    BelowZero(i64),
    /// The ledger does not understand an entry.
    #[error(transparent)]
    Ledger(ledger::Wrong),
    /// Two accounts of the ledger have one number.
    #[error("the account {0} has the number of another account of the ledger")]
    SameNumber(LedgerAccount),
    /// The event stands in a history that it cannot belong to.
    #[error("it stands in the history of another kind of thing")]
    WrongHistory,
    /// A row holds what this program never writes.
    #[error("a row of {0} cannot be read; rebuild the read models")]
    Unreadable(&'static str),
    /// `want` and `project` disagree: a fault of this program.
    #[error("a fault in the projection: {table} {key} was not asked for")]
    NotAtHand { table: &'static str, key: String },
}

impl FoldError {
    pub(crate) fn missing<R: Record>(key: &R::Key) -> Self {
        Self::Missing {
            table: R::TABLE.name,
            key: format!("{key:?}"),
        }
    }

    pub(crate) fn not_at_hand<R: Record>(key: &R::Key) -> Self {
        Self::NotAtHand {
            table: R::TABLE.name,
            key: format!("{key:?}"),
        }
    }
}

/// The account whose history the event stands in.
pub(crate) fn account_of(recorded: &Recorded) -> Result<AccountId, FoldError> {
    match recorded.history {
        tributary_domain::HistoryId::Account(account) => Ok(account),
        _ => Err(FoldError::WrongHistory),
    }
}

/// Whether a person is to be forgotten: every projection takes away what it shows of them.
pub(crate) fn is_erasure(recorded: &Recorded) -> bool {
    matches!(recorded.event, Event::Account(account::Event::Erased(_)))
}

/// The stream whose history the event stands in.
pub(crate) fn stream_of(recorded: &Recorded) -> Result<StreamId, FoldError> {
    match recorded.history {
        tributary_domain::HistoryId::Stream(stream) => Ok(stream),
        _ => Err(FoldError::WrongHistory),
    }
}

/// The channel whose history the event stands in.
pub(crate) fn channel_of(recorded: &Recorded) -> Result<ChannelId, FoldError> {
    match recorded.history {
        tributary_domain::HistoryId::Channel(channel) => Ok(channel),
        _ => Err(FoldError::WrongHistory),
    }
}

/// Who asked for it, as the log says it: `account:` and an id, `console`, or `system:` and a part of Tributary.
pub(crate) fn asked_by(recorded: &Recorded) -> Option<String> {
    recorded.metadata.get("actor").cloned()
}
