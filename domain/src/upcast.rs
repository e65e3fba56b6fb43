//! Old events, lifted to what is written today.
//!
//! A stored event is for ever, and so is its version. When an event changes its shape, its version is
//! raised and a step from the version before is written beside it, in the `events!` table; reading
//! applies the steps one after the other, from whichever version is stored to the current one. The
//! rest of the product knows the current shape alone.
//!
//! One stored event comes out as one event, always: it has one position, which is a client's cursor,
//! a link of the chain and a checkpoint, so that two events at one position could not be told apart,
//! resumed between, or counted. Where one old fact is two facts today, the current event says both.
//!
//! Steps are pure: JSON in, JSON out. What has no place in the old event must be derived from it or
//! be optional; a step cannot ask anyone.

use crate::personal::{Erasable as _, Personal, PersonalError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The field that stands for the personal part in every payload that has one.
const PERSONAL: &str = "personal";

/// One step, from a version to the next.
pub struct Upcast {
    /// What is different since, for the catalogue of events.
    pub change: &'static str,
    /// Makes the newer version of the older one.
    pub(crate) step: fn(&mut Stored) -> Result<(), UpcastError>,
}

/// Why an old event cannot be lifted: it does not have the shape of its version.
#[derive(Debug, thiserror::Error)]
pub enum UpcastError {
    /// The payload.
    #[error(transparent)]
    Payload(#[from] serde_json::Error),
    /// The personal part.
    #[error(transparent)]
    Personal(#[from] PersonalError),
}

/// An event's columns on their way up.
pub struct Stored {
    payload: Map<String, Value>,
    personal: Option<String>,
}

impl Stored {
    /// Takes a field out of the payload; one that is not there reads as null.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, field: &str) -> Result<T, UpcastError> {
        let value = self.payload.remove(field).unwrap_or_default();
        Ok(serde_json::from_value(value)?)
    }

    /// Puts a field into the payload.
    pub(crate) fn put<T: Serialize>(&mut self, field: &str, value: T) -> Result<(), UpcastError> {
        let value = serde_json::to_value(value)?;
        self.payload.insert(field.to_owned(), value);
        Ok(())
    }

    /// The personal part, as its version had it.
    pub(crate) fn personal<T: Serialize + DeserializeOwned>(
        &self,
    ) -> Result<Personal<T>, UpcastError> {
        let digest = self.payload.get(PERSONAL).cloned().unwrap_or_default();
        let mut personal: Personal<T> = serde_json::from_value(digest)?;
        if let Some(column) = &self.personal {
            personal.restore(column)?;
        }
        Ok(personal)
    }

    /// Puts the personal part back.
    pub(crate) fn set_personal<T: Serialize + DeserializeOwned>(
        &mut self,
        personal: &Personal<T>,
    ) -> Result<(), UpcastError> {
        let digest = serde_json::to_value(personal)?;
        self.payload.insert(PERSONAL.to_owned(), digest);
        self.personal = personal.to_column();
        Ok(())
    }
}

/// Lifts an event's payload and personal part through `steps`.
pub(crate) fn lift(
    steps: &[Upcast],
    payload: &str,
    personal: Option<&str>,
) -> Result<(String, Option<String>), UpcastError> {
    let mut stored = Stored {
        payload: serde_json::from_str(payload)?,
        personal: personal.map(str::to_owned),
    };
    for upcast in steps {
        (upcast.step)(&mut stored)?;
    }
    Ok((serde_json::to_string(&stored.payload)?, stored.personal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Salt;

    fn rename(stored: &mut Stored) -> Result<(), UpcastError> {
        let name: String = stored.take("nick")?;
        stored.payload.insert("name".to_owned(), name.into());
        Ok(())
    }

    fn shout(stored: &mut Stored) -> Result<(), UpcastError> {
        let name: String = stored.take("name")?;
        stored
            .payload
            .insert("name".to_owned(), name.to_uppercase().into());
        let personal = stored
            .personal::<String>()?
            .map(|text| vec![text.to_uppercase()]);
        stored.set_personal(&personal)
    }

    const STEPS: [Upcast; 2] = [
        Upcast {
            change: "nick is called name",
            step: rename,
        },
        Upcast {
            change: "louder",
            step: shout,
        },
    ];

    fn lifted(payload: &str, personal: Option<&str>) -> (Value, Personal<Vec<String>>) {
        let (payload, personal) = lift(&STEPS, payload, personal).unwrap();
        let payload: Value = serde_json::from_str(&payload).unwrap();
        let mut part: Personal<Vec<String>> =
            serde_json::from_value(payload[PERSONAL].clone()).unwrap();
        if let Some(column) = personal {
            part.restore(&column).unwrap();
        }
        (payload, part)
    }

    fn old() -> (String, String) {
        let sealed = Personal::seal("hello".to_owned(), Salt([7; 16]));
        let digest = serde_json::to_string(&sealed).unwrap();
        let payload = format!(r#"{{"nick":"ada","personal":{digest}}}"#);
        (payload, sealed.to_column().unwrap())
    }

    #[test]
    fn steps_are_taken_in_order() {
        let (payload, personal) = old();
        let (payload, part) = lifted(&payload, Some(&personal));
        assert_eq!(payload["name"], "ADA");
        assert_eq!(part.get(), Some(&vec!["HELLO".to_owned()]));
        assert!(part.matches());
    }

    #[test]
    fn what_was_erased_stays_erased() {
        let (payload, _) = old();
        let (_, part) = lifted(&payload, None);
        assert_eq!(part.get(), None);
    }

    #[test]
    fn what_did_not_match_does_not_match_afterwards() {
        let (payload, personal) = old();
        let (_, part) = lifted(&payload, Some(&personal.replace("hello", "hullo")));
        assert!(!part.matches());
    }

    #[test]
    fn what_is_not_of_its_version_is_an_error() {
        for payload in [
            "?",
            "[]",
            "{}",
            r#"{"nick":7}"#,
            r#"{"nick":"ada","personal":7}"#,
        ] {
            assert!(lift(&STEPS, payload, None).is_err(), "{payload}");
        }
        let (payload, _) = old();
        assert!(lift(&STEPS, &payload, Some("?")).is_err());
    }
}
