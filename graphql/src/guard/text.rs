//! Bounds a query's length and nesting without parsing it.
//!
//! async-graphql 7.2 parses by recursive descent without a limit on nested values: 4 kB of `[` end
//! the process. So brackets are counted here first, outside of strings and comments, by the grammar's
//! own lexical rules. Whatever does not fit those rules is refused, so that the parser never sees a
//! text that was counted otherwise than it reads it.

use crate::Fault;
use crate::messages::Sentence;

/// Refuses a query that is too long, nests too deep, or leaves a string open.
///
/// # Errors
/// Which of these it is.
pub(super) fn check(query: &str, bytes_max: usize, nesting_max: usize) -> Result<(), Fault> {
    if query.len() > bytes_max {
        return Err(Fault::TooComplex(Sentence::QueryTooLong {
            bytes: query.len(),
            most: bytes_max,
        }));
    }
    let open = || Fault::NotGraphql(Sentence::StringNotClosed);
    let mut rest = query.as_bytes();
    let mut nesting = 0_usize;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'"' => match rest.strip_prefix(b"\"\"\"") {
                Some(content) => after_block_string(content).ok_or_else(open)?,
                None => after_string(after).ok_or_else(open)?,
            },
            b'#' => after_comment(after),
            b'(' | b'[' | b'{' => {
                nesting += 1;
                if nesting > nesting_max {
                    let most = nesting_max;
                    return Err(Fault::TooComplex(Sentence::NestsTooDeep { most }));
                }
                after
            }
            b')' | b']' | b'}' => {
                nesting = nesting.saturating_sub(1);
                after
            }
            _ => after,
        };
    }
    Ok(())
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
        check(query, 1_000_000, 8).map_err(|fault| fault.code())
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
    fn length_is_bounded() {
        assert!(check("{a}", 3, 8).is_ok());
        assert!(check("{aa}", 3, 8).is_err());
    }
}
