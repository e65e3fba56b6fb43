//! `cargo xtask torture`: kills the server and its PostgreSQL again and again under load, and checks the
//! log after each start. The work is the scenario `torture`; this runs it for as long as wanted.

use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::tools;
use crate::workspace::{cargo, status, step};

const MINUTES_DEFAULT: u64 = 10;
const MINUTES_MAX: u64 = 7 * 24 * 60;

/// What was asked for.
#[derive(Debug, PartialEq)]
struct Options {
    minutes: u64,
    /// The test's name begins so.
    engines: Vec<&'static str>,
    seed: Option<u64>,
    release: bool,
}

/// Runs the scenario on each engine for its share of the time.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let options = options(arguments)?;
    step("tools", tools::install_missing)?;
    let test = || {
        let mut test = cargo();
        test.args(["test", "--package", "tributary", "--test", "scenarios"]);
        test.args(options.release.then_some("--release"));
        test.stdin(Stdio::null());
        test
    };
    let built = step("build", || status(test().arg("--no-run")))?;
    if !built.success() {
        return Ok(ExitCode::FAILURE);
    }
    // Another one in each run.
    let seed = options
        .seed
        .unwrap_or_else(|| u64::from(std::process::id()));
    let seconds = options.minutes * 60 / u64::try_from(options.engines.len())?;
    for engine in &options.engines {
        println!("{engine}, for {seconds} s, with seed {seed}");
        let mut torture = test();
        torture
            .args(["--", "--nocapture"])
            .arg(format!("torture::{engine}"))
            .env("TORTURE_SECONDS", seconds.to_string())
            .env("TORTURE_SEED", seed.to_string());
        if !status(&mut torture)?.success() {
            println!("once more: cargo xtask torture --engine {engine} --seed {seed}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut options = Options {
        minutes: MINUTES_DEFAULT,
        engines: vec!["sqlite", "postgres"],
        seed: None,
        release: false,
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "--release" {
            options.release = true;
            continue;
        }
        let mut value = || {
            words
                .next()
                .with_context(|| format!("{word} needs a value"))
        };
        match word.as_str() {
            "--minutes" => options.minutes = number(word, value()?)?,
            "--seed" => options.seed = Some(number(word, value()?)?),
            "--engine" => {
                options.engines = match value()?.as_str() {
                    "sqlite" => vec!["sqlite"],
                    "postgres" => vec!["postgres"],
                    "both" => vec!["sqlite", "postgres"],
                    other => bail!("--engine is sqlite, postgres or both, not `{other}`"),
                }
            }
            _ => bail!("`cargo xtask torture` takes no argument `{word}`"),
        }
    }
    ensure!(
        (1..=MINUTES_MAX).contains(&options.minutes),
        "--minutes is 1 to {MINUTES_MAX}"
    );
    Ok(options)
}

fn number(name: &str, text: &str) -> Result<u64> {
    text.parse()
        .with_context(|| format!("{name} takes a whole number, not `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Options> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        options(&words)
    }

    #[test]
    fn both_engines_share_the_time_unless_one_is_named() {
        let all = asked("").unwrap();
        assert_eq!(all.engines, ["sqlite", "postgres"]);
        assert_eq!(all.minutes, MINUTES_DEFAULT);
        let one = asked("--minutes 3 --engine postgres --seed 7 --release").unwrap();
        let engines = vec!["postgres"];
        let expected = Options {
            minutes: 3,
            engines,
            seed: Some(7),
            release: true,
        };
        assert_eq!(one, expected);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "--minutes",
            "--minutes 0",
            "--minutes x",
            "--engine oracle",
            "now",
        ] {
            assert!(asked(line).is_err(), "{line}");
        }
    }
}
