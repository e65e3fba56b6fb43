//! Documents name environment variables; a reader who sets one that we do not read is misled.

use std::collections::BTreeSet;

use super::tree::Tree;

const PREFIX: &str = "TRIBUTARY_";

/// Settings that a document names and the binary's source does not.
pub fn check(tree: &Tree) -> Vec<String> {
    let source = tree.texts().filter(|(path, _)| path.starts_with("src/"));
    let known: BTreeSet<&str> = source.flat_map(|(_, text)| names(text)).collect();
    let mut faults = Vec::new();
    for (path, text) in tree.documents() {
        for (number, line) in (1..).zip(text.lines()) {
            for name in names(line).filter(|name| !is_known(name, &known)) {
                faults.push(format!(
                    "{path}:{number}: names {name}, which src/ does not read"
                ));
            }
        }
    }
    faults
}

/// `TRIBUTARY_HTTP_` (as in `TRIBUTARY_HTTP_*`) stands for every name that begins so.
fn is_known(name: &str, known: &BTreeSet<&str>) -> bool {
    known.contains(name) || (name.ends_with('_') && known.iter().any(|it| it.starts_with(name)))
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    let in_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    text.match_indices(PREFIX)
        .filter(move |(at, _)| *at == 0 || !in_name(text.as_bytes()[at - 1]))
        .map(move |(at, _)| {
            let length = text[at..].bytes().take_while(|byte| in_name(*byte)).count();
            &text[at..at + length]
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(document: &str) -> Vec<String> {
        check(&Tree::of(&[
            (
                "src/settings.rs",
                r#"env("TRIBUTARY_DATA"), env("TRIBUTARY_HTTP_PORT")"#,
            ),
            ("store/src/lib.rs", "TRIBUTARY_ELSEWHERE"),
            ("docs/settings.md", document),
        ]))
    }

    #[test]
    fn a_setting_that_the_binary_reads_may_be_named() {
        assert_eq!(
            faults("`TRIBUTARY_DATA=x`, TRIBUTARY_HTTP_PORT, `TRIBUTARY_HTTP_*`").len(),
            0
        );
        assert_eq!(faults("`TRIBUTARY_<NAME>`, NOT_TRIBUTARY_OURS").len(), 0);
    }

    #[test]
    fn a_setting_that_it_does_not_read_is_reported() {
        assert_eq!(
            faults("\nset TRIBUTARY_DAT=x"),
            ["docs/settings.md:2: names TRIBUTARY_DAT, which src/ does not read"]
        );
        assert_eq!(faults("TRIBUTARY_DATA_2").len(), 1);
        assert_eq!(faults("TRIBUTARY_ELSEWHERE").len(), 1);
        assert_eq!(faults("TRIBUTARY_RTMP_*").len(), 1);
    }
}
