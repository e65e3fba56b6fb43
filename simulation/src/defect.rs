//! Databases that break their promises: what shows that each check can fail. No run has one unless a test
//! asks for it.

/// A promise that a database breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Now and then an append is answered and not written.
    LosesAppends,
    /// Receipts are not kept.
    ForgetsReceipts,
    /// An append is written behind whatever head there is.
    IgnoresTheHead,
    /// Now and then the last event of a history is left out.
    ReadsStaleHistories,
    /// A head that was looked at is never found to have moved.
    ConfirmsAnyHead,
    /// An append whose answer was lost is never found.
    DeniesWhatWasWritten,
    /// A session that was ended carries out its append all the same.
    LetsEndedSessionsWrite,
    /// Now and then a commit writes the rows of a read model and not its checkpoint.
    TearsReadModels,
}
