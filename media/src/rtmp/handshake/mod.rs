//! The opening exchange: versions and 1,536-byte blocks both ways.
//!
//! A client whose C1 is signed (the "complex" handshake, under either of its two schemes) gets signed
//! blocks back. Any other gets the plain ones: the version field of S1 is zero, which tells it that
//! nothing is signed, and C1 comes back as it was.

mod digest;

use self::digest::Block;

/// The only version of the protocol that is spoken; 6 would be RTMPE.
pub const VERSION: u8 = 3;

/// Size of C1, C2, S1 and S2 in bytes.
pub const BLOCK_BYTES: usize = 1_536;

/// The first byte was not [`VERSION`]: another protocol, most often HTTP, or an encrypted RTMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the first byte is {0:#04x}, where RTMP has its version 3")]
pub struct NotRtmp(pub u8);

/// What one call of [`Handshake::receive`] came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// More bytes are needed; all given ones were taken.
    Pending,
    /// S0, S1 and S2, to be sent now.
    Reply(Vec<u8>),
    /// C2 is complete; the bytes left in the input belong to the chunk stream.
    Done,
}

#[derive(Debug)]
enum Step {
    Version,
    Challenge(Vec<u8>),
    Echo { missing: usize },
    Done,
}

/// The server's side of the handshake.
#[derive(Debug)]
pub struct Handshake {
    step: Step,
    seed: u64,
}

impl Handshake {
    /// `seed` fills S1. The protocol needs it different between connections, not secret.
    pub const fn new(seed: u64) -> Self {
        Self {
            step: Step::Version,
            seed,
        }
    }

    /// Takes what it needs from the front of `input`; call until [`Progress::Pending`] or
    /// [`Progress::Done`].
    ///
    /// # Errors
    /// [`NotRtmp`] at the first byte.
    pub fn receive(&mut self, input: &mut &[u8]) -> Result<Progress, NotRtmp> {
        loop {
            match &mut self.step {
                Step::Version => {
                    let Some((&version, rest)) = input.split_first() else {
                        return Ok(Progress::Pending);
                    };
                    if version != VERSION {
                        return Err(NotRtmp(version));
                    }
                    *input = rest;
                    self.step = Step::Challenge(Vec::new());
                }
                Step::Challenge(block) => {
                    let (taken, rest) = input.split_at(input.len().min(BLOCK_BYTES - block.len()));
                    block.extend_from_slice(taken);
                    *input = rest;
                    if block.len() < BLOCK_BYTES {
                        return Ok(Progress::Pending);
                    }
                    let reply = reply(self.seed, block);
                    self.step = Step::Echo {
                        missing: BLOCK_BYTES,
                    };
                    return Ok(Progress::Reply(reply));
                }
                Step::Echo { missing } => {
                    // C2's content proves nothing: clients fill it with what they like.
                    let taken = input.len().min(*missing);
                    *input = &input[taken..];
                    *missing -= taken;
                    if *missing > 0 {
                        return Ok(Progress::Pending);
                    }
                    self.step = Step::Done;
                }
                Step::Done => return Ok(Progress::Done),
            }
        }
    }
}

/// The version that S1 names where it is signed: what signs is at least as new as Flash Media Server 3.
const SIGNED_VERSION: [u8; 4] = [4, 5, 0, 1];

/// S0, S1 and S2. Without a signature in the challenge S2 is the challenge as it came.
fn reply(seed: u64, challenge: &[u8]) -> Vec<u8> {
    let mut filler = Filler(seed | 1);
    let mut first: Block = filler.block();
    first[..8].fill(0);
    let mut second: Block = filler.block();
    let signed = <&Block>::try_from(challenge).ok().and_then(digest::find);
    if let Some(found) = signed {
        first[4..8].copy_from_slice(&SIGNED_VERSION);
        digest::sign(&mut first, found);
        digest::answer(&mut second, found);
    } else {
        second.copy_from_slice(challenge);
    }
    [&[VERSION][..], &first, &second].concat()
}

