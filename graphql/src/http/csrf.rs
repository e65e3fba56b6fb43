//! What a page of another site cannot make a browser send unasked.
//!
//! A browser sends some requests for any page without asking the server first (a "preflight"): those
//! that a link, an image or a form could send. A body must be JSON, which none of these can be
//! ([`super::content`]). A GET has no body, so a browser's must have something else that takes a
//! preflight, or come from our own pages. Programs that are no browsers act for nobody but whoever runs
//! them: they are not asked for it. Every browser says that it is one (`user-agent: Mozilla/…`), and a
//! page that wants it to say something else causes a preflight by that.

use super::cors::Origins;
use super::refused::Refused;
use crate::messages::Sentence;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// Headers that a page cannot add without a preflight.
const FORCE_PREFLIGHT: [HeaderName; 4] = [
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("graphql-require-preflight"),
    HeaderName::from_static("x-requested-with"),
    header::AUTHORIZATION,
];

/// Headers that browsers add, and programs seldom do.
const OF_BROWSERS: [HeaderName; 5] = [
    header::ORIGIN,
    header::COOKIE,
    header::REFERER,
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static("sec-fetch-dest"),
];

/// Refuses a GET that a page of another site may have caused.
pub(super) fn check(headers: &HeaderMap, origins: &Origins) -> Result<(), Refused> {
    let has_any = |names: &[HeaderName]| names.iter().any(|name| headers.contains_key(name));
    let is_json = super::content::check(headers).is_ok();
    if is_json || has_any(&FORCE_PREFLIGHT) {
        return Ok(());
    }
    let agent = headers.get(header::USER_AGENT);
    let is_mozilla = agent.is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/"));
    if !is_mozilla && !has_any(&OF_BROWSERS) {
        return Ok(());
    }
    // Only the browser itself can write this: `none` is an address that somebody typed.
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let is_ours = matches!(site, Some(b"same-origin" | b"none"));
    if is_ours || origins.lists(headers) {
        return Ok(());
    }
    Err(Refused::input(StatusCode::BAD_REQUEST, Sentence::CrossSite))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(lines: &[(&'static str, &'static str)]) -> bool {
        let headers = lines.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        check(&headers.collect(), &"https://app.example".parse().unwrap()).is_ok()
    }

    const MOZILLA: (&str, &str) = ("user-agent", "Mozilla/5.0 (X11)");

    #[test]
    fn what_a_browser_sends_unasked_is_refused() {
        for lines in [
            &[MOZILLA][..],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), MOZILLA],
            &[("sec-fetch-dest", "image")],
            &[("referer", "https://evil.example/"), MOZILLA],
            &[("cookie", "tributary_viewer=x")],
            &[("content-type", "text/plain"), MOZILLA],
            &[
                ("content-type", "application/x-www-form-urlencoded"),
                MOZILLA,
            ],
            &[("origin", "https://app.example.evil.example"), MOZILLA],
        ] {
            assert!(!taken(lines), "{lines:?}");
        }
    }

    #[test]
    fn what_took_a_preflight_or_is_no_browser_passes() {
        for lines in [
            &[][..],
            &[("user-agent", "curl/8.14.1"), ("accept", "*/*")],
            // Node's fetch.
            &[
                ("user-agent", "node"),
                ("sec-fetch-mode", "cors"),
                ("accept-language", "*"),
            ],
            &[
                MOZILLA,
                ("apollo-require-preflight", "1"),
                ("sec-fetch-site", "cross-site"),
            ],
            &[MOZILLA, ("x-requested-with", "XMLHttpRequest")],
            &[MOZILLA, ("authorization", "Bearer x")],
            &[MOZILLA, ("content-type", "application/json")],
            &[MOZILLA, ("sec-fetch-site", "same-origin")],
            &[MOZILLA, ("sec-fetch-site", "none")],
            &[
                MOZILLA,
                ("origin", "https://app.example"),
                ("sec-fetch-site", "cross-site"),
            ],
        ] {
            assert!(taken(lines), "{lines:?}");
        }
    }
}
