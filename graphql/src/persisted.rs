//! Automatic persisted queries, as Apollo's clients send them: the hash of a query instead of its text,
//! `extensions: {persistedQuery: {version: 1, sha256Hash}}`, and the text along with it once, when the
//! server says that it does not know it.
//!
//! What is kept is only what was a document within the limits, so that nobody fills the place with
//! anything else; it is kept in this process's memory, and what does not fit any more is asked for again.

use crate::Fault;
use crate::cache::Cache;
use crate::messages::Sentence;
use async_graphql::{Request, Value};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// What all kept texts may take together.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// The extension that carries the hash.
const EXTENSION: &str = "persistedQuery";

/// Texts by their hashes.
pub(crate) struct Persisted(Cache<str>);

/// A hash whose text is not kept yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct New(String);

impl Persisted {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(Cache::new(BYTES_MAX))
    }

    /// Gives a request the text that its hash stands for. Where it brings both, they must belong
    /// together; then the hash is given back, for [`Persisted::keep`].
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_FOUND`, or what is wrong with the extension.
    pub(crate) fn resolve(&self, request: &mut Request) -> Result<Option<New>, Fault> {
        let Some(extension) = request.extensions.get(EXTENSION) else {
            return Ok(None);
        };
        let hash = hash_of(extension)?;
        if request.query.is_empty() {
            let text = self.0.get(&hash).ok_or(Fault::PersistedQueryNotFound)?;
            text.as_ref().clone_into(&mut request.query);
            return Ok(None);
        }
        if sha256(&request.query) != hash {
            return Err(Fault::BadInput(Sentence::HashOfAnotherQuery));
        }
        Ok(Some(New(hash)))
    }

    /// Keeps the text of a hash.
    pub(crate) fn keep(&self, New(hash): &New, text: &str) {
        self.0.put(hash, text.into(), text.len());
    }
}

fn hash_of(extension: &Value) -> Result<String, Fault> {
    let malformed = || Fault::BadInput(Sentence::NotAPersistedQuery);
    let Value::Object(fields) = extension else {
        return Err(malformed());
    };
    match (fields.get("version"), fields.get("sha256Hash")) {
        (Some(Value::Number(version)), Some(Value::String(hash)))
            if version.as_u64() == Some(1)
                && hash.len() == 64
                && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            Ok(hash.to_ascii_lowercase())
        }
        _ => Err(malformed()),
    }
}

fn sha256(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        let _infallible = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const QUERY: &str = "{headPosition}";

    fn request(query: &str, extension: &serde_json::Value) -> Request {
        let body = json!({"query": query, "extensions": {"persistedQuery": extension}});
        serde_json::from_value(body).unwrap()
    }

    fn of(hash: &str) -> serde_json::Value {
        json!({"version": 1, "sha256Hash": hash})
    }

    #[test]
    fn a_text_is_found_by_its_hash_once_it_was_kept() {
        let persisted = Persisted::new();
        let hash = sha256(QUERY);
        let found = persisted.resolve(&mut request("", &of(&hash)));
        assert_eq!(found, Err(Fault::PersistedQueryNotFound));
        let new = persisted.resolve(&mut request(QUERY, &of(&hash))).unwrap();
        persisted.keep(&new.unwrap(), QUERY);
        for hash in [hash.clone(), hash.to_uppercase()] {
            let mut request = request("", &of(&hash));
            assert_eq!(persisted.resolve(&mut request), Ok(None));
            assert_eq!(request.query, QUERY);
        }
    }

    #[test]
    fn a_hash_is_of_its_text() {
        let persisted = Persisted::new();
        let wrong = persisted.resolve(&mut request("{me{id}}", &of(&sha256(QUERY))));
        assert_eq!(wrong.unwrap_err().code(), "BAD_USER_INPUT");
        assert_eq!(
            sha256("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn an_extension_that_is_none_is_refused() {
        let hash = sha256(QUERY);
        for extension in [
            json!("x"),
            json!(null),
            json!({}),
            json!({"version": 1}),
            json!({"version": 2, "sha256Hash": hash}),
            json!({"version": "1", "sha256Hash": hash}),
            json!({"version": 1, "sha256Hash": 7}),
            json!({"version": 1, "sha256Hash": &hash[1..]}),
            json!({"version": 1, "sha256Hash": "x".repeat(64)}),
        ] {
            let refused = Persisted::new().resolve(&mut request(QUERY, &extension));
            assert_eq!(refused.unwrap_err().code(), "BAD_USER_INPUT", "{extension}");
        }
    }
}