/// Bytes that differ between connections: xorshift64, because any filler will do, and this one needs
/// no source of randomness.
struct Filler(u64);

impl Filler {
    fn block(&mut self) -> Block {
        let mut block = [0; BLOCK_BYTES];
        for word in block.chunks_exact_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            word.copy_from_slice(&self.0.to_be_bytes());
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_bytes() -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend((0..BLOCK_BYTES).map(|i| u8::try_from(i % 251).unwrap()));
        bytes.extend([7; BLOCK_BYTES]);
        bytes.extend(b"chunks");
        bytes
    }

    /// Feeds `bytes` in pieces; gives the reply and what was left over.
    fn run(bytes: &[u8], piece: usize) -> (Vec<u8>, Vec<u8>) {
        let mut handshake = Handshake::new(9);
        let (mut sent, mut left) = (Vec::new(), Vec::new());
        for mut input in bytes.chunks(piece) {
            loop {
                match handshake.receive(&mut input).unwrap() {
                    Progress::Pending => break,
                    Progress::Reply(reply) => sent.extend(reply),
                    Progress::Done => {
                        left.extend_from_slice(input);
                        break;
                    }
                }
            }
        }
        (sent, left)
    }

    #[test]
    fn the_reply_echoes_the_challenge_and_leaves_the_chunks() {
        let bytes = client_bytes();
        let (sent, left) = run(&bytes, bytes.len());
        assert_eq!(sent.len(), 1 + 2 * BLOCK_BYTES);
        assert_eq!(sent[0], VERSION);
        assert_eq!(
            sent[1..9],
            [0; 8],
            "a zero version tells clients not to expect digests"
        );
        assert_eq!(sent[1 + BLOCK_BYTES..], bytes[1..=BLOCK_BYTES]);
        assert_eq!(left, b"chunks");
    }

    #[test]
    fn a_signed_challenge_gets_a_reply_that_its_client_believes_under_both_schemes() {
        for scheme in [0, 1] {
            let challenge = digest::client::signed(scheme);
            let bytes = [&[VERSION][..], &challenge, &[0; BLOCK_BYTES]].concat();
            let (sent, _) = run(&bytes, 100);
            let (first, second) = sent[1..].split_at(BLOCK_BYTES);
            let (first, second) = (first.try_into().unwrap(), second.try_into().unwrap());
            assert!(digest::client::believes(&challenge, first, second));
            assert_ne!(
                first[4..8],
                [0; 4],
                "clients look for digests by the version"
            );
        }
    }

    #[test]
    fn a_challenge_whose_signature_is_spoilt_is_a_plain_one() {
        let mut challenge = digest::client::signed(0);
        challenge[1_000] ^= 1;
        let bytes = [&[VERSION][..], &challenge].concat();
        let (sent, _) = run(&bytes, bytes.len());
        assert_eq!(sent[1..9], [0; 8]);
        assert_eq!(sent[1 + BLOCK_BYTES..], challenge);
    }

    #[test]
    fn any_split_gives_the_same_reply() {
        let bytes = client_bytes();
        let whole = run(&bytes, bytes.len());
        for piece in [1, 2, 3, 7, 1_535, 1_536, 1_537, 3_072, 3_073] {
            assert_eq!(run(&bytes, piece), whole, "in pieces of {piece}");
        }
    }

    #[test]
    fn http_tls_and_rtmpe_are_refused_at_the_first_byte() {
        for first in [b'G', 0x16, 6, 0, 255] {
            let mut handshake = Handshake::new(1);
            assert_eq!(handshake.receive(&mut &[first][..]), Err(NotRtmp(first)));
        }
    }

    #[test]
    fn no_bytes_are_no_progress() {
        assert_eq!(
            Handshake::new(1).receive(&mut &[][..]),
            Ok(Progress::Pending)
        );
    }
}
