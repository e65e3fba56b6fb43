//! Inputs made of others, by chance that can be repeated.

/// Numbers by chance: xorshift64.
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to less than `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap();
        usize::try_from(self.next() % end).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }
}

/// Values at which lengths, counts and times change their meaning.
const EDGES: [u32; 14] = [
    0,
    1,
    2,
    127,
    128,
    255,
    0xFFFF,
    0xFF_FFFE,
    0xFF_FFFF,
    0x0100_0000,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
];

/// One of the inputs, changed a few times.
pub fn some(kept: &[Vec<u8>], chance: &mut Chance, length_max: usize) -> Vec<u8> {
    let mut input = kept[chance.below(kept.len())].clone();
    for _ in 0..=chance.below(4) {
        change(&mut input, kept, chance);
    }
    input.truncate(length_max);
    input
}

fn change(input: &mut Vec<u8>, kept: &[Vec<u8>], chance: &mut Chance) {
    let at = chance.below(input.len() + 1);
    let bits = chance.below(8);
    let length = chance.below(1 << bits) + 1;
    let end = input.len().min(at + length);
    match chance.below(8) {
        0 if at < input.len() => input[at] ^= 1 << chance.below(8),
        1 if at < input.len() => input[at] = chance.byte(),
        2 => input.truncate(at),
        3 => drop(input.drain(at..end)),
        4 => {
            let again = input[at..end].to_vec();
            input.splice(at..at, again);
        }
        5 => {
            let other = &kept[chance.below(kept.len())];
            let from = chance.below(other.len() + 1);
            let to = other.len().min(from + 4 * length);
            let part = other[from..to].to_vec();
            input.splice(at..at, part);
        }
        6 => {
            let bytes = EDGES[chance.below(EDGES.len())].to_be_bytes();
            let bytes = &bytes[chance.below(4)..];
            let end = input.len().min(at + bytes.len());
            input.splice(at..end, bytes.iter().copied());
        }
        _ => {
            let bytes: Vec<_> = (0..length.min(16)).map(|_| chance.byte()).collect();
            input.splice(at..at, bytes);
        }
    }
}
