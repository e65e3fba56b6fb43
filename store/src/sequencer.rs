//! The sequencer: gives decided events their place, time, id and hash. Pure: the head, the time and
//! the random bytes come in.

use crate::chain;
use crate::decider::Decided;
use crate::environment::{Environment, uuid_v7};
use crate::row::Row;
use crate::storage::{Batch, Head, StoredReceipt};
use std::collections::HashSet;
use std::sync::Arc;
use tributary_domain::decision::Credential;
use tributary_domain::position::Metadata;
use tributary_domain::{Recorded, Request};

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

/// Takes the events out of `decided` and lines them up behind `head`.
///
/// Time never runs backwards in the log: a clock that was stepped back gives the head's time.
///
/// # Errors
/// Never for the events of the domain; serde's signature asks for it.
pub fn prepare(
    head: &Head,
    decided: &mut [Decided],
    env: &Environment,
) -> Result<Prepared, serde_json::Error> {
    let recorded_at = env.now().max(head.recorded_at);
    let count = decided.iter().map(|decided| decided.events.len()).sum();
    // One question for all of them: each costs a call to the operating system.
    let mut random = vec![0; count * EVENT_ID_BYTES];
    env.entropy.fill(&mut random);
    let mut random = random.as_chunks::<EVENT_ID_BYTES>().0.iter();
    let mut rows = Vec::with_capacity(count);
    let mut recorded = Vec::with_capacity(count);
    let (mut receipts, mut credentials) = (Vec::new(), Vec::new());
    let (mut position, mut hash) = (head.position, head.hash);
    for decided in decided {
        let first = position.next();
        let events = std::mem::take(&mut decided.events);
        let has_events = !events.is_empty();
        let metadata = metadata(decided.request());
        for (new, random) in events.into_iter().zip(&mut random) {
            position = position.next();
            let event = Recorded {
                position,
                event_id: uuid_v7(recorded_at, *random),
                recorded_at,
                history: new.history,
                sequence: new.sequence,
                channel: new.channel,
                event: new.event,
                metadata: metadata.clone(),
            };
            let mut row = Row::encode(&event)?;
            hash = chain::link(&hash, &row);
            row.hash = hash;
            rows.push(row);
            recorded.push(Arc::new(event));
        }
        if let Some(id) = &decided.request().id
            && has_events
        {
            receipts.push(StoredReceipt {
                id: id.clone(),
                first,
                last: position,
            });
        }
        credentials.extend(decided.credentials.iter().cloned());
    }
    let batch = Batch {
        expected: *head,
        head: if rows.is_empty() {
            *head
        } else {
            Head {
                position,
                hash,
                recorded_at,
            }
        },
        rows,
        receipts,
        credentials: last_of_each(credentials),
    };
    Ok(Prepared {
        batch: Arc::new(batch),
        recorded,
    })
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
