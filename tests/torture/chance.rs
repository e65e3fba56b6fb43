//! Choices that follow from a seed. The moments at which processes are killed are real, so the same seed
//! gives the same choices but not the same run.

use std::sync::Arc;
use tributary_store::{Entropy as _, SeededEntropy};

/// See the [module](self).
#[derive(Clone)]
pub struct Chance(Arc<SeededEntropy>);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// Any number.
    pub fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A number from 0 to less than `end`.
    pub fn below(&self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap();
        usize::try_from(self.number() % end).unwrap()
    }

    pub fn one_in(&self, number: usize) -> bool {
        self.below(number) == 0
    }
}
