//! Signed seals: what the books were when a period was closed.
//!
//! What is signed follows from the event `books.closed` alone, so that the line can be written again from the
//! log, and the log be held to a copy of the line. The signature covers the line's own text up to the member
//! `signature`, after [`DOMAIN`], as with checkpoints.

use super::{CheckpointKey, NoCheckpoint, PublicKey, sign_line, split_line};
use serde::{Deserialize, Serialize};
use tributary_domain::Position;
use tributary_domain::books::Sealed;

/// What is signed before the line's text, so that no other signature of this key can be taken for one
/// of a seal.
pub const DOMAIN: &[u8] = b"tributary.seal.v1\n";

/// What a line states. Its members are written in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    version: u32,
    /// The last day (UTC) of the period, such as `2026-10-31`.
    pub through: String,
    /// The place in the log up to which the books were read.
    pub position: Position,
    /// The log's hash there, in hexadecimal digits.
    pub hash: String,
    /// The digest of the trial balance as of that place and that day, in hexadecimal digits.
    pub trial_balance: String,
    /// The public key that it is checked with.
    pub key: String,
}

/// Why a seal proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSeal {
    /// It cannot be read, or its signature does not fit.
    #[error("{0}")]
    Line(#[from] NoCheckpoint),
    /// Somebody else signed it.
    #[error("it is signed with another key, {0}: it is forged, or of another installation")]
    OtherKey(String),
}

impl Statement {
    /// What is stated of a period.
    pub fn new(
        through: chrono::NaiveDate,
        position: Position,
        hash: String,
        trial_balance: String,
        key: PublicKey,
    ) -> Self {
        Self {
            version: 1,
            through: through.to_string(),
            position,
            hash,
            trial_balance,
            key: key.to_string(),
        }
    }

    /// What the event of a close states.
    pub fn of(closed: &Sealed, key: PublicKey) -> Self {
        let seal = &closed.seal;
        let (hash, trial_balance) = (seal.hash.clone(), seal.trial_balance.clone());
        Self::new(closed.through, seal.position, hash, trial_balance, key)
    }

    fn text(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }

    /// The signature, in hexadecimal digits.
    pub fn sign(&self, key: &CheckpointKey) -> String {
        let line = sign_line(key, DOMAIN, self.text());
        let signature = line.rsplit_once(super::SIGNATURE);
        signature.map_or_else(String::new, |(_, end)| {
            end.trim_end_matches("\"}").to_owned()
        })
    }

    /// The line, given its signature.
    pub fn line(&self, signature: &str) -> String {
        let mut text = self.text();
        text.pop();
        format!("{text}{}{signature}\"}}", super::SIGNATURE)
    }

    /// Reads a line and checks its signature against the key that it must be signed with, or else against
    /// the one that it names.
    ///
    /// # Errors
    /// When it is no seal, was changed, or is another one's.
    pub fn read(line: &str, key: Option<PublicKey>) -> Result<Self, NoSeal> {
        let (text, signature) = split_line(line)?;
        let statement: Self = serde_json::from_str(&format!("{text}}}"))
            .map_err(|error| NoCheckpoint::Malformed(error.to_string()))?;
        let malformed = |reason: &str| NoCheckpoint::Malformed(reason.to_owned());
        if statement.version != 1 {
            return Err(malformed("its version is not 1").into());
        }
        let named = PublicKey::parse(&statement.key).ok_or_else(|| malformed("the key is none"))?;
        if key.is_some_and(|key| key != named) {
            return Err(NoSeal::OtherKey(named.to_string()));
        }
        named.check(DOMAIN, text, &signature)?;
        Ok(statement)
    }
}

/// Checks the seal of a close.
///
/// # Errors
/// When it was not signed with the key, or something else was.
pub fn check(closed: &Sealed, key: PublicKey) -> Result<(), NoSeal> {
    let line = Statement::of(closed, key).line(&closed.seal.signature);
    Statement::read(&line, Some(key)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_domain::books::Seal;

    fn closed() -> (Sealed, PublicKey) {
        let key = CheckpointKey::new(&[1; 32]);
        let mut closed = Sealed {
            through: "2026-10-31".parse().unwrap(),
            seal: Seal {
                position: Position::START.plus(7),
                hash: "0a".repeat(32),
                trial_balance: "0b".repeat(32),
                signature: String::new(),
            },
        };
        closed.seal.signature = Statement::of(&closed, key.public()).sign(&key);
        (closed, key.public())
    }

    #[test]
    fn a_seal_is_checked_from_the_event_alone_and_from_the_line_alone() {
        let (closed, key) = closed();
        assert_eq!(check(&closed, key), Ok(()));
        let statement = Statement::of(&closed, key);
        let line = statement.line(&closed.seal.signature);
        assert_eq!(Statement::read(&line, Some(key)), Ok(statement.clone()));
        assert_eq!(Statement::read(&line, None), Ok(statement));
        let other = CheckpointKey::new(&[2; 32]).public();
        assert!(matches!(
            Statement::read(&line, Some(other)),
            Err(NoSeal::OtherKey(_))
        ));
    }

    #[test]
    fn nothing_of_a_seal_can_be_changed() {
        let (good, key) = closed();
        let changes: [fn(&mut Sealed); 5] = [
            |closed| closed.through = "2026-11-30".parse().unwrap(),
            |closed| closed.seal.position = Position::START.plus(8),
            |closed| closed.seal.hash = "0b".repeat(32),
            |closed| closed.seal.trial_balance = "0a".repeat(32),
            |closed| closed.seal.signature = "0a".repeat(64),
        ];
        for change in changes {
            let mut changed = good.clone();
            change(&mut changed);
            assert!(check(&changed, key).is_err(), "{changed:?}");
        }
    }
}
