//! `cargo xtask bench`: figures, each beside what limits it where that can be measured.

mod clock;
mod figures;
mod instance;
mod media;
mod process;
mod publisher;
mod server;
mod viewer;

use std::env;
use std::process::{ExitCode, Stdio};

use anyhow::{Result, bail};

use crate::postgres::Server;
use crate::workspace::{cargo, status, step};

/// Where the benchmark finds PostgreSQL: a superuser's URL.
const POSTGRES_URL: &str = "TEST_POSTGRES_URL";

/// Runs the benchmark that the first argument names.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let Some((name, rest)) = arguments.split_first() else {
        bail!(
            "`cargo xtask bench` takes what to measure: analytics, api, fanout, ledger, log, media, rebuild, rtmp or server"
        );
    };
    match name.as_str() {
        "api" => of_crate("tributary-graphql", "api", rest),
        "fanout" => of_crate("tributary-graphql", "fanout", rest),
        "ledger" => of_crate("tributary", "ledger", rest),
        "log" => of_crate("tributary-store", "log", rest),
        "analytics" => of_crate("tributary-projections", "analytics", rest),
        "media" => media::run(rest),
        "rebuild" => of_crate("tributary-projections", "rebuild", rest),
        "rtmp" => of_crate("tributary-media", "rtmp", rest),
        "server" => server::run(rest),
        _ => {
            bail!(
                "there is no benchmark `{name}`; there are analytics, api, fanout, ledger, log, media, rebuild, rtmp and server"
            )
        }
    }
}

/// Builds, starts PostgreSQL if it is measured and none is given, measures, stops PostgreSQL.
fn of_crate(package: &str, name: &str, arguments: &[String]) -> Result<ExitCode> {
    let bench = || {
        let mut command = cargo();
        command
            .args(["bench", "--package", package, "--bench", name])
            .stdin(Stdio::null());
        command
    };
    let built = step("build", || status(bench().arg("--no-run")))?;
    if !built.success() {
        return Ok(ExitCode::FAILURE);
    }
    let mut measure = bench();
    measure.arg("--").args(arguments);
    let server = if package != "tributary-media"
        && needs_postgres(arguments)
        && env::var_os(POSTGRES_URL).is_none()
    {
        let server = step("PostgreSQL", Server::start)?;
        println!("PostgreSQL: {server}");
        measure.env(POSTGRES_URL, server.url());
        Some(server)
    } else {
        None
    };
    let measured = step("measure", || status(&mut measure));
    if let Some(server) = server {
        step("PostgreSQL stop", || server.stop())?;
    }
    Ok(if measured?.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn needs_postgres(arguments: &[String]) -> bool {
    let asks_for_help = arguments
        .iter()
        .any(|word| matches!(word.as_str(), "--help" | "-h"));
    let is_sqlite = arguments
        .windows(2)
        .any(|pair| pair[0] == "--engine" && pair[1] == "sqlite");
    !asks_for_help && !is_sqlite
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgresql_is_started_only_where_it_is_measured() {
        let needs = |line: &str| {
            let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            needs_postgres(&words)
        };
        assert!(needs(""));
        assert!(needs("--engine postgres --runs 3"));
        assert!(needs("--engine both"));
        assert!(!needs("--runs 3 --engine sqlite"));
        assert!(!needs("--help"));
    }
}
