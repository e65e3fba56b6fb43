//! `cargo xtask year`: a generated year of everything that can happen to money, added up by hledger, beancount and
//! DuckDB, who must come to our trial balance to the cent. The work is the scenario `ledger_judges`, of which a
//! test run has a small one.

use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::tools;
use crate::workspace::{cargo, status, step};

const MOVEMENTS_DEFAULT: u32 = 100_000;
/// Less is the business of a test run.
const MOVEMENTS_MIN: u32 = 400;

/// What was asked for.
#[derive(Debug, PartialEq)]
struct Options {
    movements: u32,
    release: bool,
}

/// Writes the year, exports it, and has it judged.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let Options { movements, release } = options(arguments)?;
    step("tools", tools::install_missing)?;
    let test = || {
        let mut test = cargo();
        test.args(["test", "--package", "tributary", "--test", "scenarios"]);
        test.args(release.then_some("--release"));
        test.stdin(Stdio::null());
        test
    };
    let built = step("build", || status(test().arg("--no-run")))?;
    if !built.success() {
        return Ok(ExitCode::FAILURE);
    }
    let mut judged = test();
    judged
        .args(["--", "--nocapture", "ledger_judges::"])
        .env("TEST_PYTHON_DIR", tools::python::folder())
        .env("JUDGED_MOVEMENTS", movements.to_string());
    let judged = step("judge", || status(&mut judged))?;
    Ok(if judged.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options {
        movements: MOVEMENTS_DEFAULT,
        release: false,
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--release" => options.release = true,
            "--movements" => {
                let text = words.next().context("--movements needs a value")?;
                options.movements = text
                    .parse()
                    .with_context(|| format!("--movements takes a whole number, not `{text}`"))?;
            }
            _ => bail!("`cargo xtask year` takes no argument `{word}`"),
        }
    }
    ensure!(
        options.movements >= MOVEMENTS_MIN,
        "--movements is {MOVEMENTS_MIN} or more"
    );
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Options> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        options(&words)
    }

    #[test]
    fn a_year_has_a_hundred_thousand_movements_unless_told_otherwise() {
        assert_eq!(asked("").unwrap().movements, MOVEMENTS_DEFAULT);
        let asked_for = asked("--movements 5000 --release").unwrap();
        let expected = Options {
            movements: 5_000,
            release: true,
        };
        assert_eq!(asked_for, expected);
        for line in ["--movements", "--movements x", "--movements 399", "2025"] {
            assert!(asked(line).is_err(), "{line}");
        }
    }
}
