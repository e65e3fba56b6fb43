//! What may be said in a chat: the words of a message, and the emoji of a reaction.
//!
//! The stored text is exactly what was sent, so what would deceive or break whoever shows it is refused
//! instead of mended. `docs/moderators.md` says the same to people; the table in the tests shows both.

use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

/// The longest chat message, in characters as a reader counts them: a family of four is one.
pub const CHARACTERS_MAX: usize = 500;
/// The longest chat message, in bytes of UTF-8: 16 for each character, which is more than any script
/// takes, and keeps a message of flags and families from being a page.
pub const BYTES_MAX: usize = 8_000;
/// The most marks on one character. Vietnamese takes two, Hebrew with its accents four.
pub const MARKS_MAX: usize = 4;
/// The most lines.
pub const LINES_MAX: usize = 10;
/// The longest emoji, in bytes: a family of four with skin tones has 41, the flag of Scotland 28.
pub const EMOJI_BYTES_MAX: usize = 64;

const FIELD: &str = "text";

rejections! {
    /// Why a text was not taken into a chat.
    {
        /// Over the limit of bytes.
        TooManyBytes { /// The most allowed.
            limit: usize, /// How many were sent.
            length: usize } => "TOO_MANY_BYTES", Some(FIELD);
        /// More marks on one character than any language needs.
        StackedMarks { /// The most allowed.
            limit: usize } => "STACKED_MARKS", Some(FIELD);
        /// More lines than a chat shows.
        TooManyLines { /// The most allowed.
            limit: usize } => "TOO_MANY_LINES", Some(FIELD);
        /// A character that hides, or turns the direction of what follows.
        HiddenCharacter => "HIDDEN_CHARACTER", Some(FIELD);
        /// Something else than one emoji.
        NotAnEmoji => "NOT_AN_EMOJI", Some("emoji");
        /// The same text again, and again.
        RepeatedText { /// How often it may be said.
            times: u32, /// In which period.
            seconds: u32, /// When it is worth trying again, in seconds.
            retry_after: u32 } => "REPEATED_TEXT", Some(FIELD);
    }
}

/// `text`, if it may stand in a chat.
///
/// # Errors
/// `EMPTY`, `TOO_LONG`, `BAD_CHARACTER`, or a rule of [`Rejection`].
pub fn checked(text: String) -> Result<String, crate::Rejection> {
    if text.len() > BYTES_MAX {
        let (limit, length) = (BYTES_MAX, text.len());
        // Before anything goes over it.
        return Err(Rejection::TooManyBytes { limit, length }.into());
    }
    let text = crate::text::required(FIELD, text, usize::MAX)?;
    if text.lines().nth(LINES_MAX).is_some() {
        return Err(Rejection::TooManyLines { limit: LINES_MAX }.into());
    }
    // What most messages are made of needs no look at each character.
    if text.is_ascii() {
        return bounded(text.len(), text);
    }
    let mut length = 0;
    for character in text.graphemes(true) {
        length += 1;
        check(character)?;
    }
    if text.graphemes(true).all(is_invisible) {
        return Err(crate::text::Rejection::Empty { field: FIELD }.named());
    }
    bounded(length, text)
}

fn bounded(length: usize, text: String) -> Result<String, crate::Rejection> {
    let (field, limit) = (FIELD, CHARACTERS_MAX);
    if length > limit {
        return Err(crate::text::Rejection::TooLong {
            field,
            limit,
            length,
        }
        .named());
    }
    Ok(text)
}

/// One character as a reader sees it.
fn check(character: &str) -> Result<(), Rejection> {
    if character.is_ascii() {
        return Ok(());
    }
    let is_emoji = is_emoji(character);
    let (mut marks, mut before) = (0, None);
    let mut chars = character.chars().peekable();
    while let Some(c) = chars.next() {
        if is_mark(c) && !is_variation(c) {
            marks += 1;
        }
        let fits = match c {
            // Joins emoji, and letters of scripts that join; between letters of the alphabet it only
            // keeps words from being found.
            '\u{200c}' | '\u{200d}' => {
                let joins = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && c != '\u{200d}');
                joins(before)
                    && (is_emoji
                        || c == '\u{200c}'
                        || chars.peek().is_none()
                        || joins(chars.peek().copied()))
            }
            // The letters of a regional flag.
            '\u{e0020}'..='\u{e007f}' => character.starts_with('\u{1f3f4}'),
            _ => !hides(c),
        };
        if !fits {
            return Err(Rejection::HiddenCharacter);
        }
        before = Some(c);
    }
    if marks > MARKS_MAX && !is_emoji {
        return Err(Rejection::StackedMarks { limit: MARKS_MAX });
    }
    Ok(())
}

