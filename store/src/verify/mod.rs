//! Whether the log is what was written: every link, every order, every personal part, the head, the
//! receipts, the signed checkpoints, and on SQLite the tables by which events are found.
//!
//! Memory is bounded: what is [read ahead](LogReader::go_through), and the [sequences] of a bounded number
//! of histories at once.

mod diagnosis;
mod fault;
mod indexes;
mod sequences;
mod walk;

pub use fault::{Fault, Finding};

use crate::chain::GENESIS;
use crate::checkpoint::Checkpoint;
use crate::error::StoreError;
use crate::reader::{Indexed, LogReader, RawPage};
use crate::storage::Head;
use indexes::Expected;
use sequences::Sequences;
use std::hash::RandomState;
use std::time::{Duration, Instant};
use tributary_domain::Position;
use walk::Walk;

/// Findings that are told one by one. What is found after them is counted.
pub const FINDINGS_MAX: usize = 20;

/// How many histories are followed at once: at most 110 MiB. More are followed in further passes.
const HISTORIES_MAX: usize = 3_500_000;

/// Events between two words about how far it is.
const PROGRESS_EVERY: u64 = 8_192;

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Everything up to here was verified.
    pub position: Position,
    /// Where it ends.
    pub end: Position,
}

/// What was verified, and what was found.
#[derive(Debug, Clone)]
pub struct Report {
    /// The head when it began.
    pub head: Head,
    /// Where it began: after this place.
    pub from: Position,
    /// Events whose link was computed.
    pub events: u64,
    /// Personal parts that fit their digest.
    pub personal: u64,
    /// Checkpoints that were compared with the log.
    pub checkpoints: u64,
    /// The newest checkpoint that the log agrees with.
    pub proven_upto: Option<Position>,
    /// Passes over the log: more than one only where it has very many histories.
    pub passes: u32,
    /// What is wrong, the first position first.
    pub findings: Vec<Finding>,
    /// What was found beyond [`FINDINGS_MAX`].
    pub more_findings: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// Why nothing could be said.
#[derive(Debug, Clone, thiserror::Error)]
pub enum VerifyError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// There is nothing to begin from.
    #[error(
        "no checkpoint stands at or before position {0}, so what comes before could not be taken for \
         granted; verify from the start, or from a later position"
    )]
    NoCheckpointBefore(Position),
}

/// Verifies a log, from its start or from the newest checkpoint at or before `from`.
///
/// `checkpoints` are in order of position, their signatures checked ([`crate::checkpoint::read`]).
///
/// # Errors
/// When the log cannot be read, or there is no checkpoint to begin from.
pub async fn verify(
    reader: &LogReader,
    checkpoints: Vec<Checkpoint>,
    from: Position,
    on_progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Report, VerifyError> {
    let (report, ()) = walk(reader, checkpoints, from, on_progress, (), Beside::None).await?;
    Ok(report)
}

/// The same from the start, while `work` goes through the same rows on a thread of its own: what the rows
/// mean is checked while it is computed whether they are what was written.
///
/// # Errors
/// When the log cannot be read.
pub async fn verify_with<T: Send + 'static>(
    reader: &LogReader,
    checkpoints: Vec<Checkpoint>,
    on_progress: impl FnMut(Progress) + Send + 'static,
    state: T,
    work: impl FnMut(&mut T, &RawPage) + Send + 'static,
) -> Result<(Report, T), VerifyError> {
    let beside = Beside::Work(Box::new(work));
    walk(
        reader,
        checkpoints,
        Position::START,
        on_progress,
        state,
        beside,
    )
    .await
}

/// Work with the rows of a page.
type Work<T> = Box<dyn FnMut(&mut T, &RawPage) + Send>;

/// What is done with the rows beside verifying them.
enum Beside<T> {
    None,
    Work(Work<T>),
}

async fn walk<T: Send + 'static>(
    reader: &LogReader,
    checkpoints: Vec<Checkpoint>,
    from: Position,
    mut on_progress: impl FnMut(Progress) + Send + 'static,
    state: T,
    mut beside: Beside<T>,
) -> Result<(Report, T), VerifyError> {
    let begun = Instant::now();
    let (from, before) = if from == Position::START {
        (Position::START, GENESIS)
    } else {
        let trusted = checkpoints
            .iter()
            .rev()
            .find(|known| known.position <= from);
        let trusted = trusted.ok_or(VerifyError::NoCheckpointBefore(from))?;
        (trusted.position, trusted.hash)
    };
    let keys = RandomState::new();
    let indexed = reader.indexed(keys.clone(), from).await?;
    let bounds = reader.bounds().await?;
    // The event of the checkpoint itself is compared with it, though not computed.
    let after = Position::new(from.get() - 1).unwrap_or_default();
    let end = bounds.end();
    let sequences = Sequences::new(HISTORIES_MAX, from == Position::START);
    let expected = indexed.as_ref().map(|indexed| Expected::new(indexed.upto));
    let walk = Walk::new(from, before, checkpoints, keys, sequences, expected);
    let mut told = 0;
    let (mut walk, state) = reader
        .go_through(after, end, (walk, state), move |(walk, state), page| {
            let links = |walk: &mut Walk| page.iter().for_each(|row| walk.take(&row));
            match &mut beside {
                Beside::None => links(walk),
                Beside::Work(work) => std::thread::scope(|scope| {
                    scope.spawn(|| work(state, page));
                    links(walk);
                }),
            }
            if walk.events() >= told + PROGRESS_EVERY {
                told = walk.events();
                let position = walk.position();
                on_progress(Progress { position, end });
            }
        })
        .await?;
    let mut passes = 1;
    // What did not fit into memory at once.
    while let Some(sequences) = walk.next_sequences() {
        passes += 1;
        walk.follow(sequences);
        let take = |walk: &mut Walk, page: &RawPage| {
            page.iter().for_each(|row| walk.take_sequence(&row));
        };
        walk = reader.go_through(after, end, walk, take).await?;
    }
    walk.end(&bounds);
    walk.receipts(reader.stray_receipts().await?);
    if let Some(indexed) = indexed {
        compare(reader, indexed, &mut walk).await?;
    }
    let (mut findings, more_findings) = walk.findings();
    if let Some(suspect) = walk.first_broken() {
        let fault = diagnosis::explain(reader, suspect).await?;
        if let Some(finding) = findings
            .iter_mut()
            .find(|finding| finding.fault == Fault::Broken)
        {
            *finding = fault;
        }
    }
    findings.sort_by_key(|finding| finding.position);
    let report = Report {
        head: bounds.head,
        from,
        events: walk.events(),
        personal: walk.personal(),
        checkpoints: walk.compared(),
        proven_upto: walk.proven_upto(),
        passes,
        findings,
        more_findings,
        elapsed: begun.elapsed(),
    };
    Ok((report, state))
}

/// Compares the indexes with what the walk has seen, if that is whole.
async fn compare(reader: &LogReader, held: Indexed, walk: &mut Walk) -> Result<(), VerifyError> {
    let joined = held.sums.await;
    let held = joined.map_err(|error| StoreError::Unavailable(error.to_string()))??;
    if let Some(expected) = walk.indexed()
        && held != Some(expected)
    {
        walk.misindexed(reader.misindexed(walk.from(), FINDINGS_MAX).await?);
    }
    Ok(())
}
