//! The log by itself: dense, chained, ordered in time, each history dense, each event and each
//! command id there once.

use super::Findings;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tributary_domain::{Position, Recorded};
use tributary_store::chain::{GENESIS, link};
use tributary_store::row::Row;
use tributary_store::storage::{Head, StoredReceipt};

/// Checks the table of events, and reads it.
pub fn events(rows: &[Row], head: Head, findings: &mut Findings) -> Vec<Arc<Recorded>> {
    let mut recorded = Vec::with_capacity(rows.len());
    let mut hash = GENESIS;
    let mut lengths: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for (index, row) in rows.iter().enumerate() {
        let place = Position::START.plus(index + 1);
        if row.position != place.get() {
            let found = row.position;
            findings.note("positions are dense", format!("{found} stands at {place}"));
        }
        hash = link(&hash, row);
        if hash != row.hash {
            findings.note("the chain holds", format!("not at {place}"));
        }
        if index > 0 && row.recorded_at < rows[index - 1].recorded_at {
            findings.note("time is ordered like position", format!("not at {place}"));
        }
        let length = lengths
            .entry((&row.aggregate_type, &row.aggregate_id))
            .or_default();
        *length += 1;
        if row.sequence != *length {
            let (kind, found) = (&row.aggregate_type, row.sequence);
            let seen = format!("a {kind} has {found} where {length} is next, at {place}");
            findings.note("histories are dense", seen);
        }
        if !ids.insert(row.event_id) {
            findings.note("event ids are unique", format!("not at {place}"));
        }
        match row.decode() {
            Ok(event) => recorded.push(Arc::new(event)),
            Err(error) => findings.note("events can be read", error),
        }
    }
    if head.position != Position::START.plus(rows.len()) || head.hash != hash {
        findings.note("the head is the last event", format!("{}", head.position));
    }
    recorded
}

/// Checks that each receipt stands for the events of its command, and each command with an id has one.
pub fn receipts(events: &[Arc<Recorded>], receipts: &[StoredReceipt], findings: &mut Findings) {
    let mut places = BTreeMap::new();
    for event in events {
        if let (Some(id), Some(actor)) =
            (event.metadata.get("command"), event.metadata.get("actor"))
        {
            let of = places.entry((actor, id)).or_insert_with(Vec::new);
            of.push(event.position);
        }
    }
    for receipt in receipts {
        let StoredReceipt { id, first, last } = receipt;
        let expected: Vec<_> = (first.get()..=last.get())
            .filter_map(Position::new)
            .collect();
        let found = places.remove(&(&id.scope, &id.id)).unwrap_or_default();
        if found != expected {
            let seen = format!(
                "id {:?} is at {found:?}, its receipt says {expected:?}",
                id.id
            );
            findings.note("at most once for each command id", seen);
        }
    }
    for ((_, id), found) in places {
        let seen = format!("id {id:?} has no receipt and is at {found:?}");
        findings.note("at most once for each command id", seen);
    }
}
