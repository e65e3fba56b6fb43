//! Which sites' pages may read answers (CORS). Without a word from the server a browser shows a page
//! nothing that comes from another origin.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::fmt;
use std::str::FromStr;

/// How long a browser may remember what a preflight said, in seconds.
const PREFLIGHT_SECONDS: HeaderValue = HeaderValue::from_static("7200");

/// What pages may read beside the body.
const EXPOSED: HeaderValue = HeaderValue::from_static("retry-after");

/// Origins whose pages may use something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// Any. Cookies and other credentials are never sent along then.
    Any,
    /// These, with credentials. None: only our own pages.
    Listed(Vec<String>),
}

impl Origins {
    /// No other origin.
    pub const NONE: Self = Self::Listed(Vec::new());

    /// Whether the request comes from a page of an origin that is listed by name.
    pub(super) fn lists(&self, request: &HeaderMap) -> bool {
        match (self, request.get(header::ORIGIN)) {
            (Self::Listed(origins), Some(origin)) => origins
                .iter()
                .any(|listed| listed.as_bytes() == origin.as_bytes()),
            _ => false,
        }
    }

    /// Whether a page that sent this request may be answered at all, where no browser asks before: over
    /// WebSocket. Programs that are no browsers send no origin, and our own pages that of the host.
    pub fn admit(&self, request: &HeaderMap) -> bool {
        let Some(origin) = request.get(header::ORIGIN) else {
            return true;
        };
        let own = request.get(header::HOST).is_some_and(|host| {
            let (origin, host) = (origin.as_bytes(), host.as_bytes());
            let rest = origin.strip_suffix(host);
            matches!(rest, Some(b"http://" | b"https://"))
        });
        own || matches!(self, Self::Any) || self.lists(request)
    }

    /// Lets the page that sent a request read its response, if it may.
    pub fn allow(&self, request: &HeaderMap, response: &mut HeaderMap) {
        match self {
            Self::Any => {
                let any = HeaderValue::from_static("*");
                response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
            }
            Self::Listed(origins) if origins.is_empty() => return,
            Self::Listed(_) => {
                // A cache must not give one origin what was said to another.
                response.append(header::VARY, HeaderValue::from_static("origin"));
                let Some(origin) = request.get(header::ORIGIN) else {
                    return;
                };
                if !self.lists(request) {
                    return;
                }
                response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                let yes = HeaderValue::from_static("true");
                response.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
            }
        }
        response.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }

    /// Answers a browser that asks before it sends a page's request.
    pub fn preflight(
        &self,
        request: &HeaderMap,
        methods: &'static str,
        headers: &'static str,
    ) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let answer = response.headers_mut();
        answer.insert(header::ALLOW, HeaderValue::from_static(methods));
        self.allow(request, answer);
        if answer.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
            let said: [(HeaderName, HeaderValue); 3] = [
                (
                    header::ACCESS_CONTROL_ALLOW_METHODS,
                    HeaderValue::from_static(methods),
                ),
                (
                    header::ACCESS_CONTROL_ALLOW_HEADERS,
                    HeaderValue::from_static(headers),
                ),
                (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS),
            ];
            answer.extend(said);
        }
        response
    }
}

/// What is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no origin: write https://host or http://host:port, without a path; or * alone")]
pub struct NotAnOrigin(String);

impl FromStr for Origins {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let origins = parts.map(|part| {
            let origin = part.to_ascii_lowercase();
            let place = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"))
                .unwrap_or_default();
            let is_place = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
            if !place.is_empty() && place.bytes().all(is_place) {
                Ok(origin)
            } else {
                Err(NotAnOrigin(part.to_owned()))
            }
        });
        origins.collect::<Result<_, _>>().map(Self::Listed)
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Listed(origins) => f.write_str(&origins.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(origins: &str, origin: Option<&str>) -> HeaderMap {
        let mut request = HeaderMap::new();
        if let Some(origin) = origin {
            request.insert(header::ORIGIN, origin.parse().unwrap());
        }
        let origins: Origins = origins.parse().unwrap();
        origins
            .preflight(&request, "GET, POST", "content-type")
            .headers()
            .clone()
    }

    #[test]
    fn listed_origins_may_and_others_may_not() {
        let listed = "https://a.example, http://localhost:5173";
        for origin in ["https://a.example", "http://localhost:5173"] {
            let said = said(listed, Some(origin));
            assert_eq!(said["access-control-allow-origin"], origin);
            assert_eq!(said["access-control-allow-credentials"], "true");
            assert_eq!(said["access-control-allow-methods"], "GET, POST");
            assert_eq!(said["vary"], "origin");
        }
        for origin in [
            None,
            Some("https://b.example"),
            Some("http://a.example"),
            Some("https://a.example.evil"),
            Some("null"),
        ] {
            let said = said(listed, origin);
            assert!(
                !said.contains_key("access-control-allow-origin"),
                "{origin:?}"
            );
            assert!(
                !said.contains_key("access-control-allow-credentials"),
                "{origin:?}"
            );
            assert_eq!(said["vary"], "origin");
        }
        assert!(!said("", Some("https://a.example")).contains_key("access-control-allow-origin"));
    }

    #[test]
    fn any_origin_never_comes_with_credentials() {
        let said = said("*", Some("https://a.example"));
        assert_eq!(said["access-control-allow-origin"], "*");
        assert!(!said.contains_key("access-control-allow-credentials"));
    }

    #[test]
    fn origins_are_read_and_shown() {
        let read = |text: &str| text.parse::<Origins>().map(|origins| origins.to_string());
        assert_eq!(read("*").unwrap(), "*");
        assert_eq!(read("").unwrap(), "");
        assert_eq!(
            read(" https://A.example ,http://[::1]:80,").unwrap(),
            "https://a.example, http://[::1]:80"
        );
        for wrong in [
            "a.example",
            "https://",
            "https://a/",
            "https://a, *",
            "ftp://a",
            "https://a b",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
