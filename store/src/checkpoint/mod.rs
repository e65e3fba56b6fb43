//! Signed checkpoints of the log, kept outside the database.
//!
//! A hash chain alone proves nothing against whoever owns the database: they can change an event and
//! compute every link anew. A checkpoint is a line that states the hash at a position, signed with a key
//! that comes from the installation's secret, which the database does not hold. Each line names the
//! hash of the line before it, so that none can be taken out from between. Who has a copy of the file
//! and the public key can hold the log to it.
//!
//! The signature covers the line's own text, up to the member `signature` (which is the last one) and
//! after [`DOMAIN`]: it can be checked with any tool for Ed25519.

mod file;
mod keeper;
pub mod seal;

pub use file::{Fault, Lines, Problem, newest, read};
pub use keeper::{CheckpointError, Keeper, files};

use crate::chain::Hash;
use crate::storage::Head;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use tributary_domain::{Position, Timestamp};

/// What is signed before the line's text, so that no other signature of this key can be taken for one
/// of a checkpoint.
pub const DOMAIN: &[u8] = b"tributary.checkpoint.v1\n";

/// Where the signature begins in a line.
const SIGNATURE: &str = ",\"signature\":\"";

/// The longest line that is read. Ours have some 600 bytes.
pub const LINE_BYTES_MAX: usize = 4 * 1024;

/// A public key, as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        VerifyingKey::from_bytes(&from_hex(text)?).ok().map(Self)
    }

    /// Checks what was signed of a line.
    fn check(&self, domain: &[u8], text: &str, signature: &[u8; 64]) -> Result<(), NoCheckpoint> {
        let signed = [domain, text.as_bytes()].concat();
        self.0
            .verify_strict(&signed, &Signature::from_bytes(signature))
            .map_err(|_| NoCheckpoint::Forged)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The key that signs. Shows nothing of itself.
#[derive(Clone)]
pub struct CheckpointKey(SigningKey);

impl CheckpointKey {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// What auditors check with.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }
}

impl fmt::Debug for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckpointKey({})", self.public())
    }
}

/// What a line states. Its members are written in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    version: u32,
    log: String,
    position: Position,
    hash: String,
    recorded_at: Timestamp,
    signed_at: Timestamp,
    node: String,
    previous: String,
    key: String,
}

/// A signed line that was read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log: the hash of its first event.
    pub log: Hash,
    /// The place that is stated.
    pub position: Position,
    /// The chain's link there.
    pub hash: Hash,
    /// When the event there was recorded.
    pub recorded_at: Timestamp,
    /// When this was signed.
    pub signed_at: Timestamp,
    /// The node that signed it.
    pub node: String,
    /// The hash of the line before it; zeros in the first line of all.
    pub previous: Hash,
    /// Who signed.
    pub key: PublicKey,
    /// The hash of this line, which the next one names.
    pub line: Hash,
}

/// Why a line is no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCheckpoint {
    /// It is not of the expected form.
    #[error("it is not a checkpoint that this program can read: {0}")]
    Malformed(String),
    /// Its text was changed after it was signed, or it was signed by nobody.
    #[error("its signature does not fit its text: the line was changed or forged")]
    Forged,
}

impl Checkpoint {
    /// States the end of a log, and signs that: a line without its line feed.
    pub fn sign(
        key: &CheckpointKey,
        log: &Hash,
        head: &Head,
        signed_at: Timestamp,
        node: &str,
        previous: &Hash,
    ) -> String {
        let statement = Statement {
            version: 1,
            log: to_hex(log),
            position: head.position,
            hash: to_hex(&head.hash),
            recorded_at: head.recorded_at,
            signed_at,
            node: node.to_owned(),
            previous: to_hex(previous),
            key: key.public().to_string(),
        };
        let text = serde_json::to_string(&statement).expect("texts and numbers are JSON");
        sign_line(key, DOMAIN, text)
    }

    /// Reads a line and checks its signature against the key that it names.
    ///
    /// # Errors
    /// When it is no checkpoint, or was changed.
    pub fn read(line: &str) -> Result<Self, NoCheckpoint> {
        let malformed = |reason: &str| NoCheckpoint::Malformed(reason.to_owned());
        let (text, signature) = split_line(line)?;
        let statement: Statement = serde_json::from_str(&format!("{text}}}"))
            .map_err(|error| NoCheckpoint::Malformed(error.to_string()))?;
        if statement.version != 1 {
            return Err(malformed("its version is not 1"));
        }
        let hash = |text: &str| from_hex(text).ok_or_else(|| malformed("a hash is none"));
        let key = PublicKey::parse(&statement.key).ok_or_else(|| malformed("the key is none"))?;
        key.check(DOMAIN, text, &signature)?;
        Ok(Self {
            log: hash(&statement.log)?,
            position: statement.position,
            hash: hash(&statement.hash)?,
            recorded_at: statement.recorded_at,
            signed_at: statement.signed_at,
            node: statement.node,
            previous: hash(&statement.previous)?,
            key,
            line: hash_of_line(line),
        })
    }
}

/// An object's text with its signature as the last member.
fn sign_line(key: &CheckpointKey, domain: &[u8], mut text: String) -> String {
    text.pop();
    let signature = key.0.sign(&[domain, text.as_bytes()].concat());
    format!("{text}{SIGNATURE}{}\"}}", to_hex(&signature.to_bytes()))
}

/// What was signed of a line, and the signature.
fn split_line(line: &str) -> Result<(&str, [u8; 64]), NoCheckpoint> {
    let malformed = |reason: &str| NoCheckpoint::Malformed(reason.to_owned());
    let (text, signature) = line
        .rsplit_once(SIGNATURE)
        .ok_or_else(|| malformed("there is no signature at its end"))?;
    let signature = signature
        .strip_suffix("\"}")
        .and_then(from_hex::<64>)
        .ok_or_else(|| malformed("the signature is not 128 hexadecimal digits"))?;
    Ok((text, signature))
}

/// The hash by which the next line names this one.
pub fn hash_of_line(line: &str) -> Hash {
    Sha256::digest(line.as_bytes()).into()
}

/// Lower-case hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// Reads exactly `2 * N` hexadecimal digits.
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> String {
        let head = Head {
            position: Position::START.plus(7),
            hash: [7; 32],
            recorded_at: Timestamp::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
        };
        let key = CheckpointKey::new(&[1; 32]);
        Checkpoint::sign(&key, &[1; 32], &head, head.recorded_at, "node", &[2; 32])
    }

    #[test]
    fn a_line_is_read_as_it_was_signed() {
        let line = signed();
        let read = Checkpoint::read(&line).unwrap();
        assert_eq!(read.position.get(), 7);
        assert_eq!((read.log, read.hash), ([1; 32], [7; 32]));
        assert_eq!(read.previous, [2; 32]);
        assert_eq!(read.node, "node");
        assert_eq!(read.key, CheckpointKey::new(&[1; 32]).public());
        assert_eq!(PublicKey::parse(&read.key.to_string()), Some(read.key));
        assert!(line.len() < LINE_BYTES_MAX);
    }

    #[test]
    fn no_character_of_a_line_can_be_changed() {
        let line = signed();
        for (index, character) in line.char_indices() {
            let other = if character == '0' { "1" } else { "0" };
            let mut changed = line.clone();
            changed.replace_range(index..=index, other);
            assert!(Checkpoint::read(&changed).is_err(), "{changed}");
        }
        for length in 0..line.len() {
            assert!(Checkpoint::read(&line[..length]).is_err(), "{length}");
        }
    }
}
