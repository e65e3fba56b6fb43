//! Documents that are named must exist, and links between them must lead somewhere.

mod markdown;

use super::tree::{Tree, is_document};

/// The rules' own tests are about documents that are made up.
const MADE_UP_IN: &str = "xtask/src/tidy/";

/// Documents that a file of code names and that are not there. A document is meant by
/// `docs/….md`, or by a name in capitals such as `ARCHITECTURE.md`, which stands in the root or
/// beside the file.
pub fn named_in_code(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    let is_code = |path: &str| !is_document(path) && !path.starts_with(MADE_UP_IN);
    for (path, text) in tree.texts().filter(|(path, _)| is_code(path)) {
        for (number, line) in (1..).zip(text.lines()) {
            for name in names(line) {
                if !tree.has(name) && !tree.has(&resolve(path, name).unwrap_or_default()) {
                    faults.push(format!(
                        "{path}:{number}: names {name}, which does not exist"
                    ));
                }
            }
        }
    }
    faults
}

fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_ascii_alphanumeric() && !"_./-".contains(letter))
        .map(|word| word.trim_end_matches(['.', '/']).trim_start_matches("../"))
        .map(|word| word.trim_start_matches("./"))
        .filter(|word| word.strip_suffix(".md").is_some_and(is_name))
}

fn is_name(stem: &str) -> bool {
    let capitals = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    stem.starts_with("docs/") || (!stem.is_empty() && stem.bytes().all(capitals))
}

/// Links in documents whose file, or whose heading, is not there.
pub fn links(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in tree.documents() {
        for link in markdown::links(text) {
            if let Err(reason) = follow(tree, path, link.target) {
                faults.push(format!(
                    "{path}:{}: links to {}, {reason}",
                    link.line, link.target
                ));
            }
        }
    }
    faults
}

fn follow(tree: &Tree, from: &str, target: &str) -> Result<(), &'static str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return Ok(());
    }
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let file = match file {
        "" => from.to_owned(),
        _ => resolve(from, file).ok_or("which is outside the workspace")?,
    };
    if !tree.has(&file) {
        return Err("which does not exist");
    }
    let text = tree.text(&file).filter(|_| is_document(&file));
    match text {
        Some(text) if !heading.is_empty() && !markdown::anchors(text).any(|it| it == heading) => {
            Err("where there is no such heading")
        }
        _ => Ok(()),
    }
}

/// The path that `target` means in the file `from`; None if it leads out of the root.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let target = match target.strip_prefix('/') {
        Some(from_root) => from_root,
        None => {
            parts.extend(
                from.rsplit_once('/')
                    .iter()
                    .flat_map(|(folder, _)| folder.split('/')),
            );
            target
        }
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_the_code_names_must_exist() {
        let code = "//! See docs/log.md.\n//! See ../docs/gone.md, and ARCHITECTURE.md.";
        let tree = Tree::of(&[("store/src/lib.rs", code), ("docs/log.md", "")]);
        assert_eq!(
            named_in_code(&tree),
            [
                "store/src/lib.rs:2: names docs/gone.md, which does not exist",
                "store/src/lib.rs:2: names ARCHITECTURE.md, which does not exist",
            ]
        );
    }

    #[test]
    fn a_document_may_stand_beside_the_code_and_others_urls_are_not_ours() {
        let code = "NOTES.md https://example.com/docs/gone.md x.md";
        let tree = Tree::of(&[("store/lib.rs", code), ("store/NOTES.md", "")]);
        assert_eq!(named_in_code(&tree), Vec::<String>::new());
    }

    fn broken(link: &str) -> Vec<String> {
        links(&Tree::of(&[
            ("README.md", "# Tributary\n## Try it\n"),
            ("docs/guide.md", &format!("# Guide\n[a]({link})")),
            ("src/main.rs", ""),
        ]))
    }

    #[test]
    fn links_that_lead_somewhere_are_right() {
        for link in [
            "../README.md",
            "/README.md",
            "../README.md#try-it",
            "#guide",
            "guide.md",
        ] {
            assert_eq!(broken(link), Vec::<String>::new(), "{link}");
        }
        for link in [
            "../src",
            "../src/main.rs#L1",
            "https://example.com/x.md",
            "mailto:a@b.c",
        ] {
            assert_eq!(broken(link), Vec::<String>::new(), "{link}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_reported() {
        assert_eq!(
            broken("README.md"),
            ["docs/guide.md:2: links to README.md, which does not exist"]
        );
        assert_eq!(
            broken("../README.md#install"),
            ["docs/guide.md:2: links to ../README.md#install, where there is no such heading"]
        );
        assert_eq!(
            broken("../../x.md"),
            ["docs/guide.md:2: links to ../../x.md, which is outside the workspace"]
        );
        assert_eq!(broken("#nowhere").len(), 1);
    }
}
