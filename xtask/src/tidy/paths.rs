//! What is committed works anywhere: it names no folder of one machine and no registry's host.

use super::tree::Tree;

/// Folders as absolute paths. Written in two parts, so that this file keeps its own rule.
const FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];

const HOSTS: &[&str] = &[
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("pypi", ".org"),
    concat!("files.", "pythonhosted.org"),
    concat!("deb.", "debian.org"),
    concat!("arti", "factory"),
];

/// Lines that name what only one machine has.
pub fn check(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in tree.texts() {
        for (number, line) in (1..).zip(text.lines()) {
            let folders = FOLDERS.iter().filter(|folder| names_folder(line, folder));
            let hosts = HOSTS.iter().filter(|host| line.contains(**host));
            for found in folders.chain(hosts) {
                faults.push(format!(
                    "{path}:{number}: names {found}, which is one machine's own"
                ));
            }
        }
    }
    faults
}

/// Whether the path stands there by itself: in `homework/` or `example.com/work` it does not.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || "_-.}".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machines_folder_is_reported_with_its_line() {
        let text = format!("first\nsee {}here", FOLDERS[0]);
        let fault = format!("a.rs:2: names {}, which is one machine's own", FOLDERS[0]);
        assert_eq!(check(&Tree::of(&[("a.rs", &text)])), [fault]);
    }

    #[test]
    fn every_folder_and_host_is_reported_in_any_file() {
        for found in FOLDERS.iter().chain(HOSTS) {
            let text = format!("\"{found}x\"");
            assert_eq!(check(&Tree::of(&[("any.json", &text)])).len(), 1, "{found}");
        }
    }

    #[test]
    fn part_of_a_longer_path_is_not_reported() {
        let text = format!("a{0} ${{x}}{0} https://example.com{0}", FOLDERS[0]);
        assert_eq!(check(&Tree::of(&[("a.md", &text)])), Vec::<String>::new());
    }
}
