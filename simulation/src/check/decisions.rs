//! Every command was decided against the true state of its histories.
//!
//! The log is folded again from its beginning. At each place the command whose events stand there is
//! decided once more, by the pure domain, on exactly what stands before: it must come to the very same
//! events. What was refused, or held already, must have been so at some durable state between the
//! question and the answer.

use super::Findings;
use crate::record::Asked;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tributary_domain::{
    Decision, Histories, HistoryId, Position, Recorded, Rejection, Request, State, Undecided,
};
use tributary_store::CommandError;

/// Every history's state at one place in the log.
#[derive(Default)]
struct States(BTreeMap<HistoryId, State>);

impl Histories for States {
    fn state(&mut self, history: &HistoryId) -> Option<&State> {
        let state = self.0.entry(history.clone());
        Some(state.or_insert_with(|| history.empty()))
    }
}

impl States {
    fn fold(&mut self, event: &Recorded) {
        let state = self.0.entry(event.history.clone());
        let state = state.or_insert_with(|| event.history.empty());
        state.fold(&event.event);
    }

    fn decide(&mut self, request: &Request) -> Result<Decision, Option<Rejection>> {
        request.decide(self).map_err(|undecided| match undecided {
            Undecided::Rejected(rejection) => Some(rejection),
            Undecided::Missing(_) => None,
        })
    }
}

/// An answer without events, which must have been right at some place.
struct Doubt {
    number: usize,
    from: Position,
    to: Position,
    /// `None`: what was asked for held already.
    rejection: Option<Rejection>,
}

/// Decides everything again.
pub fn again(events: &[Arc<Recorded>], record: &[Asked], findings: &mut Findings) {
    let mut doubts = doubts(record);
    let callers = Callers::of(record);
    let mut states = States::default();
    let mut used = BTreeSet::new();
    let mut next = 0;
    // A command's events are one group; within it there is no place to have been decided at.
    loop {
        let place = Position::START.plus(next);
        doubts.retain(|doubt| {
            let within = doubt.from <= place && place <= doubt.to;
            !(within && holds(doubt, &record[doubt.number].request, &mut states))
        });
        let Some(first) = events.get(next) else {
            break;
        };
        let mut candidates = callers.candidates(first);
        // Of two that come to the same, the one that stands nowhere yet.
        candidates.sort_by_key(|number| used.contains(number));
        let rest = &events[next..];
        let found = candidates.iter().find_map(|number| {
            let decision = states.decide(&record[*number].request).ok()?;
            same(&decision, rest).then_some((*number, decision.events.len()))
        });
        let length = match found {
            Some((number, length)) => {
                if record[number].request.id.is_none() && !used.insert(number) {
                    let seen = format!("#{number} stands a second time at {}", first.position);
                    findings.note("a command is carried out once", seen);
                }
                length
            }
            None => {
                let (position, name) = (first.position, first.event.name().0);
                let seen = format!(
                    "{name} at {position} is not what any of {candidates:?} comes to there"
                );
                findings.note("commands are decided against the true state", seen);
                // The rest would be judged on a state that is already in doubt.
                return;
            }
        };
        for event in &rest[..length] {
            states.fold(event);
        }
        next += length;
    }
    for doubt in doubts {
        let (number, from, to) = (doubt.number, doubt.from, doubt.to);
        let what = match doubt.rejection {
            Some(rejection) => format!("refused with {}", rejection.code),
            None => "told that it held".to_owned(),
        };
        let seen = format!("#{number} was {what}, which was so nowhere from {from} to {to}");
        findings.note(
            "an answer without events is right against durable state",
            seen,
        );
    }
}

fn doubts(record: &[Asked]) -> Vec<Doubt> {
    let doubt = |(number, asked): (usize, &Asked)| {
        let answered = asked.answered.as_ref()?;
        let (rejection, to) = match &answered.answer {
            Err(CommandError::Rejected(rejection)) => (Some(rejection.clone()), answered.at),
            Ok(receipt) if receipt.events.is_empty() => (None, answered.at.min(receipt.position)),
            _ => return None,
        };
        let from = asked.since;
        Some(Doubt {
            number,
            from,
            to,
            rejection,
        })
    };
    record.iter().enumerate().filter_map(doubt).collect()
}

fn holds(doubt: &Doubt, request: &Request, states: &mut States) -> bool {
    match (&doubt.rejection, states.decide(request)) {
        (None, Ok(decision)) => decision.events.is_empty(),
        (Some(said), Err(Some(found))) => *said == found,
        _ => false,
    }
}

fn same(decision: &Decision, events: &[Arc<Recorded>]) -> bool {
    !decision.events.is_empty()
        && decision.events.len() <= events.len()
        && decision.events.iter().zip(events).all(|(decided, event)| {
            let (history, channel, happened) = decided;
            *history == event.history && *channel == event.channel && *happened == event.event
        })
}

/// Who may have led to an event.
struct Callers<'a> {
    with_id: BTreeMap<(String, &'a str), Vec<usize>>,
    acknowledged: BTreeMap<Position, usize>,
    unacknowledged: BTreeMap<String, Vec<usize>>,
}

impl<'a> Callers<'a> {
    fn of(record: &'a [Asked]) -> Self {
        let mut callers = Self {
            with_id: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            unacknowledged: BTreeMap::new(),
        };
        for (number, asked) in record.iter().enumerate() {
            // Who was told that nothing was done must be right.
            if asked.was_turned_down() {
                continue;
            }
            let actor = asked.request.actor.to_string();
            if let Some(id) = &asked.request.id {
                let key = (actor, id.id.as_str());
                callers.with_id.entry(key).or_default().push(number);
                continue;
            }
            let answer = asked.answered.as_ref().map(|answered| &answered.answer);
            match answer {
                Some(Ok(receipt)) => {
                    let first = receipt.events.first().map(|event| event.position);
                    let first = first.unwrap_or_default();
                    callers.acknowledged.insert(first, number);
                }
                _ => {
                    let of = callers.unacknowledged.entry(actor).or_default();
                    of.push(number);
                }
            }
        }
        callers
    }

    fn candidates(&self, event: &Recorded) -> Vec<usize> {
        let none = String::new();
        let actor = event.metadata.get("actor").unwrap_or(&none);
        if let Some(id) = event.metadata.get("command") {
            let key = (actor.clone(), id.as_str());
            return self.with_id.get(&key).cloned().unwrap_or_default();
        }
        let known = self.acknowledged.get(&event.position);
        let others = self.unacknowledged.get(actor);
        let all = known.into_iter().chain(others.into_iter().flatten());
        all.copied().collect()
    }
}
