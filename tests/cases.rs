//! The table of what must not go wrong names tests that exist.

use std::fs;
use std::path::Path;

const CASES: [&str; 2] = [
    include_str!("cases.md"),
    include_str!("../media/tests/cases.md"),
];

/// As many as there are; one that is taken out is missed.
const CASES_MIN: usize = 20;

#[test]
fn every_case_is_shown_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for cases in CASES {
        every_case_is_shown(root, cases);
    }
}

fn every_case_is_shown(root: &Path, cases: &str) {
    let rows = cases.lines().filter(|line| line.starts_with("| "));
    let rows: Vec<_> = rows.skip(1).collect();
    assert!(rows.len() >= CASES_MIN, "{} cases", rows.len());
    for row in rows {
        let shown = row.split('|').nth(2).unwrap();
        let mut text = None;
        let mut tests = 0;
        for name in shown.split('`').skip(1).step_by(2) {
            if Path::new(name).extension().is_some() {
                text = Some(fs::read_to_string(root.join(name)).expect(name));
            } else {
                let text = text.as_ref().expect("a file before its tests");
                assert!(text.contains(&format!("fn {name}(")), "{name} is gone");
                tests += 1;
            }
        }
        assert!(tests > 0, "no test: {row}");
    }
}
