//! Acknowledged is in the log, just so; and no answer speaks of what was not durable.

use super::Findings;
use crate::record::Asked;
use std::sync::Arc;
use tributary_domain::{Position, Recorded};
use tributary_store::CommandError;

/// Checks every receipt against the log.
pub fn receipts(events: &[Arc<Recorded>], record: &[Asked], findings: &mut Findings) {
    for (number, asked) in record.iter().enumerate() {
        let Some(answered) = &asked.answered else {
            continue;
        };
        let Ok(receipt) = &answered.answer else {
            continue;
        };
        if receipt.position > answered.at {
            let (position, at) = (receipt.position, answered.at);
            let seen = format!("#{number} was told {position} when the log ended at {at}");
            findings.note("no answer before it is durable", seen);
        }
        for event in &receipt.events {
            let stored = at(events, event.position);
            if stored.map(Arc::as_ref) != Some(event.as_ref()) {
                let seen = format!("#{number}: at {} the log has another event", event.position);
                findings.note("what was acknowledged is in the log", seen);
            }
        }
        if let Some(last) = receipt.events.last()
            && last.position != receipt.position
        {
            let seen = format!("#{number}: its last event is not at {}", receipt.position);
            findings.note("what was acknowledged is in the log", seen);
        }
        if let Some(id) = &asked.request.id {
            let other = |event: &&Arc<Recorded>| event.metadata.get("command") != Some(&id.id);
            if let Some(other) = receipt.events.iter().find(other) {
                let seen = format!("#{number} was answered with {}", other.position);
                findings.note("a command gets its own events", seen);
            }
        }
    }
}

/// Checks that where nothing went wrong only those commands fail that no database takes.
pub fn failures(record: &[Asked], findings: &mut Findings) {
    for (number, asked) in record.iter().enumerate() {
        let answer = asked.answered.as_ref().map(|answered| &answered.answer);
        if let Some(Err(error)) = answer
            && !matches!(error, CommandError::Rejected(_) | CommandError::IdReused)
            && !asked.is_untakeable()
        {
            findings.note(
                "nothing fails without a cause",
                format!("#{number}: {error}"),
            );
        }
    }
}

fn at(events: &[Arc<Recorded>], position: Position) -> Option<&Arc<Recorded>> {
    let index = usize::try_from(position.get() - 1).ok()?;
    events.get(index)
}
