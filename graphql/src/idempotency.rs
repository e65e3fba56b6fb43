//! `clientMutationId`: a mutation that is sent again is answered with the first receipt.

use crate::auth::{key_for, keyed_digest};
use crate::messages::ID_MISSING;
use async_graphql::{Context, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use tributary_domain::Rejection;
use tributary_domain::command::{Actor, CommandId};
use tributary_domain::text::{self, Characters};
use tributary_store::Keyring;

const FIELD: &str = "clientMutationId";

/// What a mutation was sent with: its own id, and a digest of everything else.
pub(crate) struct Sent {
    id: Option<String>,
    body: [u8; 32],
}

impl Sent {
    /// Reads the mutation that `ctx` is the field of.
    ///
    /// # Errors
    /// When the id is empty, too long, or has control characters.
    pub(crate) fn read(ctx: &Context<'_>, keyring: &Keyring) -> Result<Self, Rejection> {
        let arguments = ctx.field().arguments().unwrap_or_default();
        let input = arguments.into_iter().find(|(name, _)| name == "input");
        let Some((_, Value::Object(mut input))) = input else {
            return Ok(Self {
                id: None,
                body: [0; 32],
            });
        };
        let id = match input.swap_remove(FIELD) {
            Some(Value::String(id)) => Some(checked(id)?),
            _ => None,
        };
        let json = Value::Object(input)
            .into_json()
            .map(sorted)
            .unwrap_or_default();
        let name = ctx.field().name();
        // Keyed, because the receipt is stored and the input may hold a password or a message: a
        // plain digest could be tried against guesses.
        let key = key_for("mutation body", keyring.token_key());
        let body = keyed_digest(&key, &[name.as_bytes(), json.to_string().as_bytes()]);
        Ok(Self { id, body })
    }

    /// Refuses a mutation without an id.
    ///
    /// # Errors
    /// `ID_MISSING`.
    pub(crate) fn is_named(&self) -> Result<(), Rejection> {
        if self.id.is_some() {
            return Ok(());
        }
        Err(Rejection::new(ID_MISSING, Some(FIELD), vec![]))
    }

    /// The command's id, if the client gave one. Ids are each actor's own.
    pub(crate) fn command_id(&self, actor: Actor) -> Option<CommandId> {
        let id = self.id.clone()?;
        Some(CommandId {
            scope: actor.to_string(),
            id,
            body: self.body,
        })
    }
}

fn checked(id: String) -> Result<String, Rejection> {
    let (field, length) = (FIELD, id.chars().count());
    let refused = if id.is_empty() {
        text::Rejection::Empty { field }
    } else if length > CommandId::CHARACTERS_MAX {
        let limit = CommandId::CHARACTERS_MAX;
        text::Rejection::TooLong {
            field,
            limit,
            length,
        }
    } else if id.chars().any(char::is_control) {
        let allowed = Characters::Printable;
        text::Rejection::BadCharacter { field, allowed }
    } else {
        return Ok(id);
    };
    Err(refused.named())
}

/// The same value with the keys of every object in order, so that it reads the same however a client
/// wrote it.
fn sorted(json: Json) -> Json {
    match json {
        Json::Object(map) => {
            let by_key: BTreeMap<_, _> = map
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            Json::Object(by_key.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let one: Json = serde_json::from_str(r#"{"b":[{"d":1,"c":2}],"a":null}"#).unwrap();
        let other: Json = serde_json::from_str(r#"{"a":null,"b":[{"c":2,"d":1}]}"#).unwrap();
        assert_eq!(sorted(one).to_string(), sorted(other).to_string());
        assert_ne!(
            sorted(json!([1, 2])).to_string(),
            sorted(json!([2, 1])).to_string()
        );
    }

    #[test]
    fn ids_are_short_texts() {
        assert_eq!(
            checked("é".repeat(64)).map_err(|r| r.code),
            Ok("é".repeat(64))
        );
        for (id, code) in [
            (String::new(), "EMPTY"),
            ("x".repeat(65), "TOO_LONG"),
            ("a\nb".into(), "BAD_CHARACTER"),
        ] {
            assert_eq!(checked(id).unwrap_err().code, code);
        }
    }
}
