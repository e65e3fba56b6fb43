//! `cargo xtask schema`: files that a program of ours writes and that are committed, so that a
//! change to them is seen in review.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};

use crate::workspace::{cargo, output, root};

/// A committed file, and the cargo arguments that print it.
struct Generated {
    path: &'static str,
    cargo: &'static [&'static str],
}

const GENERATED: &[Generated] = &[Generated {
    path: "graphql/schema.graphql",
    cargo: &["run", "--quiet", "--package", "tributary", "--", "schema"],
}];

/// The schema of the last release, which the served one is compared with.
const RELEASED: &str = "graphql/released.graphql";

/// The tests that compare the two. They need the parser of the GraphQL crate, which is no dependency of
/// this program: every `cargo xtask` would wait for it.
const COMPARE: &[&str] = &[
    "test",
    "--quiet",
    "--package",
    "tributary-graphql",
    "--test",
    "suite",
    "compatibility",
];

/// Writes each generated file; with `--check`, fails if one is stale or breaks clients of the last
/// release unrecorded, and writes nothing; with `--release`, records the served schema as released.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let (check, release) = match arguments {
        [] => (false, false),
        [flag] if flag == "--check" => (true, false),
        [flag] if flag == "--release" => (false, true),
        _ => bail!("`cargo xtask schema` takes only `--check` or `--release`"),
    };
    let mut fresh = true;
    for file in GENERATED {
        let text = output(cargo().args(file.cargo))?;
        let path = root().join(file.path);
        if is_fresh(&path, &text)? {
            println!("{} is fresh", file.path);
        } else if check {
            fresh = false;
            println!(
                "{} is stale: run `cargo xtask schema` and commit it",
                file.path
            );
        } else {
            fs::write(&path, text).with_context(|| format!("cannot write {}", file.path))?;
            println!("{} is written", file.path);
        }
    }
    if release {
        let (from, to) = (root().join(GENERATED[0].path), root().join(RELEASED));
        fs::copy(from, to).with_context(|| format!("cannot write {RELEASED}"))?;
        println!("{RELEASED} is written");
    }
    let compatible = !check || cargo().args(COMPARE).status()?.success();
    Ok(if fresh && compatible {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether the file already holds the text. An empty text is refused: it would wipe the file.
fn is_fresh(path: &Path, text: &str) -> Result<bool> {
    ensure!(
        !text.trim().is_empty(),
        "the command for {} printed nothing",
        path.display()
    );
    if !path.exists() {
        return Ok(false);
    }
    let committed =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(committed == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_fresh_only_if_it_holds_just_the_text() {
        let here = root().join("xtask/src/schema.rs");
        let text = fs::read_to_string(&here).unwrap();
        assert!(is_fresh(&here, &text).unwrap());
        assert!(!is_fresh(&here, &format!("{text}\n")).unwrap());
        assert!(!is_fresh(&root().join("no-such-file"), &text).unwrap());
    }

    #[test]
    fn a_command_that_prints_nothing_is_refused() {
        assert!(is_fresh(&root().join("Cargo.toml"), " \n").is_err());
    }
}
