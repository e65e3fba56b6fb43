//! `cargo xtask fuzz`: the media parsers against hostile bytes, for as long as asked.

use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::workspace::{cargo, status, step};

/// How long each target runs unless it is said.
const MINUTES: f64 = 1.0;

/// Runs all targets, one after the other, or the one that is named.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let (mut minutes, mut target) = (MINUTES, None);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--minutes" => {
                let value = words.next().context("--minutes takes a number")?;
                minutes = value
                    .parse()
                    .with_context(|| format!("--minutes is {value:?}"))?;
                ensure!(minutes > 0.0, "--minutes is {value}; it must be above 0");
            }
            name if target.is_none() && !name.starts_with('-') => target = Some(name.to_owned()),
            other => bail!("`cargo xtask fuzz` takes --minutes N and one target, not `{other}`"),
        }
    }
    // Some optimisation, and overflows are still seen.
    let mut fuzz = cargo();
    fuzz.args(["test", "--package", "tributary-media", "--test", "fuzz"])
        .args(["--profile", "simulation", "--"])
        .args(["--test-threads", "1", "--nocapture", "--exact"])
        .args(target)
        .env("FUZZ_MINUTES", minutes.to_string())
        .stdin(Stdio::null());
    let passed = step("fuzz", || status(&mut fuzz))?.success();
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
