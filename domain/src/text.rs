//! Texts that people send, with their limits. The stored text is exactly what was sent.

use serde::{Deserialize, Serialize};
use std::fmt;

rejections! {
    /// Why a text was refused.
    {
        /// Nothing but white space where something is needed.
        Empty { /// The field.
            field: &'static str } => "EMPTY", None;
        /// Over the limit.
        TooLong { /// The field.
            field: &'static str, /// The most characters allowed.
            limit: usize, /// How many were sent.
            length: usize } => "TOO_LONG", None;
        /// Under the limit.
        TooShort { /// The field.
            field: &'static str, /// The fewest characters allowed.
            limit: usize } => "TOO_SHORT", None;
        /// A character that the field does not take.
        BadCharacter { /// The field.
            field: &'static str, /// What it takes.
            allowed: Characters } => "BAD_CHARACTER", None;
        /// Not an e-mail address.
        NotAnEmail => "NOT_AN_EMAIL", Some("email");
        /// Too many tags.
        TooManyTags { /// The most allowed.
            limit: usize } => "TOO_MANY_TAGS", Some("tags");
    }
}

/// What a text may consist of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Characters {
    /// Anything but control characters.
    Printable,
    /// The letters a to z, digits, `_` and `-`.
    OfNames,
}

impl Rejection {
    /// The same refusal with the input field that it is about.
    pub fn named(self) -> crate::Rejection {
        let field = match &self {
            Self::Empty { field }
            | Self::TooLong { field, .. }
            | Self::TooShort { field, .. }
            | Self::BadCharacter { field, .. } => Some(*field),
            Self::NotAnEmail | Self::TooManyTags { .. } => self.field(),
        };
        crate::Rejection::new(self.code(), field, self.arguments())
    }
}

/// The longest stream title, in characters.
pub const TITLE_CHARACTERS_MAX: usize = 140;
/// The longest stream description, in characters.
pub const DESCRIPTION_CHARACTERS_MAX: usize = 5_000;
/// The longest category or tag, in characters.
pub const LABEL_CHARACTERS_MAX: usize = 50;
/// The most tags on one stream.
pub const TAGS_MAX: usize = 10;
/// The longest reason for an act of moderation, in characters.
pub const REASON_CHARACTERS_MAX: usize = 500;
/// The longest message on a tip, in characters.
pub const TIP_MESSAGE_CHARACTERS_MAX: usize = 255;
/// The shortest and the longest account name, in characters.
pub const NAME_CHARACTERS: std::ops::RangeInclusive<usize> = 3..=50;
/// The longest e-mail address, in characters.
pub const EMAIL_CHARACTERS_MAX: usize = 255;

/// `text`, if it has 1 to `limit` characters and no control characters but line breaks.
///
/// # Errors
/// `EMPTY`, `TOO_LONG` or `BAD_CHARACTER`, naming `field`.
pub fn required(
    field: &'static str,
    text: String,
    limit: usize,
) -> Result<String, crate::Rejection> {
    if text.trim().is_empty() {
        return Err(Rejection::Empty { field }.named());
    }
    bounded(field, text, limit)
}

/// `text`, if it has at most `limit` characters; empty becomes `None`.
///
/// # Errors
/// `TOO_LONG` or `BAD_CHARACTER`, naming `field`.
pub fn optional(
    field: &'static str,
    text: Option<String>,
    limit: usize,
) -> Result<Option<String>, crate::Rejection> {
    text.filter(|text| !text.trim().is_empty())
        .map(|text| bounded(field, text, limit))
        .transpose()
}

fn bounded(field: &'static str, text: String, limit: usize) -> Result<String, crate::Rejection> {
    let length = text.chars().count();
    if length > limit {
        return Err(Rejection::TooLong {
            field,
            limit,
            length,
        }
        .named());
    }
    if text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
    {
        let allowed = Characters::Printable;
        return Err(Rejection::BadCharacter { field, allowed }.named());
    }
    Ok(text)
}

