//! Personal data stands apart from the event that it belongs to.
//!
//! An event's payload holds a salted digest; the value and its salt are stored in a column of their
//! own. Erasing that column removes the person, while the payload (and so the log's hash chain)
//! stays as it was. Without the salt the digest cannot be tried against guesses.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt;

/// Separates these digests from every other use of SHA-256 in the product.
const DOMAIN: &[u8] = b"tributary.personal.v1\0";

/// 16 random bytes, as hexadecimal text. Comes in with the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

/// A personal value that may have been erased.
///
/// Serialises as its digest alone (64 hexadecimal digits).
#[derive(Clone, PartialEq, Eq)]
pub struct Personal<T> {
    digest: String,
    open: Option<Open<T>>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Open<T> {
    salt: String,
    value: T,
}

impl<T: Serialize> Personal<T> {
    /// Ties a value to a fresh salt.
    pub fn seal(value: T, salt: Salt) -> Self {
        let salt = hex(&salt.0);
        let digest = digest(&salt, &value);
        Self {
            digest,
            open: Some(Open { salt, value }),
        }
    }
}

impl<T: Serialize> Personal<Option<T>> {
    /// What an older event did not hold: it reads as one that was erased, and its digest is that of nothing.
    pub(crate) fn never_said() -> Self {
        Self {
            open: None,
            ..Self::seal(None, Salt([0; 16]))
        }
    }
}

impl<T: Serialize> Personal<T> {
    /// The same part in another shape, under the same salt. One that did not match its digest does not
    /// match afterwards either, and an erased one stays erased.
    pub(crate) fn map<U: Serialize>(self, reshape: impl FnOnce(T) -> U) -> Personal<U> {
        let Some(Open { salt, value }) = self.open else {
            return Personal {
                digest: self.digest,
                open: None,
            };
        };
        let intact = digest(&salt, &value) == self.digest;
        let value = reshape(value);
        Personal {
            digest: if intact {
                digest(&salt, &value)
            } else {
                self.digest
            },
            open: Some(Open { salt, value }),
        }
    }
}

impl<T> Personal<T> {
    /// The value, unless it was erased or not read.
    pub fn get(&self) -> Option<&T> {
        self.open.as_ref().map(|open| &open.value)
    }
}

fn digest<T: Serialize>(salt: &str, value: &T) -> String {
    digest_of(salt, &serde_json::to_vec(value).unwrap_or_default())
}

fn digest_of(salt: &str, json: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    hasher.update(salt.as_bytes());
    hasher.update(b"\0");
    hasher.update(json);
    hex(&hasher.finalize())
}

/// Whether what stands in an event's personal column is what its payload tells of: on the stored
/// texts, so that it holds for any version of any event, also for those of a newer program. An erased
/// part matches.
pub fn column_matches(payload: &str, column: Option<&str>) -> bool {
    #[derive(Deserialize)]
    struct Payload<'a> {
        #[serde(borrow)]
        personal: Cow<'a, str>,
    }
    #[derive(Deserialize)]
    struct Column<'a> {
        #[serde(borrow)]
        salt: Cow<'a, str>,
        #[serde(borrow)]
        value: &'a serde_json::value::RawValue,
    }
    let Some(column) = column else {
        return true;
    };
    if let Some((stated, (salt, value))) = stated_last(payload).zip(as_written(column))
        && digest_of(salt, value.as_bytes()) == stated
    {
        return true;
    }
    let parts = serde_json::from_str::<Payload<'_>>(payload)
        .and_then(|payload| Ok((payload, serde_json::from_str::<Column<'_>>(column)?)));
    parts.is_ok_and(|(payload, column)| {
        digest_of(&column.salt, column.value.get().as_bytes()) == payload.personal
    })
}

/// Hexadecimal digits of a digest.
const DIGEST_DIGITS: usize = 64;

/// The digest of a payload whose last field it is. What ends so ends with that field, whatever stands
/// before it, because in JSON only a field's name follows a comma and a quote there.
fn stated_last(payload: &str) -> Option<&str> {
    let fields = payload.strip_suffix("\"}")?;
    let (fields, digest) = fields.split_at_checked(fields.len().checked_sub(DIGEST_DIGITS)?)?;
    let is_digest = digest.bytes().all(|digit| digit.is_ascii_hexdigit());
    (is_digest && fields.ends_with(",\"personal\":\"")).then_some(digest)
}

/// Salt and value of a column that stands as it was written. Whatever else looks so has another digest.
fn as_written(column: &str) -> Option<(&str, &str)> {
    let (salt, value) = column.strip_prefix("{\"salt\":\"")?.split_once('"')?;
    let value = value.strip_prefix(",\"value\":")?.strip_suffix('}')?;
    Some((salt, value))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

impl<T: fmt::Debug> fmt::Debug for Personal<T> {
    /// Shows no value: debug output ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.open.is_some() {
            "Personal(..)"
        } else {
            "Personal(erased)"
        })
    }
}

impl<T> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.digest)
    }
}

impl<'de, T> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self {
            digest: String::deserialize(deserializer)?,
            open: None,
        })
    }
}

