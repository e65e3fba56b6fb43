//! The invariants, checked from the database and the record alone: nothing that the product says of
//! itself is taken for true.

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
