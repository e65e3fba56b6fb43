//! The "complex" handshake: each side's block hides an HMAC-SHA256 of itself, under keys that everybody
//! knows. It proves nothing, but players and encoders of Flash's descent send no H.264 or do not go on
//! at all without it.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::BLOCK_BYTES;

/// Bytes of a digest.
pub(super) const DIGEST_BYTES: usize = 32;

/// What a client signs its block with.
const CLIENT_KEY: &[u8] = b"Genuine Adobe Flash Player 001";

/// What a server signs its block with.
const SERVER_KEY: &[u8] = b"Genuine Adobe Flash Media Server 001";

/// Follows either key where an answer is signed.
const KEY_TAIL: [u8; 32] = [
    0xF0, 0xEE, 0xC2, 0x4A, 0x80, 0x68, 0xBE, 0xE8, 0x2E, 0x00, 0xD0, 0xD1, 0x02, 0x9E, 0x7E, 0x57,
    0x6E, 0xEC, 0x5D, 0x2D, 0x29, 0x80, 0x6F, 0xAB, 0x93, 0xB8, 0xE6, 0x36, 0xCF, 0xEB, 0x31, 0xAE,
];

/// Where a block says how far behind its four bytes the digest is: a client uses one of the two.
const SCHEMES: [usize; 2] = [8, 772];

/// How far that can be: 764 bytes hold four of offset and 32 of digest.
const OFFSET_MAX: usize = 728;

/// A whole block of the handshake.
pub(super) type Block = [u8; BLOCK_BYTES];

/// A digest that was found in a client's block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    scheme: usize,
    digest: [u8; DIGEST_BYTES],
}

/// The digest of a client's block, under whichever scheme it is good.
pub(super) fn find(block: &Block) -> Option<Found> {
    find_under(block, CLIENT_KEY)
}

fn find_under(block: &Block, key: &[u8]) -> Option<Found> {
    SCHEMES.into_iter().find_map(|scheme| {
        let place = place(block, scheme);
        let digest = block.get(place..)?.first_chunk().copied()?;
        (digest == own_digest(block, place, key)).then_some(Found { scheme, digest })
    })
}

/// Signs a server's block for a client that uses this scheme.
pub(super) fn sign(block: &mut Block, found: Found) {
    let place = place(block, found.scheme);
    let digest = own_digest(block, place, SERVER_KEY);
    if let Some(slot) = block.get_mut(place..place + DIGEST_BYTES) {
        slot.copy_from_slice(&digest);
    }
}

/// Signs the answer to a client's block: its last 32 bytes are a digest of those before them, under a
/// key that only who has seen the client's digest can have.
pub(super) fn answer(block: &mut Block, found: Found) {
    let key = mac(&[SERVER_KEY, &KEY_TAIL].concat(), &[&found.digest]);
    if let Some((body, digest)) = block.split_last_chunk_mut::<DIGEST_BYTES>() {
        *digest = mac(&key, &[body]);
    }
}

fn place(block: &Block, scheme: usize) -> usize {
    let offset: usize = block
        .iter()
        .skip(scheme)
        .take(4)
        .map(|byte| usize::from(*byte))
        .sum();
    scheme + 4 + offset % OFFSET_MAX
}

/// The digest of a block without the digest itself.
fn own_digest(block: &Block, place: usize, key: &[u8]) -> [u8; DIGEST_BYTES] {
    let (before, rest) = block.split_at(place);
    mac(key, &[before, rest.get(DIGEST_BYTES..).unwrap_or_default()])
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; DIGEST_BYTES] {
    let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).expect("HMAC takes any key");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// A client's own side, for tests.
#[cfg(test)]
pub(super) mod client {
    use super::*;

    /// A client's block that is signed under one of the schemes.
    pub fn signed(scheme: usize) -> Block {
        let mut block: Block = std::array::from_fn(|i| u8::try_from(i * 7 % 251).unwrap());
        block[4..8].copy_from_slice(&[128, 0, 7, 2]);
        let place = place(&block, SCHEMES[scheme]);
        let digest = own_digest(&block, place, CLIENT_KEY);
        block[place..place + DIGEST_BYTES].copy_from_slice(&digest);
        block
    }

    /// Whether a client that sent `sent` believes a server's two blocks.
    pub fn believes(sent: &Block, block: &Block, reply: &Block) -> bool {
        let digest = find(sent).unwrap().digest;
        let key = mac(&[SERVER_KEY, &KEY_TAIL].concat(), &[&digest]);
        let (body, signature) = reply.split_last_chunk::<DIGEST_BYTES>().unwrap();
        find_under(block, SERVER_KEY).is_some() && *signature == mac(&key, &[body])
    }
}
