//! `cargo xtask tidy`: what the compiler does not check about the workspace. The same checks run
//! as tests, so that `cargo test --workspace` fails with them.

mod documents;
mod edges;
mod length;
mod paths;
mod settings;
mod tree;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::no_arguments;
use crate::workspace::{cargo, output, root};
use tree::Tree;

/// Prints what is wrong, one line each; fails if any of it is more than a warning.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    no_arguments("tidy", arguments)?;
    let report = check(&root())?;
    for warning in &report.warnings {
        println!("warning: {warning}");
    }
    for fault in &report.faults {
        println!("error: {fault}");
    }
    println!(
        "tidy: {} errors, {} warnings",
        report.faults.len(),
        report.warnings.len()
    );
    Ok(if report.faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is wrong with the workspace: a sentence each, beginning with the place.
struct Report {
    faults: Vec<String>,
    warnings: Vec<String>,
}

fn check(root: &Path) -> Result<Report> {
    let tree = Tree::load(root)?;
    let faults = [
        edges::check(&edges::graph(&metadata()?)?),
        documents::named_in_code(&tree),
        documents::links(&tree),
        paths::check(&tree),
        settings::check(&tree),
    ];
    Ok(Report {
        faults: faults.concat(),
        warnings: length::check(&tree),
    })
}

fn metadata() -> Result<String> {
    output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(rule: impl Fn(&Tree) -> Vec<String>) -> String {
        rule(&Tree::load(&root()).unwrap()).join("\n")
    }

    #[test]
    fn crates_depend_only_on_what_they_may() {
        let graph = edges::graph(&metadata().unwrap()).unwrap();
        assert_eq!(edges::check(&graph).join("\n"), "");
    }

    #[test]
    fn every_document_that_the_code_names_exists() {
        assert_eq!(faults_of(documents::named_in_code), "");
    }

    #[test]
    fn every_link_between_documents_leads_somewhere() {
        assert_eq!(faults_of(documents::links), "");
    }

    #[test]
    fn no_file_names_a_machine_or_a_registry() {
        assert_eq!(faults_of(paths::check), "");
    }

    #[test]
    fn every_setting_that_a_document_names_exists() {
        assert_eq!(faults_of(settings::check), "");
    }
}
