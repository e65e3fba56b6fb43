//! Bounds a query's length, nesting, tokens and names without parsing it.
//!
//! async-graphql 7.2 parses by recursive descent without a limit on nested values: 4 kB of `[` end
//! the process. So brackets are counted here first, outside of strings and comments, by the grammar's
//! own lexical rules. Whatever does not fit those rules is refused, so that the parser never sees a
//! text that was counted otherwise than it reads it. Tokens are counted on the way: each becomes some
//! hundred bytes once it is parsed.

use crate::Fault;
use crate::api::ApiSettings;
use crate::messages::Sentence;

/// Refuses a query that is too long, nests too deep, has too many tokens or too long a name, or leaves
/// a string open. Gives the number of its tokens.
///
/// # Errors
/// Which of these it is.
pub(super) fn check(query: &str, settings: &ApiSettings) -> Result<usize, Fault> {
    if query.len() > settings.query_bytes_max {
        return Err(Fault::TooComplex(Sentence::QueryTooLong {
            bytes: query.len(),
            most: settings.query_bytes_max,
        }));
    }
    let open = || Fault::NotGraphql(Sentence::StringNotClosed);
    let mut rest = query.as_bytes();
    let (mut nesting, mut tokens) = (0_usize, 0_usize);
    while let Some((&byte, after)) = rest.split_first() {
        let before = tokens;
        tokens += 1;
        rest = match byte {
            b'"' => match rest.strip_prefix(b"\"\"\"") {
                Some(content) => after_block_string(content).ok_or_else(open)?,
                None => after_string(after).ok_or_else(open)?,
            },
            b'#' => {
                tokens = before;
                after_comment(after)
            }
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                tokens = before;
                after
            }
            b'(' | b'[' | b'{' => {
                nesting += 1;
                if nesting > settings.nesting_max {
                    return Err(Fault::TooComplex(Sentence::NestsTooDeep {
                        most: settings.nesting_max,
                    }));
                }
                after
            }
            b')' | b']' | b'}' => {
                nesting = nesting.saturating_sub(1);
                after
            }
            byte if is_of_word(byte) => {
                let length = rest.iter().position(|byte| !is_of_word(*byte));
                let length = length.unwrap_or(rest.len());
                if length > WORD_BYTES_MAX {
                    return Err(Fault::TooComplex(Sentence::WordTooLong {
                        most: WORD_BYTES_MAX,
                    }));
                }
                &rest[length..]
            }
            // `...` comes as three; the limit has room for that.
            _ => after,
        };
        if tokens > settings.tokens_max {
            return Err(Fault::TooComplex(Sentence::TooManyTokens {
                most: settings.tokens_max,
            }));
        }
    }
    Ok(tokens)
}

/// The longest name or number: ours have some 30 characters, those of clients' tools seldom 100.
const WORD_BYTES_MAX: usize = 256;

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What follows the closing quote of a string; `None` if the line or the text ends first.
fn after_string(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let (byte, after) = rest.split_first()?;
        rest = match byte {
            b'"' => return Some(after),
            b'\n' | b'\r' => return None,
            b'\\' => {
                after
                    .split_first()
                    .filter(|(escaped, _)| !matches!(escaped, b'\n' | b'\r'))?
                    .1
            }
            _ => after,
        };
    }
}

fn after_block_string(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        if let Some(after) = rest.strip_prefix(b"\"\"\"") {
            return Some(after);
        }
        let escaped = rest.strip_prefix(b"\\\"\"\"");
        rest = escaped.or_else(|| rest.get(1..))?;
    }
}

