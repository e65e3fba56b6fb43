//! Every choice that a run makes, from its seed.

use std::sync::{Mutex, PoisonError};
use tributary_domain::Salt;
use uuid::Uuid;

/// A row of numbers that follows from a seed (SplitMix64). Each part of the simulation has dice of
/// its own, so that one more choice here does not change all choices there.
#[derive(Debug)]
pub struct Dice(Mutex<u64>);

impl Dice {
    /// Begins at `seed`.
    pub fn new(seed: u64) -> Self {
        let dice = Self(Mutex::new(seed));
        // Neighbouring seeds begin apart.
        let start = dice.next();
        Self(Mutex::new(start))
    }

    /// Dice of their own for a part.
    pub fn branch(&self) -> Self {
        Self::new(self.next())
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to below `count`; 0 if that is 0.
    pub fn below(&self, count: u64) -> u64 {
        self.next() % count.max(1)
    }

    /// A number from `least` to `most`.
    pub fn between(&self, least: u64, most: u64) -> u64 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// True in so many cases of a thousand.
    pub fn chance(&self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of them.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        let index = self.below(of.len() as u64);
        &of[usize::try_from(index).expect("below a length")]
    }

    /// One of them, if there is any.
    pub fn any<T: Copy>(&self, of: &[T]) -> Option<T> {
        if of.is_empty() {
            None
        } else {
            Some(*self.pick(of))
        }
    }

    /// An id.
    pub fn uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.next()) << 64 | u128::from(self.next()))
    }

    /// A salt.
    pub fn salt(&self) -> Salt {
        Salt(*self.uuid().as_bytes())
    }
}
