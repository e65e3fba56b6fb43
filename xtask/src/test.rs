//! `cargo xtask test`: everything that a test may need, then every test.

use std::env;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::Result;

use crate::postgres::Server;
use crate::tools;
use crate::workspace::{cargo, root, seconds, status, step};

/// Where the tests find PostgreSQL: a superuser's URL. Each test makes a database of its own.
const POSTGRES_URL: &str = "TEST_POSTGRES_URL";
/// Where the tests find the node modules that drive a browser.
const BROWSER_DIR: &str = "TEST_BROWSER_DIR";
/// Where they find the packages of Python that they call.
const PYTHON_DIR: &str = "TEST_PYTHON_DIR";

/// Installs what is missing, builds, starts PostgreSQL, tests, stops PostgreSQL. The exit code is
/// that of `cargo test`.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let start = Instant::now();
    let (keep_postgres, arguments) = split_own_flag(arguments);
    let code = run_steps(keep_postgres, &arguments)?;
    let verdict = if code == 0 { "passed" } else { "FAILED" };
    println!("tests {verdict}, {} in all", seconds(start.elapsed()));
    Ok(ExitCode::from(code))
}

fn run_steps(keep_postgres: bool, arguments: &[String]) -> Result<u8> {
    step("tools", tools::install_missing)?;
    // Built first: a mistake in the code is told before any server starts.
    if can_build_first(arguments) {
        let built = step("build", || {
            status(cargo_test(arguments, &["--no-run"]).stdin(Stdio::null()))
        })?;
        if !built.success() {
            return Ok(exit_code(built));
        }
    }
    if env::var_os(POSTGRES_URL).is_some() {
        println!("PostgreSQL: using the server that {POSTGRES_URL} names");
        return run_tests(cargo_test(arguments, &[]));
    }
    let server = step("PostgreSQL", Server::start)?;
    println!("PostgreSQL: {server}");
    let mut test = cargo_test(arguments, &[]);
    test.env(POSTGRES_URL, server.url());
    let code = run_tests(test);
    if keep_postgres {
        println!("{}", server.keep());
    } else {
        step("PostgreSQL stop", || server.stop())?;
    }
    code
}

fn run_tests(mut test: Command) -> Result<u8> {
    test.env(BROWSER_DIR, root().join("xtask/browser"))
        .env(PYTHON_DIR, tools::python::folder())
        .stdin(Stdio::null());
    step("test", || Ok(exit_code(status(&mut test)?)))
}

/// `cargo test` with the caller's arguments, and ours before his `--`.
fn cargo_test(arguments: &[String], ours: &[&str]) -> Command {
    let mut command = cargo();
    command.arg("test");
    if !names_package(arguments) {
        command.arg("--workspace");
    }
    command.args(ours).args(arguments);
    command
}

/// `--workspace` would win over a package that the caller chose.
fn names_package(arguments: &[String]) -> bool {
    for_cargo(arguments).any(|argument| {
        argument == "--package" || argument.starts_with("--package=") || argument.starts_with("-p")
    })
}

/// Cargo refuses `--no-run` beside `--doc`: doc tests are compiled as they run.
fn can_build_first(arguments: &[String]) -> bool {
    for_cargo(arguments).all(|argument| argument != "--doc" && argument != "--no-run")
}

/// The arguments before `--`; those after it are for the test programs.
fn for_cargo(arguments: &[String]) -> impl Iterator<Item = &String> {
    arguments.iter().take_while(|argument| *argument != "--")
}

fn split_own_flag(arguments: &[String]) -> (bool, Vec<String>) {
    let keep = for_cargo(arguments).any(|argument| argument == "--keep-postgres");
    let rest = arguments
        .iter()
        .filter(|argument| *argument != "--keep-postgres")
        .cloned()
        .collect();
    (keep, rest)
}

/// As shells do: 128 and the signal's number for a command that a signal ended.
fn exit_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn called(line: &str) -> String {
        let command = cargo_test(&words(line), &["--no-run"]);
        let arguments: Vec<_> = command
            .get_args()
            .map(|word| word.to_string_lossy())
            .collect();
        arguments.join(" ")
    }

    #[test]
    fn all_crates_are_tested_unless_one_is_named() {
        assert_eq!(called(""), "test --workspace --no-run");
        assert_eq!(
            called("wallet -- -p"),
            "test --workspace --no-run wallet -- -p"
        );
        assert_eq!(
            called("-p tributary-store x"),
            "test --no-run -p tributary-store x"
        );
        assert_eq!(called("--package=xtask"), "test --no-run --package=xtask");
    }

    #[test]
    fn the_own_flag_is_not_passed_on() {
        assert_eq!(
            split_own_flag(&words("--keep-postgres wallet")),
            (true, words("wallet"))
        );
        assert_eq!(split_own_flag(&words("wallet")), (false, words("wallet")));
    }

    #[test]
    fn doc_tests_alone_are_not_built_first() {
        assert!(can_build_first(&words("wallet -- --doc")));
        assert!(!can_build_first(&words("--doc")));
    }

    #[test]
    fn the_exit_code_is_the_commands_own_or_the_signals() {
        assert_eq!(exit_code(ExitStatus::from_raw(101 << 8)), 101);
        assert_eq!(exit_code(ExitStatus::from_raw(2)), 130);
    }
}
