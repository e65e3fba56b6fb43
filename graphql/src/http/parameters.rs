//! Reads the parameters of a request: `query`, `operationName`, `variables`, `extensions`, as a JSON
//! object, an array of them, or parameters of a URL.

use crate::Fault;
use crate::api::ApiSettings;
use crate::guard;
use crate::messages::Sentence;
use async_graphql::{Extensions, Request, Variables};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// What is asked in one HTTP request.
#[derive(Debug)]
pub(super) enum Asked {
    /// One operation.
    One(Box<Request>),
    /// Operations that are answered together.
    Batch(Vec<Request>),
}

/// A request whose parameters have not been looked at.
#[derive(Clone, Copy, Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default)]
    query: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "operationName")]
    operation_name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    variables: Option<&'a RawValue>,
    #[serde(borrow, default)]
    extensions: Option<&'a RawValue>,
}

/// Reads a body.
///
/// # Errors
/// What is wrong with it.
pub(super) fn of_body(body: &[u8], settings: &ApiSettings) -> Result<Asked, Fault> {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => Ok(Asked::One(Box::new(of_object(json(body)?, settings)?))),
        Some(b'[') => {
            let most = settings.batch_max;
            if most == 0 {
                return Err(Fault::BadInput(Sentence::NoBatches));
            }
            let parts: Vec<&RawValue> = json(body)?;
            if parts.is_empty() || parts.len() > most {
                let found = parts.len();
                return Err(Fault::BadInput(Sentence::BatchSize { most, found }));
            }
            let parts = parts.into_iter();
            let requests = parts.map(|part| of_object(json(part.get().as_bytes())?, settings));
            Ok(Asked::Batch(requests.collect::<Result<_, _>>()?))
        }
        _ => Err(Fault::BadInput(Sentence::NotAnObject)),
    }
}

/// Reads the parameters of a URL.
///
/// # Errors
/// What is wrong with them.
pub(super) fn of_url(
    parameters: Vec<(String, String)>,
    settings: &ApiSettings,
) -> Result<Request, Fault> {
    let [mut query, mut operation_name, mut variables, mut extensions] = [const { None }; 4];
    for (name, value) in parameters {
        let slot = match name.as_str() {
            "query" => &mut query,
            "operationName" => &mut operation_name,
            "variables" => &mut variables,
            "extensions" => &mut extensions,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(Fault::BadInput(Sentence::GivenTwice { name }));
        }
    }
    let variables = variables.filter(|text| !text.is_empty());
    let extensions = extensions.filter(|text| !text.is_empty());
    request(
        query,
        operation_name,
        variables.as_deref(),
        extensions.as_deref(),
        settings,
    )
}

fn of_object(raw: Raw<'_>, settings: &ApiSettings) -> Result<Request, Fault> {
    request(
        string("query", raw.query)?,
        string("operationName", raw.operation_name)?,
        raw.variables.map(RawValue::get),
        raw.extensions.map(RawValue::get),
        settings,
    )
}

fn request(
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<&str>,
    extensions: Option<&str>,
    settings: &ApiSettings,
) -> Result<Request, Fault> {
    let mut request = Request::new(query.unwrap_or_default());
    request.operation_name = operation_name.filter(|name| !name.is_empty());
    if let Some(variables) = object::<Variables>("variables", variables, settings)? {
        request.variables = variables;
    }
    if let Some(extensions) = object::<Extensions>("extensions", extensions, settings)? {
        request.extensions = extensions;
    }
    // A query that is named by its hash comes without its text.
    if request.query.is_empty() && request.extensions.is_empty() {
        return Err(Fault::BadInput(Sentence::NoQuery));
    }
    Ok(request)
}

fn string(name: &'static str, raw: Option<&RawValue>) -> Result<Option<String>, Fault> {
    match raw.map(RawValue::get) {
        None | Some("null") => Ok(None),
        Some(text) if text.starts_with('"') => json(text.as_bytes()).map(Some),
        Some(_) => Err(Fault::BadInput(Sentence::NotAString { name })),
    }
}

/// An object that may be absent or null, and no larger than variables may be.
fn object<T: DeserializeOwned>(
    name: &'static str,
    text: Option<&str>,
    settings: &ApiSettings,
) -> Result<Option<T>, Fault> {
    match text.map(str::trim) {
        None | Some("null") => Ok(None),
        Some(text) if text.starts_with('{') => {
            guard::check_json(text, settings)?;
            json(text.as_bytes()).map(Some)
        }
        Some(_) => Err(Fault::BadInput(Sentence::NotAMap { name })),
    }
}