/// A stored personal part that does not belong to its event.
#[derive(Debug, thiserror::Error)]
pub enum PersonalError {
    /// Not the JSON that was stored.
    #[error("the personal part cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// Its digest is not the one in the payload.
    #[error("the personal part does not match its digest in the payload")]
    Mismatch,
}

/// What the store needs of a [`Personal`] without knowing its type.
pub trait Erasable {
    /// The column's text; `None` once erased.
    fn to_column(&self) -> Option<String>;
    /// Puts back what the column held.
    ///
    /// # Errors
    /// When the text is not JSON of the expected shape.
    fn restore(&mut self, column: &str) -> Result<(), PersonalError>;
    /// Whether the value (if there) has the digest that the payload states.
    fn matches(&self) -> bool;
}

impl<T: Serialize + DeserializeOwned> Erasable for Personal<T> {
    fn to_column(&self) -> Option<String> {
        self.open
            .as_ref()
            .and_then(|open| serde_json::to_string(open).ok())
    }

    fn restore(&mut self, column: &str) -> Result<(), PersonalError> {
        self.open = Some(serde_json::from_str(column)?);
        Ok(())
    }

    fn matches(&self) -> bool {
        self.open
            .as_ref()
            .is_none_or(|open| digest(&open.salt, &open.value) == self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_shows_the_digest_and_never_the_value() {
        let sealed = Personal::seal("Ada".to_owned(), Salt([7; 16]));
        let payload = serde_json::to_string(&sealed).unwrap();
        assert!(!payload.contains("Ada"));
        assert_eq!(payload.len(), 66);
        assert!(!format!("{sealed:?}").contains("Ada"));
    }

    #[test]
    fn what_was_stored_apart_comes_back_and_matches() {
        let sealed = Personal::seal("Ada".to_owned(), Salt([7; 16]));
        let column = sealed.to_column().unwrap();
        let mut read: Personal<String> =
            serde_json::from_str(&serde_json::to_string(&sealed).unwrap()).unwrap();
        assert_eq!(read.get(), None);
        read.restore(&column).unwrap();
        assert_eq!(read.get().map(String::as_str), Some("Ada"));
        assert!(read.matches());
    }

    #[test]
    fn another_value_under_the_same_digest_is_noticed() {
        let mut sealed = Personal::seal("Ada".to_owned(), Salt([7; 16]));
        let column = sealed.to_column().unwrap().replace("Ada", "Eve");
        sealed.restore(&column).unwrap();
        assert!(!sealed.matches());
    }

    #[test]
    fn the_stored_texts_alone_tell_whether_a_part_matches() {
        let sealed = Personal::seal(vec!["Ada", "\u{e9}\u{1f44b}\"<"], Salt([7; 16]));
        let payload = serde_json::json!({ "n": 1, "personal": sealed }).to_string();
        let column = serde_json::to_string(&sealed.open).unwrap();
        assert!(column_matches(&payload, Some(&column)) && column_matches(&payload, None));
        for (payload, column) in [
            (payload.as_str(), column.replace("Ada", "Eve")),
            (payload.as_str(), column.replace("07", "08")),
            (payload.as_str(), "?".to_owned()),
            ("{}", column.clone()),
            ("?", column),
        ] {
            assert!(
                !column_matches(payload, Some(&column)),
                "{payload} {column}"
            );
        }
    }

    #[test]
    fn a_part_matches_wherever_its_digest_stands_and_whatever_else_looks_like_one() {
        let [sealed, other] = ["Ada", "Eve"].map(|name| Personal::seal(name, Salt([7; 16])));
        let [column, wrong] =
            [&sealed, &other].map(|sealed| serde_json::to_string(&sealed.open).unwrap());
        let [digest, another] = [&sealed, &other].map(|sealed| &sealed.digest);
        let looks_so = serde_json::json!(format!(",\"personal\":\"{another}"));
        for payload in [
            format!("{{\"personal\":\"{digest}\"}}"),
            format!("{{\"n\":1,\"personal\":\"{digest}\"}}"),
            format!("{{\"personal\":\"{digest}\",\"n\":1}}"),
            format!("{{\"personal\":\"{digest}\",\"z\":{looks_so}}}"),
            format!("{{\"personal\":\"{digest}\",\"z\":{{\"n\":1,\"personal\":\"{another}\"}}}}"),
        ] {
            assert!(column_matches(&payload, Some(&column)), "{payload}");
            assert!(!column_matches(&payload, Some(&wrong)), "{payload}");
        }
        let spaced = column.replacen(':', ": ", 1);
        let payload = format!("{{\"n\":1,\"personal\":\"{digest}\"}}");
        assert!(column_matches(&payload, Some(&spaced)));
    }

    #[test]
    fn equal_values_have_different_digests() {
        let one = Personal::seal("Ada".to_owned(), Salt([1; 16]));
        let two = Personal::seal("Ada".to_owned(), Salt([2; 16]));
        assert_ne!(
            serde_json::to_string(&one).unwrap(),
            serde_json::to_string(&two).unwrap()
        );
    }
}
