//! What the log holds beside its events.
//!
//! Receipts may be many, so they are handed over page by page while the snapshot stands still.

use crate::storage::{Head, StoredReceipt};
use tokio::sync::mpsc;
use tributary_domain::Position;

/// The ends of a log, all of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// What the row of the head says.
    pub head: Head,
    /// The smallest position in the table; `None` when it is empty.
    pub first: Option<i64>,
    /// The largest one.
    pub last: Option<i64>,
}

/// A secret as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCredential {
    /// What kind.
    pub kind: String,
    /// Whose.
    pub subject: String,
    /// The hash by which it is looked up.
    pub lookup: Option<Vec<u8>>,
    /// Hashed or encrypted.
    pub secret: Vec<u8>,
}

/// Something that stands beside the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// A receipt.
    Receipt(StoredReceipt),
    /// A secret.
    Credential(StoredCredential),
}

/// The head of one moment, and everything that stood beside the events then.
pub struct Snapshot {
    /// The head.
    pub head: Head,
    /// Receipts, in the order of the events that they point at, and then secrets; until there are no
    /// more.
    pub beside: mpsc::Receiver<Result<Beside, crate::StoreError>>,
}

impl Bounds {
    /// The last place that can hold an event, whatever the head says.
    pub fn end(&self) -> Position {
        let last = self.last.and_then(Position::new).unwrap_or_default();
        self.head.position.max(last)
    }
}
