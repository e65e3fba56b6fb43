//! The invariants, checked from the database and the record alone: nothing that the product says of
//! itself is taken for true.
//!
//! Each was seen to fail. `tests/defects.rs` keeps databases that break a promise; the product itself was
//! broken by hand once:
//!
//! | broken | found by | after so many seeds |
//! |---|---|---|
//! | time is the clock's, also when it was stepped back | time is ordered like position | 1 |
//! | an answer does not wait for what it rests on | an answer without events is right | 1 |
//! | an answer rides on a head that was seen before the question | the same | 444 |
//! | a question whose answer was lost is looked up in the table | the same | 46 |
//! | a command id is not looked up | nothing fails without a cause | 3 |
//! | the tail leaves an event out | readers see each event once, in order | 1 |
//! | rows of a failed batch are kept at hand | read models are a fold of the log | 8 |
//! | other nodes' events are not taken into the cache | histories are dense | 1 |
//! | an append that was not found counts as written | progress when nothing goes wrong | 8 |

pub mod answers;
pub mod decisions;
pub mod log;
pub mod readings;

use std::fmt;

/// An invariant that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which, in a few words.
    pub invariant: &'static str,
    /// What was seen.
    pub seen: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.seen)
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Violation>);

impl Findings {
    /// Notes that an invariant did not hold.
    pub fn note(&mut self, invariant: &'static str, seen: impl fmt::Display) {
        let seen = seen.to_string();
        self.0.push(Violation { invariant, seen });
    }
}
