//! What a request's body is said to be. Only JSON is read: a page of another site can send any other
//! kind that a form has without its browser asking first.

use super::accept::{is_utf8, parts};
use super::refused::Refused;
use crate::messages::Sentence;
use axum::http::{HeaderMap, StatusCode, header};

/// Refuses a body that is not said to be JSON in UTF-8, as it is.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Refused> {
    let unsupported = |sentence| {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Err(Refused::input(status, sentence))
    };
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(content_type), None) = (types.next(), types.next()) else {
        return unsupported(Sentence::NotJson);
    };
    let content_type = content_type.to_str().unwrap_or_default();
    let mut parts = parts(content_type, b';');
    let essence = parts.next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return unsupported(Sentence::NotJson);
    }
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        if is_charset && !is_utf8(value.trim().trim_matches('"')) {
            return unsupported(Sentence::NotUtf8);
        }
    }
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return unsupported(Sentence::ContentEncoded);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(lines: &[(header::HeaderName, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value.parse().unwrap());
        }
        check(&headers).is_ok()
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        let json = "application/json";
        for content_type in [
            json,
            "Application/JSON ; Charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/json; boundary=x",
        ] {
            assert!(
                taken(&[(header::CONTENT_TYPE, content_type)]),
                "{content_type}"
            );
        }
        for content_type in [
            "",
            "text/plain",
            "text/plain; application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=application/json",
            "application/jsonp",
            "application/json; charset=latin1",
            "application/json; charset",
            "application/json, text/plain",
        ] {
            assert!(
                !taken(&[(header::CONTENT_TYPE, content_type)]),
                "{content_type}"
            );
        }
        assert!(!taken(&[]));
        assert!(!taken(&[
            (header::CONTENT_TYPE, json),
            (header::CONTENT_TYPE, "text/plain")
        ]));
        assert!(taken(&[
            (header::CONTENT_TYPE, json),
            (header::CONTENT_ENCODING, "identity")
        ]));
        assert!(!taken(&[
            (header::CONTENT_TYPE, json),
            (header::CONTENT_ENCODING, "gzip")
        ]));
    }
}
