//! `cargo xtask events`: the catalogue of events, made from the source and the golden files, so that an
//! analyst reads the log without either.

mod render;
mod source;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::workspace::root;

const DOCUMENT: &str = "docs/events.md";

/// Writes the catalogue; with `--check`, fails if it is stale and writes nothing.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("`cargo xtask events` takes only `--check`"),
    };
    let path = root().join(DOCUMENT);
    let text = catalogue(&root())?;
    if fs::read_to_string(&path).is_ok_and(|committed| committed == text) {
        println!("{DOCUMENT} is fresh");
    } else if check {
        println!("{DOCUMENT} is stale: run `cargo xtask events` and commit it");
        return Ok(ExitCode::FAILURE);
    } else {
        fs::write(&path, text).with_context(|| format!("cannot write {DOCUMENT}"))?;
        println!("{DOCUMENT} is written");
    }
    Ok(ExitCode::SUCCESS)
}

/// What the committed catalogue must be.
pub fn catalogue(root: &Path) -> Result<String> {
    let source = source::Source::read(&root.join("domain/src"))?;
    render::document(&source, &root.join("domain/tests/golden"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_catalogue_is_fresh() {
        let committed = fs::read_to_string(root().join(DOCUMENT)).unwrap();
        assert!(
            committed == catalogue(&root()).unwrap(),
            "{DOCUMENT} is stale: run `cargo xtask events` and commit it"
        );
    }

    #[test]
    fn every_golden_file_of_a_current_version_is_in_it() {
        let catalogue = catalogue(&root()).unwrap();
        for entry in fs::read_dir(root().join("domain/tests/golden")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if let Some((event, _)) = name.strip_suffix(".json").and_then(|n| n.split_once(".v")) {
                assert!(catalogue.contains(&format!("\n## `{event}`\n")), "{event}");
            }
        }
    }
}
