//! Long files are a sign that a thing has no room of its own. Only a warning: some are right.

use super::tree::Tree;

const LINES_MAX: usize = 400;

/// Source files that are longer than they should be.
pub fn check(tree: &Tree) -> Vec<String> {
    tree.texts()
        .filter(|(path, _)| [".rs", ".ts", ".tsx"].iter().any(|end| path.ends_with(end)))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{path}: {lines} lines; split it (over {LINES_MAX})"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_source_files_are_named() {
        let (long, short) = ("x\n".repeat(401), "x\n".repeat(400));
        let tree = Tree::of(&[
            ("a.rs", &long),
            ("b.rs", &short),
            ("c.md", &long),
            ("d.tsx", &long),
        ]);
        assert_eq!(
            check(&tree),
            [
                "a.rs: 401 lines; split it (over 400)",
                "d.tsx: 401 lines; split it (over 400)"
            ]
        );
    }
}