fn after_comment(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    end.map_or(&[], |end| &rest[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nesting(query: &str) -> Result<(), &'static str> {
        counted(query).map(|_| ())
    }

    fn counted(query: &str) -> Result<usize, &'static str> {
        let settings = ApiSettings {
            query_bytes_max: 10_000,
            nesting_max: 8,
            tokens_max: 1_000,
            ..ApiSettings::default()
        };
        check(query, &settings).map_err(|fault| fault.code())
    }

    #[test]
    fn brackets_of_every_kind_count_together() {
        assert_eq!(nesting("{a(b:[[{c:[1]}]])}"), Ok(()));
        for bomb in [
            "[".repeat(9),
            "{".repeat(9),
            "(".repeat(9),
            "{a(b:".repeat(5),
        ] {
            assert_eq!(nesting(&bomb), Err("QUERY_TOO_COMPLEX"), "{bomb}");
        }
        assert_eq!(nesting(&"{a}".repeat(100)), Ok(()));
        // Closing more than was opened must not pay for opening more.
        assert_eq!(
            nesting(&format!("{}{}", "]".repeat(100), "[".repeat(9))),
            Err("QUERY_TOO_COMPLEX")
        );
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let many = "[".repeat(100);
        for query in [
            format!("{{a(b: \"{many}\")}}"),
            format!("{{a(b: \"\\\"{many}\\\\\")}}"),
            format!("{{a(b: \"\"\"{many}\n\\\"\"\" \" \"\" {many}\"\"\")}}"),
            format!("# {many}\n{{a}}"),
            format!("{{a}} # {many}"),
            format!("{{a(b: \"\", c: \"{many}\")}}"),
        ] {
            assert_eq!(nesting(&query), Ok(()), "{query}");
            assert!(
                async_graphql::parser::parse_query(&query).is_ok(),
                "{query}"
            );
        }
    }

    #[test]
    fn a_string_or_comment_hides_nothing_that_follows_it() {
        let bomb = "[".repeat(9);
        for query in [
            format!("{{a(b: \"\" {bomb}"),
            format!("{{a(b: \"\"\"\"\"\" {bomb}"),
            format!("{{a(b: \"\\\\\" {bomb}"),
            format!("{{a(b: \"\"\"x\\\"\"\"\"\"\" {bomb}"),
            format!("# comment\r{bomb}"),
            format!("# \"\n{bomb}"),
        ] {
            assert_eq!(nesting(&query), Err("QUERY_TOO_COMPLEX"), "{query}");
        }
    }

    #[test]
    fn an_open_string_is_refused() {
        for query in [
            "{a(b: \"",
            "{a(b: \"x\n\")}",
            "{a(b: \"\"\"x\")}",
            "\"\\",
            "\"\\\n\"",
        ] {
            assert_eq!(nesting(query), Err("GRAPHQL_PARSE_FAILED"), "{query:?}");
        }
    }

    #[test]
    fn length_tokens_and_names_are_bounded() {
        let spaces = |count| format!("{{a}}{}", " ".repeat(count));
        assert_eq!(counted(&spaces(9_997)), Ok(3));
        assert_eq!(counted(&spaces(9_998)), Err("QUERY_TOO_COMPLEX"));
        assert_eq!(counted(&"a ".repeat(1_000)), Ok(1_000));
        assert_eq!(counted(&"a ".repeat(1_001)), Err("QUERY_TOO_COMPLEX"));
        assert_eq!(counted(&"!".repeat(1_001)), Err("QUERY_TOO_COMPLEX"));
        assert_eq!(counted(&"a".repeat(256)), Ok(1));
        assert_eq!(counted(&"a".repeat(257)), Err("QUERY_TOO_COMPLEX"));
    }

    #[test]
    fn tokens_are_those_of_the_grammar() {
        for (query, tokens) in [
            ("", 0),
            (" \t\r\n,,,", 0),
            ("# {a}", 0),
            ("{a}", 3),
            ("{ a(b: \"c d e\", f: $g) @h }", 14),
            ("\"\"\"a \\\"\"\" b\"\"\" c", 2),
        ] {
            assert_eq!(counted(query), Ok(tokens), "{query}");
        }
    }
}
