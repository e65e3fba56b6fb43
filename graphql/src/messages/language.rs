//! The languages that there are, and which of them somebody reads.

/// A language of people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, for everybody who asks for none of these.
    #[default]
    English,
    /// French.
    French,
    /// Vietnamese.
    Vietnamese,
}

/// The most wishes of one header that are looked at.
const WISHES_MAX: usize = 32;

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::English, Self::French, Self::Vietnamese];

    /// Its tag, as RFC 5646 has it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::Vietnamese => "vi",
        }
    }

    /// The one that is liked best of those that there are, by the rules of `Accept-Language` (RFC 9110,
    /// 12.5.4): `fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5`. Of equal wishes the first counts; English where
    /// none can be met, and where the text is none.
    pub fn wanted(accept_language: &str) -> Self {
        let wishes = accept_language.split(',').take(WISHES_MAX);
        let mut best = (0, Self::English);
        for (language, weight) in wishes.filter_map(wish) {
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// What the payload of a `connection_init` asks for, as `acceptLanguage`: browsers cannot set the
    /// header of a socket's handshake.
    pub fn of_init(payload: &serde_json::Value) -> Option<Self> {
        let wanted = ["acceptLanguage", "Accept-Language", "accept-language"]
            .into_iter()
            .find_map(|name| payload.get(name)?.as_str());
        wanted.map(Self::wanted)
    }
}

/// One wish: a language that there is, and its weight in thousandths.
fn wish(text: &str) -> Option<(Language, u16)> {
    let (range, parameters) = text.split_once(';').unwrap_or((text, ""));
    let primary = range.trim().split('-').next()?;
    let language = Language::ALL
        .into_iter()
        .find(|language| primary.eq_ignore_ascii_case(language.tag()))
        .or((primary == "*").then_some(Language::English))?;
    let weight = match parameters.trim().split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => thousandths(value.trim())?,
        _ => 1_000,
    };
    Some((language, weight))
}

/// `0.8` as 800: a weight has at most three digits after the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || rest.len() > 3 || !digits(rest) {
        return None;
    }
    let weight = format!("{whole}{rest:0<3}").parse().ok()?;
    (weight <= 1_000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, French, Vietnamese};

    #[test]
    fn a_socket_says_what_is_read_there() {
        let init = |text: &str| Language::of_init(&serde_json::from_str(text).unwrap());
        assert_eq!(init(r#"{"acceptLanguage": "vi"}"#), Some(Vietnamese));
        assert_eq!(init(r#"{"Accept-Language": "fr-FR"}"#), Some(French));
        assert_eq!(init(r#"{"acceptLanguage": "de"}"#), Some(English));
        for silent in ["{}", "null", "[]", r#"{"acceptLanguage": 1}"#] {
            assert_eq!(init(silent), None, "{silent}");
        }
    }

    #[test]
    fn the_language_that_is_liked_best_of_those_that_there_are_is_taken() {
        for (wishes, language) in [
            ("", English),
            ("fr", French),
            ("FR-ca", French),
            ("vi-VN,vi;q=0.9,en;q=0.8", Vietnamese),
            ("de, fr;q=0.7, en;q=0.8", English),
            ("de, fr;q=0.9, en;q=0.8", French),
            ("en;q=0.8, fr;q=0.8", English),
            ("fr;q=0.8, en;q=0.8", French),
            ("fr;q=0, vi;q=0.001", Vietnamese),
            ("fr;q=0", English),
            ("*", English),
            ("de;q=1, *;q=0.1, vi;q=0.2", Vietnamese),
            ("fr;q=1.5", English),
            ("fr;q=x", English),
            ("fr;q=0.1234", English),
            ("french", English),
            (";;;,,=,fr", French),
        ] {
            assert_eq!(Language::wanted(wishes), language, "{wishes:?}");
        }
        let many = format!("{}fr", "xx,".repeat(100_000));
        assert_eq!(Language::wanted(&many), English, "wishes are bounded");
    }
}