/// The tags of a stream: trimmed, without repetitions.
///
/// # Errors
/// `TOO_MANY_TAGS`, or what one tag is refused for.
pub fn tags(tags: Vec<String>) -> Result<Vec<String>, crate::Rejection> {
    if tags.len() > TAGS_MAX {
        return Err(Rejection::TooManyTags { limit: TAGS_MAX }.named());
    }
    let mut kept: Vec<String> = Vec::with_capacity(tags.len());
    for tag in tags {
        let tag = required("tags", tag.trim().to_owned(), LABEL_CHARACTERS_MAX)?;
        if !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    Ok(kept)
}

/// An account's name: 3 to 50 of `A-Z a-z 0-9 _ -`, as its owner writes it. It stands in URLs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountName(String);

impl AccountName {
    /// Checks a name.
    ///
    /// # Errors
    /// `TOO_SHORT`, `TOO_LONG` or `BAD_CHARACTER` for the field `name`.
    pub fn new(text: &str) -> Result<Self, crate::Rejection> {
        let (field, length) = ("name", text.chars().count());
        if length < *NAME_CHARACTERS.start() {
            return Err(Rejection::TooShort {
                field,
                limit: *NAME_CHARACTERS.start(),
            }
            .named());
        }
        if length > *NAME_CHARACTERS.end() {
            let limit = *NAME_CHARACTERS.end();
            return Err(Rejection::TooLong {
                field,
                limit,
                length,
            }
            .named());
        }
        if !text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        {
            let allowed = Characters::OfNames;
            return Err(Rejection::BadCharacter { field, allowed }.named());
        }
        Ok(Self(text.to_owned()))
    }

    /// As its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which names are compared.
    pub fn normalised(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An e-mail address, as its owner writes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Checks the shape: `local@domain.tld`, at most 255 characters. Whether mail arrives there is
    /// not known.
    ///
    /// # Errors
    /// `TOO_LONG` or `NOT_AN_EMAIL` for the field `email`.
    pub fn new(text: &str) -> Result<Self, crate::Rejection> {
        let text = text.trim();
        let length = text.chars().count();
        if length > EMAIL_CHARACTERS_MAX {
            let limit = EMAIL_CHARACTERS_MAX;
            return Err(Rejection::TooLong {
                field: "email",
                limit,
                length,
            }
            .named());
        }
        let wrong = || Rejection::NotAnEmail.named();
        let (local, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
        let labels_fine = domain.contains('.')
            && domain.split('.').all(|label| {
                !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        let odd = |c: char| c.is_whitespace() || c.is_control() || "@<>()[],;:\\\"".contains(c);
        if local.is_empty() || local.chars().any(odd) || !labels_fine {
            return Err(wrong());
        }
        Ok(Self(text.to_owned()))
    }

    /// As its owner writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared.
    pub fn normalised(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T: fmt::Debug>(result: Result<T, crate::Rejection>) -> &'static str {
        result.expect_err("refused").code
    }

    #[test]
    fn names_stand_in_urls() {
        assert_eq!(
            AccountName::new("Ada_Lovelace-1").unwrap().normalised(),
            "ada_lovelace-1"
        );
        assert_eq!(code(AccountName::new("ab")), "TOO_SHORT");
        assert_eq!(code(AccountName::new(&"a".repeat(51))), "TOO_LONG");
        for bad in ["a b c", "../etc", "adà", "a/b", "a\u{0}b"] {
            assert_eq!(code(AccountName::new(bad)), "BAD_CHARACTER", "{bad:?}");
        }
    }

    #[test]
    fn addresses_have_a_local_part_and_a_domain() {
        assert_eq!(
            EmailAddress::new(" Ada@Example.COM ").unwrap().normalised(),
            "ada@example.com"
        );
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "a b@c.de",
            "a@b..c",
            "a@b@c.de",
        ] {
            assert_eq!(code(EmailAddress::new(bad)), "NOT_AN_EMAIL", "{bad:?}");
        }
        assert_eq!(
            code(EmailAddress::new(&format!(
                "{}@example.com",
                "a".repeat(250)
            ))),
            "TOO_LONG"
        );
    }

    #[test]
    fn a_text_is_kept_exactly_as_it_was_sent() {
        let text = "  <b>été</b> 👩‍🚀\n".to_owned();
        assert_eq!(required("text", text.clone(), 500).unwrap(), text);
        assert_eq!(code(required("text", " \n ".into(), 500)), "EMPTY");
        assert_eq!(code(required("text", "é".repeat(501), 500)), "TOO_LONG");
        assert_eq!(
            code(required("text", "a\u{7}".into(), 500)),
            "BAD_CHARACTER"
        );
        assert_eq!(
            required("text", "é".repeat(500), 500)
                .unwrap()
                .chars()
                .count(),
            500
        );
    }

    #[test]
    fn a_refusal_names_its_field() {
        let refused = required("title", "x".repeat(1_000_000), TITLE_CHARACTERS_MAX).unwrap_err();
        assert_eq!(refused.field, Some("title"));
        assert!(
            refused
                .arguments
                .contains(&("length", 1_000_000_usize.into()))
        );
    }

    #[test]
    fn tags_are_few_and_different() {
        assert_eq!(
            tags(vec!["rust".into(), " rust ".into(), "art".into()]).unwrap(),
            ["rust", "art"]
        );
        assert_eq!(code(tags(vec!["x".into(); 11])), "TOO_MANY_TAGS");
        assert_eq!(code(tags(vec![String::new()])), "EMPTY");
    }
}