/// Takes no room, or turns what follows around. The marks of direction that whoever writes Arabic or
/// Hebrew types (U+200E, U+200F, U+061C) do neither.
fn hides(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_variation(c: char) -> bool {
    matches!(c, '\u{fe0e}' | '\u{fe0f}')
}

fn is_mark(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark
    )
}

fn is_invisible(character: &str) -> bool {
    character.chars().all(|c| {
        c.is_whitespace()
            || is_mark(c)
            // BRAILLE PATTERN BLANK is a symbol and shows nothing.
            || matches!(c, '\u{200c}'..='\u{200f}' | '\u{61c}' | '\u{2800}')
    })
}

/// Whether a character, as a reader sees it, is an emoji.
fn is_emoji(character: &str) -> bool {
    let Some(first) = character.chars().next() else {
        return false;
    };
    if first.is_ascii() {
        // 1️⃣, and neither 1 nor #.
        return character.ends_with('\u{20e3}') && first.is_emoji_char();
    }
    first.is_emoji_char()
}

/// Whether a text has emoji and nothing else but blanks between them.
pub fn is_emoji_only(text: &str) -> bool {
    let mut characters = text.graphemes(true).filter(|c| !c.trim().is_empty());
    let mut some = false;
    characters.all(|character| {
        some = true;
        is_emoji(character)
    }) && some
}

/// `text`, if it is one emoji: what somebody reacts with.
///
/// # Errors
/// `NOT_AN_EMOJI`.
pub fn one_emoji(text: &str) -> Result<String, crate::Rejection> {
    let mut characters = text.graphemes(true);
    match (characters.next(), characters.next()) {
        (Some(one), None)
            if one.len() <= EMOJI_BYTES_MAX && is_emoji(one) && check(one).is_ok() =>
        {
            Ok(one.to_owned())
        }
        _ => Err(Rejection::NotAnEmoji.into()),
    }
}

