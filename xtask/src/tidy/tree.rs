//! The workspace's files, as the rules see them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::workspace::output;

/// Folders that hold nothing of ours; asked only where git cannot say which files are tracked.
const NOT_OURS: &[&str] = &[".git", "target", "node_modules", "dist", "data"];

/// Paths are relative to the root, with `/` between their parts.
#[derive(Default)]
pub struct Tree {
    /// The tracked files that are text.
    texts: BTreeMap<String, String>,
    /// Every file and folder that a link may lead to: also files that are not added to git yet.
    places: BTreeSet<String>,
}

impl Tree {
    /// Reads the workspace.
    pub fn load(root: &Path) -> Result<Self> {
        let listed = git_files(root, &["--cached"]).and_then(|tracked| {
            let untracked = git_files(root, &["--others", "--exclude-standard"])?;
            Ok((tracked, untracked))
        });
        // Without git (an unpacked archive) every file counts as tracked.
        let (tracked, untracked) = match listed {
            Ok(listed) => listed,
            Err(_) => (walk(root)?, Vec::new()),
        };
        let mut tree = Self::default();
        for path in untracked {
            tree.add_place(&path);
        }
        for path in tracked {
            let bytes = match fs::read(root.join(&path)) {
                Ok(bytes) => bytes,
                // Removed but not committed yet, or a link that leads nowhere.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
            };
            tree.add_place(&path);
            if let Ok(text) = String::from_utf8(bytes) {
                tree.texts.insert(path, text);
            }
        }
        Ok(tree)
    }

    fn add_place(&mut self, path: &str) {
        let mut place = path;
        while self.places.insert(place.to_owned()) {
            let Some((folder, _)) = place.rsplit_once('/') else {
                break;
            };
            place = folder;
        }
    }

    /// Path and text of each file.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The documents among them.
    pub fn documents(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| is_document(path))
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Whether there is such a file or folder; the empty path is the root.
    pub fn has(&self, path: &str) -> bool {
        path.is_empty() || self.places.contains(path)
    }

    /// A made-up workspace.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add_place(path);
            tree.texts.insert((*path).to_owned(), (*text).to_owned());
        }
        tree
    }
}

/// Whether the file is prose rather than code.
pub fn is_document(path: &str) -> bool {
    path.ends_with(".md")
}

fn git_files(root: &Path, which: &[&str]) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    let list = output(git.current_dir(root).args(["ls-files", "-z"]).args(which))?;
    Ok(list.split_terminator('\0').map(str::to_owned).collect())
}

fn walk(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = if folder.is_empty() {
                name.clone()
            } else {
                format!("{folder}/{name}")
            };
            if !entry.file_type()?.is_dir() {
                files.push(path);
            } else if !NOT_OURS.contains(&name.as_str()) {
                folders.push(path);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::root;

    #[test]
    fn a_tree_holds_files_and_the_folders_above_them() {
        let tree = Tree::of(&[("docs/guide/start.md", "")]);
        assert!(tree.has("docs/guide/start.md") && tree.has("docs/guide") && tree.has("docs"));
        assert!(!tree.has("docs/guide/end.md") && !tree.has("guide"));
    }

    #[test]
    fn the_workspace_is_read_with_git_and_without() {
        let tree = Tree::load(&root()).unwrap();
        assert!(tree.text("Cargo.toml").unwrap().contains("[workspace]"));
        assert!(tree.has("xtask/src/tidy"));
        let walked = walk(&root()).unwrap();
        assert!(walked.iter().any(|path| path == "xtask/src/tidy/tree.rs"));
        assert!(walked.iter().all(|path| !path.starts_with("target/")));
    }
}
