//! Every reader got every event that it asked for, once, in order, and none before it was durable.

use super::Findings;
use crate::reader::Reading;
use std::sync::Arc;
use tributary_domain::Recorded;

/// Checks what readers saw against the log.
pub fn complete(events: &[Arc<Recorded>], readings: &[Reading], findings: &mut Findings) {
    for reading in readings {
        let name = &reading.name;
        if let Some(position) = reading.too_early {
            let seen = format!("{name} was at {position} too early");
            findings.note("readers see what is durable", seen);
        }
        let expected: Vec<_> = events
            .iter()
            .filter(|event| event.position > reading.after && event.position <= reading.upto)
            .filter(|event| reading.filter.admits(event.channel))
            .collect();
        let same = expected.len() == reading.events.len()
            && expected.iter().zip(&reading.events).all(|(a, b)| **a == *b);
        if !same {
            let (after, upto) = (reading.after, reading.upto);
            let places: Vec<_> = reading.events.iter().map(|e| e.position.get()).collect();
            let seen = format!("{name} got, from {after} to {upto}: {places:?}");
            findings.note("readers see each event once, in order", seen);
        }
    }
}
