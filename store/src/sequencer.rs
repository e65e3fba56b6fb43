//! The sequencer: gives decided events their place, time, id and hash. Pure: the head, the time and
//! the random bytes come in.
//!
//! The next batch is drafted while the one before it is being written, behind the head that it will
//! leave. Encoding and hashing take about as long as the database does; so neither waits for the other.

use crate::chain;
use crate::decider::Decided;
use crate::environment::{Environment, uuid_v7};
use crate::row::Row;
use crate::storage::{Batch, Head, StoredReceipt};
use std::collections::HashSet;
use std::sync::Arc;
use tributary_domain::decision::Credential;
use tributary_domain::position::Metadata;
use tributary_domain::{Recorded, Request, Timestamp};

/// Under which the metadata of an event hold its command's id.
pub(crate) const COMMAND_KEY: &str = "command";

/// The random part of a UUIDv7.
const EVENT_ID_BYTES: usize = 10;

/// A batch ready to be appended, and its events as readers will see them.
#[derive(Debug)]
pub struct Prepared {
    /// What goes to the database.
    pub batch: Arc<Batch>,
    /// What goes to the tail once that is durable.
    pub recorded: Vec<Arc<Recorded>>,
}

/// A batch that is being put together. Worth nothing once what it stands behind was not written.
#[derive(Debug)]
pub struct Draft {
    /// What it stands behind.
    expected: Head,
    /// Its own end.
    head: Head,
    rows: Vec<Row>,
    recorded: Vec<Arc<Recorded>>,
    receipts: Vec<StoredReceipt>,
    credentials: Vec<Credential>,
    /// Why it can never be appended.
    failed: Option<serde_json::Error>,
}

impl Draft {
    /// Empty, behind a head that may still have to become durable.
    pub fn behind(head: Head) -> Self {
        Self {
            expected: head,
            head,
            rows: Vec::new(),
            recorded: Vec::new(),
            receipts: Vec::new(),
            credentials: Vec::new(),
            failed: None,
        }
    }

    /// Takes the events out of `decided` and lines them up behind those that are here. What has none,
    /// or none any more, is passed over.
    ///
    /// Time never runs backwards in the log: a clock that was stepped back gives the head's time.
    pub fn add<'a>(
        &mut self,
        decided: impl ExactSizeIterator<Item = &'a mut Decided>,
        env: &Environment,
    ) {
        if decided.len() == 0 {
            return;
        }
        let now = env.now();
        let mut decided: Vec<_> = decided.collect();
        let count = decided.iter().map(|decided| decided.events.len()).sum();
        // One question for all of them: each costs a call to the operating system.
        let mut random = vec![0; count * EVENT_ID_BYTES];
        env.entropy.fill(&mut random);
        let mut random = random.as_chunks::<EVENT_ID_BYTES>().0.iter();
        self.rows.reserve(count);
        self.recorded.reserve(count);
        for decided in &mut decided {
            if let Err(error) = self.take(decided, now, &mut random) {
                self.failed.get_or_insert(error);
            }
        }
    }

    fn take<'a>(
        &mut self,
        decided: &mut Decided,
        now: Timestamp,
        random: &mut impl Iterator<Item = &'a [u8; EVENT_ID_BYTES]>,
    ) -> Result<(), serde_json::Error> {
        let events = std::mem::take(&mut decided.events);
        if events.is_empty() {
            return Ok(());
        }
        // With an event only: the head's time is that of the last one.
        self.head.recorded_at = self.head.recorded_at.max(now);
        let first = self.head.position.next();
        let metadata = metadata(decided.request());
        for (new, random) in events.into_iter().zip(random) {
            self.head.position = self.head.position.next();
            let event = Recorded {
                position: self.head.position,
                event_id: uuid_v7(self.head.recorded_at, *random),
                recorded_at: self.head.recorded_at,
                history: new.history,
                sequence: new.sequence,
                channel: new.channel,
                event: new.event,
                metadata: metadata.clone(),
            };
            let mut row = Row::encode(&event)?;
            self.head.hash = chain::link(&self.head.hash, &row);
            row.hash = self.head.hash;
            self.rows.push(row);
            self.recorded.push(Arc::new(event));
        }
        if let Some(id) = &decided.request().id {
            self.receipts.push(StoredReceipt {
                id: id.clone(),
                first,
                last: self.head.position,
            });
        }
        self.credentials.append(&mut decided.credentials);
        Ok(())
    }

    /// The batch.
    ///
    /// # Errors
    /// Never for the events of the domain; serde's signature asks for it.
    pub fn finish(self) -> Result<Prepared, serde_json::Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let batch = Batch {
            expected: self.expected,
            head: if self.rows.is_empty() {
                self.expected
            } else {
                self.head
            },
            rows: self.rows,
            receipts: self.receipts,
            credentials: last_of_each(self.credentials),
        };
        Ok(Prepared {
            batch: Arc::new(batch),
            recorded: self.recorded,
        })
    }
}

/// The last secret of each subject, which is what stands after the batch: one statement writes a row
/// only once.
fn last_of_each(mut credentials: Vec<Credential>) -> Vec<Credential> {
    if credentials.len() < 2 {
        return credentials;
    }
    let mut later = HashSet::new();
    let mut stands: Vec<bool> = credentials
        .iter()
        .rev()
        .map(|secret| later.insert((secret.kind, secret.subject.clone())))
        .collect();
    credentials.retain(|_| stands.pop().unwrap_or(true));
    credentials
}

/// What stands beside every event of a command: who asked, and under which id.
fn metadata(request: &Request) -> Metadata {
    let mut metadata = Metadata::from([("actor".to_owned(), request.actor.to_string())]);
    if let Some(id) = &request.id {
        metadata.insert(COMMAND_KEY.to_owned(), id.id.clone());
    }
    metadata
}
