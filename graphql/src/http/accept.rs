//! Which media type an answer has: what the client accepts, by RFC 9110, of what there is.

use axum::http::{HeaderMap, header};

/// The media types of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/graphql-response+json`: the status says how the request fared.
    GraphqlResponse,
    /// `application/json`, as it was before: a well-formed request has status 200.
    Json,
    /// `text/event-stream`: the protocol of graphql-sse.
    EventStream,
}

impl Media {
    const ALL: [Self; 3] = [Self::GraphqlResponse, Self::Json, Self::EventStream];

    /// As a `Content-Type`.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::EventStream => "text/event-stream; charset=utf-8",
        }
    }

    /// What a refusal before the first event is written as.
    pub(super) fn of_one_answer(self) -> Self {
        match self {
            Self::EventStream => Self::Json,
            other => other,
        }
    }

    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::GraphqlResponse => ("application", "graphql-response+json"),
            Self::Json => ("application", "json"),
            Self::EventStream => ("text", "event-stream"),
        }
    }

    /// Which of two that are accepted alike is taken: where both are named, GraphQL's own; where a
    /// wildcard stands for both, what every client reads.
    fn preference(self, is_named: bool) -> u8 {
        match self {
            Self::GraphqlResponse if is_named => 2,
            Self::GraphqlResponse | Self::EventStream => 0,
            Self::Json => 1,
        }
    }
}

/// How well a media type is accepted: `q` in thousandths, and how exactly it is named (2: itself,
/// 1: `type/*`, 0: `*/*`).
type Accepted = (u16, u8);

/// The media type to answer with; `None` if the client takes none of ours. Without an `Accept` it is
/// JSON.
pub(super) fn negotiate(headers: &HeaderMap) -> Option<Media> {
    let lines = headers.get_all(header::ACCEPT);
    let mut lines = lines.iter().peekable();
    if lines.peek().is_none() {
        return Some(Media::Json);
    }
    let mut best = [None::<Accepted>; Media::ALL.len()];
    let mut is_empty = true;
    for line in lines {
        let ranges = parts(line.to_str().unwrap_or_default(), b',');
        for range in ranges.filter(|range| !range.trim().is_empty()) {
            is_empty = false;
            for (media, best) in Media::ALL.into_iter().zip(&mut best) {
                let found = accepted(range, media);
                // The most exact range decides, whatever its quality.
                if found.map(|(_, exact)| exact) > best.map(|(_, exact)| exact) {
                    *best = found;
                }
            }
        }
    }
    if is_empty {
        return Some(Media::Json);
    }
    Media::ALL
        .into_iter()
        .zip(best)
        .filter_map(|(media, accepted)| Some((media, accepted?)))
        .filter(|(_, (quality, _))| *quality > 0)
        // A stream of events is only for who asks for it by name.
        .filter(|(media, (_, exact))| *media != Media::EventStream || *exact == 2)
        .max_by_key(|(media, (quality, exact))| (*quality, *exact, media.preference(*exact == 2)))
        .map(|(media, _)| media)
}

/// How well a range of `Accept` covers a media type, if it does.
fn accepted(range: &str, media: Media) -> Option<Accepted> {
    let mut parts = parts(range, b';');
    let (kind, subtype) = parts.next()?.trim().split_once('/')?;
    let (own_kind, own_subtype) = media.name();
    let exact = if kind == "*" && subtype == "*" {
        0
    } else if !kind.eq_ignore_ascii_case(own_kind) {
        return None;
    } else if subtype == "*" {
        1
    } else if subtype.eq_ignore_ascii_case(own_subtype) {
        2
    } else {
        return None;
    };
    let mut quality = 1_000;
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim().trim_matches('"');
        match name.trim() {
            name if name.eq_ignore_ascii_case("q") => quality = thousandths(value)?,
            name if name.eq_ignore_ascii_case("charset") && !is_utf8(value) => return None,
            _ => {}
        }
    }
    Some((quality, exact))
}

pub(super) fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// `0`, `0.5`, `1.000`. A quality that is none makes its range count for nothing.
fn thousandths(quality: &str) -> Option<u16> {
    let (whole, rest) = quality.split_once('.').unwrap_or((quality, ""));
    if rest.len() > 3 || !rest.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let rest: u16 = format!("{rest:0<3}").parse().ok()?;
    match (whole, rest) {
        ("0", rest) => Some(rest),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

/// The parts between separators, of which those within quotes are none.
pub(super) fn parts(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut is_quoted = false;
        let mut is_escaped = false;
        let end = text.bytes().position(|byte| {
            let was_escaped = std::mem::take(&mut is_escaped);
            match byte {
                b'"' if !was_escaped => is_quoted = !is_quoted,
                b'\\' if is_quoted && !was_escaped => is_escaped = true,
                byte => return byte == separator && !is_quoted,
            }
            false
        });
        let (part, after) = match end {
            Some(end) => (&text[..end], text.get(end + 1..)),
            None => (text, None),
        };
        rest = after;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(lines: &[&str]) -> Option<Media> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ACCEPT, line.parse().unwrap());
        }
        negotiate(&headers)
    }

    const OURS: &str = "application/graphql-response+json";
    const JSON: &str = "application/json";
    const EVENTS: &str = "text/event-stream";

    #[test]
    fn what_is_accepted_best_is_chosen() {
        use Media::{EventStream, GraphqlResponse, Json};
        for (accept, media) in [
            ("", Some(Json)),
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            (JSON, Some(Json)),
            ("Application/JSON; Charset=\"UTF-8\"", Some(Json)),
            (OURS, Some(GraphqlResponse)),
            (&format!("{OURS}, {JSON}"), Some(GraphqlResponse)),
            (&format!("{JSON}, {OURS}"), Some(GraphqlResponse)),
            (&format!("{OURS};q=0.5, {JSON};q=0.9"), Some(Json)),
            (
                &format!("{OURS};q=0.9, {JSON};q=0.5, */*;q=0.1"),
                Some(GraphqlResponse),
            ),
            (&format!("{JSON};q=0.5, */*"), Some(GraphqlResponse)),
            (&format!("{OURS};q=0, */*"), Some(Json)),
            (&format!("{JSON};q=0, {OURS};q=0, */*"), None),
            ("text/html, */*;q=0.8", Some(Json)),
            ("text/html,application/xhtml+xml;q=0.9", None),
            ("application/jsonp", None),
            ("*/json", None),
            ("json", None),
            (&format!("{JSON}; charset=latin1"), None),
            (&format!("{JSON}; q=2"), None),
            (&format!("{JSON}; q=0.0001"), None),
            (&format!("text/x; a=\", {OURS}\", {JSON}"), Some(Json)),
            (EVENTS, Some(EventStream)),
            (&format!("{EVENTS}, {JSON};q=0.5"), Some(EventStream)),
            (&format!("{EVENTS};q=0.5, {JSON}"), Some(Json)),
            ("text/*", None),
        ] {
            assert_eq!(chosen(&[accept]), media, "{accept}");
        }
        assert_eq!(chosen(&[]), Some(Json));
        assert_eq!(chosen(&["text/html", OURS]), Some(GraphqlResponse));
    }

    #[test]
    fn quotes_hide_separators() {
        let split = |text: &'static str| parts(text, b',').collect::<Vec<_>>();
        assert_eq!(split("a,b"), ["a", "b"]);
        assert_eq!(split("a=\"x,\\\",y\",b"), ["a=\"x,\\\",y\"", "b"]);
        assert_eq!(split("\""), ["\""]);
        assert_eq!(split(""), [""]);
        assert_eq!(split("a,"), ["a", ""]);
    }
}