/// What two texts have in common that say the same to a reader: letters and digits in one case, each run
/// of the same one once, and nothing else; the text itself where that leaves nothing.
pub fn skeleton(text: &str) -> String {
    let mut skeleton = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() && !skeleton.ends_with(c) {
            skeleton.push(c);
        }
    }
    if skeleton.is_empty() {
        skeleton.extend(text.split_whitespace());
    }
    skeleton
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: impl Into<String>) -> &'static str {
        checked(text.into()).map_or_else(|refused| refused.code, |_| "")
    }

    #[test]
    fn what_people_write_is_taken_as_it_is() {
        for text in [
            "hello",
            " <b>été</b> \n",
            "e\u{301}te\u{301}",
            "Ti\u{1ebf}ng Vi\u{1ec7}t, ti\u{302}\u{301}ng vie\u{323}\u{302}t",
            "สวัสดีครับ ที่นี่",
            "नमस्ते क्ष्म्य",
            "שָׁלוֹם",
            "مرحبا \u{200f}(LOL)\u{200f}",
            "می\u{200c}خواهم",
            "한국어 日本語",
            "👩‍🚀 👨‍👩‍👧‍👦 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} 👍🏽 ❤\u{fe0f} 1\u{fe0f}\u{20e3} 🇻🇳",
            "¯\\_(ツ)_/¯",
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n10",
        ] {
            assert_eq!(checked(text.to_owned()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_deceives_or_breaks_the_chat_is_refused() {
        for (text, wanted) in [
            ("", "EMPTY"),
            (" \n\t", "EMPTY"),
            ("\u{200e}\u{200f}", "EMPTY"),
            ("\u{2800}\u{2800}", "EMPTY"),
            ("\u{3000}", "EMPTY"),
            ("\u{7}", "BAD_CHARACTER"),
            ("a\u{0}", "BAD_CHARACTER"),
            // Overrides, embeddings and isolates of direction.
            ("abc\u{202e}cba", "HIDDEN_CHARACTER"),
            ("\u{202a}abc\u{202c}", "HIDDEN_CHARACTER"),
            ("\u{2066}abc\u{2069}", "HIDDEN_CHARACTER"),
            // Blanks without a width.
            ("b\u{200b}ad", "HIDDEN_CHARACTER"),
            ("b\u{200d}ad", "HIDDEN_CHARACTER"),
            ("b\u{200c}ad", "HIDDEN_CHARACTER"),
            ("b\u{ad}ad", "HIDDEN_CHARACTER"),
            ("b\u{2060}ad", "HIDDEN_CHARACTER"),
            ("\u{feff}bad", "HIDDEN_CHARACTER"),
            ("b\u{e0061}ad", "HIDDEN_CHARACTER"),
            ("\u{3164}", "HIDDEN_CHARACTER"),
            ("\u{115f}", "HIDDEN_CHARACTER"),
            ("a\u{2028}b", "HIDDEN_CHARACTER"),
            ("👩\u{200d}\u{200d}🚀", "HIDDEN_CHARACTER"),
            ("z\u{301}\u{302}\u{303}\u{304}\u{305}", "STACKED_MARKS"),
            ("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11", "TOO_MANY_LINES"),
        ] {
            assert_eq!(code(text), wanted, "{text:?}");
        }
        assert_eq!(
            code("z\u{301}\u{302}\u{303}\u{304}"),
            "",
            "four marks are a language's"
        );
    }

    #[test]
    fn length_counts_what_a_reader_counts() {
        assert_eq!(code("x".repeat(500)), "");
        assert_eq!(code("x".repeat(501)), "TOO_LONG");
        assert_eq!(code("e\u{301}".repeat(500)), "");
        assert_eq!(code("e\u{301}".repeat(501)), "TOO_LONG");
        assert_eq!(code("👍🏽".repeat(500)), "");
        let refused = checked("👍🏽".repeat(501)).unwrap_err();
        assert!(refused.arguments.contains(&("length", 501_usize.into())));
        // 500 families are 12,500 bytes.
        assert_eq!(code("👨‍👩‍👧‍👦".repeat(320)), "");
        assert_eq!(code("👨‍👩‍👧‍👦".repeat(321)), "TOO_MANY_BYTES");
        assert_eq!(code("x".repeat(1_000_000)), "TOO_MANY_BYTES");
    }

    #[test]
    fn emoji_are_told_from_words() {
        for text in [
            "👍",
            "👍🏽 🎉",
            "❤\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "🇻🇳🇫🇷",
            "👨‍👩‍👧‍👦",
        ] {
            assert!(is_emoji_only(text), "{text}");
        }
        for text in ["", " ", "1", "#", "a", "👍a", "42", "!", "\u{301}"] {
            assert!(!is_emoji_only(text), "{text}");
        }
        assert_eq!(one_emoji("👨‍👩‍👧‍👦").as_deref(), Ok("👨‍👩‍👧‍👦"));
        for text in ["", "👍👍", "x", "👍 ", "1"] {
            assert_eq!(one_emoji(text).unwrap_err().code, "NOT_AN_EMOJI", "{text}");
        }
        let long = format!("👍{}", "\u{200d}👍".repeat(20));
        assert_eq!(one_emoji(&long).unwrap_err().code, "NOT_AN_EMOJI");
    }

    #[test]
    fn what_reads_alike_is_the_same_text() {
        for (one, other) in [
            ("Buy now!!!", "buy  NOW"),
            ("hellooooo", "hello"),
            ("🎉 🎉", "🎉🎉"),
            ("b.u.y", "buy"),
        ] {
            assert_eq!(skeleton(one), skeleton(other));
        }
        assert_ne!(skeleton("hello"), skeleton("hallo"));
        assert_ne!(skeleton("👍"), skeleton("👎"));
    }
}
