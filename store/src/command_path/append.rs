//! An append, from the moment that the database has it to what comes of it.

use super::CommandPath;
use crate::error::CommandError;
use crate::sequencer::Prepared;
use crate::storage::{AppendError, Batch, Storage};
use futures::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

/// How many times a batch that the database cannot be reached for is tried again.
const ATTEMPTS_MAX: u32 = 8;

/// The wait before the first new try; it doubles each time (in all about 6 seconds).
const RETRY_AFTER: Duration = Duration::from_millis(25);

pub(super) type Outcome = (Prepared, Result<(), AppendError>);

/// A batch on its way into the database.
pub(super) struct Append {
    outcome: BoxFuture<'static, Outcome>,
    pub(super) rows: usize,
}

impl Append {
    pub(super) fn new(storage: Arc<dyn Storage>, prepared: Prepared) -> Self {
        let rows = prepared.batch.rows.len();
        let outcome = Box::pin(async move {
            let outcome = storage.append(Arc::clone(&prepared.batch)).await;
            (prepared, outcome)
        });
        Self { outcome, rows }
    }

    /// Hands the batch to the database, which works on it from then on.
    pub(super) async fn start(&mut self) {
        if let Poll::Ready(outcome) = futures::poll!(&mut self.outcome) {
            self.outcome = Box::pin(std::future::ready(outcome));
        }
    }

    /// What became of it; of none, nothing for ever.
    pub(super) async fn outcome(append: Option<&mut Self>) -> Outcome {
        match append {
            Some(append) => (&mut append.outcome).await,
            None => std::future::pending().await,
        }
    }
}

impl CommandPath {
    /// An append has come to an end.
    pub(super) async fn finish(&mut self, prepared: Prepared, outcome: Result<(), AppendError>) {
        let outcome = match outcome {
            Err(AppendError::Unknown(error)) => self.resolve(&prepared.batch, &error).await,
            known => known,
        };
        if outcome.is_err() {
            // It stands behind a head that will never be.
            self.draft = None;
        }
        match outcome {
            Ok(()) => {
                self.attempts = 0;
                self.counters.attempted(None);
                self.head = prepared.batch.head;
                let events = prepared.recorded.len() as u64;
                self.counters
                    .batches
                    .fetch_add(events.min(1), Ordering::Relaxed);
                self.counters.events.fetch_add(events, Ordering::Relaxed);
                self.durable = prepared.recorded;
                self.tail.publish(&self.durable);
                let first = prepared.batch.expected.position.next();
                // Those who wait are told once the next batch is under way.
                self.decider.appended(first, &self.durable);
            }
            Err(AppendError::HeadMoved) => self.catch_up().await,
            Err(AppendError::Failed(error)) => {
                let commands = prepared.batch.rows.len();
                tracing::error!(%error, rows = commands, "a batch was refused by the database");
                if self.decider.fails_singly() {
                    let lost = self.decider.give_up();
                    self.fail(lost, &CommandError::Unavailable(error));
                } else {
                    self.decider.failed(true);
                }
            }
            Err(AppendError::Unknown(error)) => {
                let lost = self.decider.give_up();
                tracing::error!(%error, commands = lost.len(), "outcome unknown");
                self.fail(lost, &CommandError::UnknownOutcome);
                self.catch_up().await;
            }
            Err(AppendError::Unreachable(error)) => self.retry(error).await,
        }
    }

    /// Finds out what became of a batch whose commit was cut off.
    async fn resolve(&mut self, batch: &Batch, error: &str) -> Result<(), AppendError> {
        if batch.rows.is_empty() {
            // It was a question. The head that it asked for stays in the table whatever came after it,
            // so that only asking once more tells.
            return Err(AppendError::Unreachable(error.to_owned()));
        }
        let mut wait = RETRY_AFTER;
        for _ in 0..ATTEMPTS_MAX {
            match self.storage.resolve(batch).await {
                Ok(true) => return Ok(()),
                // Tried again, a bounded number of times. If another node has appended meanwhile, the
                // next append finds that out.
                Ok(false) => return Err(AppendError::Unreachable(error.to_owned())),
                Err(error) => {
                    tracing::warn!(%error, "looking for a batch whose commit was cut off");
                }
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Err(AppendError::Unknown(error.to_owned()))
    }

    /// Tries again after a while; after the last try, tells the callers.
    pub(super) async fn retry(&mut self, error: String) {
        self.attempts += 1;
        self.counters
            .attempted(Some((self.env.now(), error.clone())));
        if self.attempts < ATTEMPTS_MAX {
            tracing::warn!(%error, attempt = self.attempts, "the log's database does not answer");
            tokio::time::sleep(RETRY_AFTER * 2_u32.pow(self.attempts - 1)).await;
            self.decider.failed(false);
        } else {
            self.attempts = 0;
            let lost = self.decider.give_up();
            tracing::error!(%error, commands = lost.len(), "gave up on a batch");
            self.fail(lost, &CommandError::Unavailable(error));
        }
    }
}
