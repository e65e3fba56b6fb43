//! Which command ids may have been used: asked for every command that carries one, because a lookup in
//! the database costs as much as carrying the command out.
//!
//! A Bloom filter: "not used" is certain, "used" is a reason to look. Each key is in one block of 64
//! bytes, so that asking touches one line of the processor's cache for each layer. It grows by layers,
//! since keys cannot be taken out of one to be put into a larger one.

use sha2::{Digest, Sha256};

/// A command's scope and id, digested: short, and the same length for every client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct IdKey(u128);

impl IdKey {
    pub(crate) fn of(scope: &str, id: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(scope.len().to_be_bytes());
        hasher.update(scope.as_bytes());
        hasher.update(id.as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        Self(
            digest
                .first_chunk()
                .map_or(0, |first| u128::from_be_bytes(*first)),
        )
    }

    /// Its first eight bytes: what an index on disk holds. Two keys may have the same.
    pub(crate) fn short(self) -> ShortKey {
        let upper = (self.0 >> 64) as u64;
        ShortKey(upper.cast_signed())
    }
}

/// See [`IdKey::short`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShortKey(pub i64);

/// Keys of the first layer; each further one takes four times as many.
const FIRST_LAYER_KEYS: usize = 16_384;

/// Layers at most: for about 22 million keys, in 27 MiB. With more keys the last layer says "used" more
/// often than it must.
const LAYERS_MAX: usize = 6;

/// Bits for each key. With [`PROBES`], about one unused id in a hundred is looked up for nothing.
const BITS_PER_KEY: usize = 10;

/// Bits that are set for a key.
const PROBES: u32 = 6;

type Block = [u64; 8];

const BLOCK_BITS: usize = 512;

/// See the [module](self).
pub(crate) struct UsedIds {
    layers: Vec<Layer>,
    /// Whether every id that was ever used is here.
    complete: bool,
}

struct Layer {
    blocks: Vec<Block>,
    keys: usize,
    keys_max: usize,
}

impl UsedIds {
    /// Knows nothing yet: any id may have been used.
    pub(crate) fn unknown() -> Self {
        Self {
            layers: Vec::new(),
            complete: false,
        }
    }

    /// Every id of the past has been taken in. From now on, what was not taken in is not used.
    pub(crate) fn complete(&mut self) {
        self.complete = true;
    }

    pub(crate) fn insert(&mut self, key: ShortKey) {
        let full = self
            .layers
            .last()
            .is_none_or(|layer| layer.keys >= layer.keys_max);
        if full && self.layers.len() < LAYERS_MAX {
            let keys_max = FIRST_LAYER_KEYS << (2 * self.layers.len());
            self.layers.push(Layer::new(keys_max));
        }
        if let Some(layer) = self.layers.last_mut() {
            layer.insert(key);
        }
    }

    pub(crate) fn may_hold(&self, key: ShortKey) -> bool {
        !self.complete || self.layers.iter().rev().any(|layer| layer.may_hold(key))
    }
}

impl Layer {
    fn new(keys_max: usize) -> Self {
        let blocks = (keys_max * BITS_PER_KEY).div_ceil(BLOCK_BITS);
        Self {
            blocks: vec![[0; 8]; blocks],
            keys: 0,
            keys_max,
        }
    }

    /// The block of a key, and its bits there.
    fn place(&self, key: ShortKey) -> (usize, Block) {
        let key = u128::from(key.0.cast_unsigned());
        // The key's upper bits choose the block, evenly: it is a fraction of all keys.
        let block = (key * self.blocks.len() as u128) >> 64;
        // Mixed once more, since these bits are the same for all keys of a block.
        let mut bits = key.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) >> 64;
        let mut mask = [0; 8];
        for _ in 0..PROBES {
            mask[usize::try_from(bits & 7).unwrap_or(0)] |= 1 << (bits >> 3 & 63);
            bits >>= 9;
        }
        (usize::try_from(block).unwrap_or(0), mask)
    }

    fn insert(&mut self, key: ShortKey) {
        let (block, mask) = self.place(key);
        for (word, bits) in self.blocks[block].iter_mut().zip(mask) {
            *word |= bits;
        }
        self.keys += 1;
    }

    fn may_hold(&self, key: ShortKey) -> bool {
        let (block, mask) = self.place(key);
        let words = self.blocks[block].iter().zip(mask);
        words.into_iter().all(|(word, bits)| word & bits == bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> ShortKey {
        IdKey::of("account", &number.to_string()).short()
    }

    #[test]
    fn a_used_id_is_never_taken_for_an_unused_one() {
        let mut used = UsedIds::unknown();
        used.complete();
        let count = FIRST_LAYER_KEYS * 6;
        (0..count).for_each(|number| used.insert(key(number)));
        assert_eq!(used.layers.len(), 3);
        assert!((0..count).all(|number| used.may_hold(key(number))));
        let wrong = (count..count + 10_000).filter(|number| used.may_hold(key(*number)));
        let wrong = wrong.count();
        assert!(
            wrong < 500,
            "{wrong} of 10,000 unused ids would be looked up"
        );
    }

    #[test]
    fn until_everything_is_known_any_id_may_be_used() {
        let mut used = UsedIds::unknown();
        assert!(used.may_hold(key(1)));
        used.insert(key(1));
        assert!(used.may_hold(key(2)));
        used.complete();
        assert!(used.may_hold(key(1)) && !used.may_hold(key(2)));
    }

    #[test]
    fn layers_are_bounded() {
        let largest = FIRST_LAYER_KEYS << (2 * (LAYERS_MAX - 1));
        assert!(largest * BITS_PER_KEY / 8 <= 21 << 20);
        let mut used = UsedIds::unknown();
        used.layers = (0..LAYERS_MAX).map(|_| Layer::new(1)).collect();
        (0..100).for_each(|number| used.insert(key(number)));
        assert_eq!(used.layers.len(), LAYERS_MAX);
    }

    #[test]
    fn scope_and_id_are_kept_apart() {
        assert_ne!(IdKey::of("ab", "c"), IdKey::of("a", "bc"));
    }
}