fn json<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Fault> {
    serde_json::from_slice(text).map_err(|error| {
        let detail = error.to_string();
        Fault::BadInput(Sentence::NotARequest { detail })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Asked, Fault> {
        of_body(body.as_bytes(), &ApiSettings::default())
    }

    #[test]
    fn a_request_is_read() {
        let body = r#" {"query": "{\"a\"}", "operationName": "Q", "variables": {"a": [1]},
                         "extensions": {"b": null}, "other": {"is": "ignored"}}"#;
        let Ok(Asked::One(request)) = read(body) else {
            panic!("one");
        };
        assert_eq!(request.query, "{\"a\"}");
        assert_eq!(request.operation_name.as_deref(), Some("Q"));
        assert_eq!(request.variables.len(), 1);
        assert_eq!(request.extensions.len(), 1);
        let nulls = r#"{"query":"q","operationName":null,"variables":null,"extensions":null}"#;
        assert!(read(nulls).is_ok());
    }

    #[test]
    fn a_batch_has_a_bound_and_can_be_switched_off() {
        let batch = |count: usize| format!("[{}]", vec![r#"{"query":"q"}"#; count].join(","));
        for count in [1, 10] {
            assert!(matches!(read(&batch(count)), Ok(Asked::Batch(all)) if all.len() == count));
        }
        for body in [batch(0), batch(11), batch(10_000), r#"["q"]"#.to_owned()] {
            assert_eq!(read(&body).unwrap_err().code(), "BAD_USER_INPUT");
        }
        let off = ApiSettings {
            batch_max: 0,
            ..ApiSettings::default()
        };
        let refused = of_body(batch(1).as_bytes(), &off).unwrap_err();
        assert!(refused.to_string().contains("one operation"), "{refused}");
    }

    #[test]
    fn what_is_no_request_is_refused_with_what_is_wrong() {
        for (body, says) in [
            ("", "JSON object"),
            ("null", "JSON object"),
            ("\"x\"", "JSON object"),
            ("{", "is not a GraphQL request"),
            ("[", "is not a GraphQL request"),
            (r#"{"query":"q"} x"#, "is not a GraphQL request"),
            (r#"{"query":"q","query":"q"}"#, "duplicate field `query`"),
            ("{\"query\":\"\u{7}\"}", "is not a GraphQL request"),
            (r#"{"query":"\ud800"}"#, "is not a GraphQL request"),
            ("{}", "has no `query`"),
            (r#"{"query":""}"#, "has no `query`"),
            (r#"{"query":null}"#, "has no `query`"),
            (r#"{"query":7}"#, "`query` must be a string"),
            (
                r#"{"query":"q","operationName":[]}"#,
                "`operationName` must be a string",
            ),
            (
                r#"{"query":"q","variables":[]}"#,
                "`variables` must be an object",
            ),
            (
                r#"{"query":"q","variables":"{}"}"#,
                "`variables` must be an object",
            ),
            (
                r#"{"query":"q","variables":{"a":1e999}}"#,
                "is not a GraphQL request",
            ),
            (
                r#"{"query":"q","extensions":false}"#,
                "`extensions` must be an object",
            ),
        ] {
            let said = read(body).unwrap_err();
            assert_eq!(said.code(), "BAD_USER_INPUT", "{body}");
            assert!(said.to_string().contains(says), "{body}: {said}");
        }
        assert!(of_body(b"{\"query\":\"\xff\"}", &ApiSettings::default()).is_err());
    }

    #[test]
    fn variables_are_bounded_before_they_are_read() {
        let n = 100_000;
        for variables in [
            format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n)),
            format!("{{\"a\":[{}1]}}", "1,".repeat(n)),
            format!("{{{}\"a\":1}}", "\"a\":1,".repeat(n)),
        ] {
            for name in ["variables", "extensions"] {
                let body = format!(r#"{{"query":"q","{name}":{variables}}}"#);
                assert_eq!(read(&body).unwrap_err().code(), "QUERY_TOO_COMPLEX");
            }
        }
    }

    #[test]
    fn a_url_has_the_same_parameters() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
            of_url(pairs.collect(), &ApiSettings::default())
        };
        let request = read(&[("query", "q"), ("variables", "{\"a\":1}"), ("x", "y")]).unwrap();
        assert_eq!((request.query.as_str(), request.variables.len()), ("q", 1));
        assert!(read(&[("query", "q"), ("variables", ""), ("operationName", "")]).is_ok());
        for pairs in [
            &[][..],
            &[("query", "")],
            &[("query", "q"), ("query", "q")],
            &[("query", "q"), ("variables", "[]")],
            &[("query", "q"), ("variables", "{")],
        ] {
            assert_eq!(
                read(pairs).unwrap_err().code(),
                "BAD_USER_INPUT",
                "{pairs:?}"
            );
        }
    }
}
