//! What developers run: `cargo xtask help`.

mod bench;
mod events;
mod fuzz;
mod postgres;
mod schema;
mod simulate;
mod test;
mod tidy;
mod tools;
mod torture;
mod workspace;
mod year;

use std::process::ExitCode;

use anyhow::{Result, bail};

/// One line of `cargo xtask help`, and what it runs.
struct Command {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        arguments: "[--keep-postgres] [cargo test arguments]",
        about: "run every test, with a PostgreSQL of its own; installs what is missing",
        run: test::run,
    },
    Command {
        name: "bench",
        arguments: "analytics|api|fanout|ledger|log|rebuild|server [arguments]",
        about: "measure requests, feeds, money, the log or a rebuild beside their limits, or the server from outside",
        run: bench::run,
    },
    Command {
        name: "simulate",
        arguments: "[--seeds N] [--first S] | --seed S [--trace]",
        about: "run the log and the projectors of several nodes with faults chosen by seeds",
        run: simulate::run,
    },
    Command {
        name: "fuzz",
        arguments: "[--minutes N] [handshake|chunks|messages|amf0|flv|session]",
        about: "feed the media parsers hostile bytes; what fails is kept in target/fuzz",
        run: fuzz::run,
    },
    Command {
        name: "torture",
        arguments: "[--minutes N] [--engine sqlite|postgres|both] [--seed S] [--release]",
        about: "kill the server and its PostgreSQL under load, again and again, and check the log",
        run: torture::run,
    },
    Command {
        name: "year",
        arguments: "[--movements N] [--release]",
        about: "have hledger, beancount and DuckDB add up a generated year of 100,000 movements of money",
        run: year::run,
    },
    Command {
        name: "tidy",
        arguments: "",
        about: "check crate edges, documents, links, paths and settings names",
        run: tidy::run,
    },
    Command {
        name: "schema",
        arguments: "[--check|--release]",
        about: "write graphql/schema.graphql, check that it is fresh and breaks no client, or record it as released",
        run: schema::run,
    },
    Command {
        name: "events",
        arguments: "[--check]",
        about: "write docs/events.md, the catalogue of events, or check that it is fresh",
        run: events::run,
    },
    Command {
        name: "tools",
        arguments: "",
        about: "install what the tests need, and nothing else",
        run: tools::run,
    },
    Command {
        name: "help",
        arguments: "",
        about: "list these commands",
        run: help,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let (name, rest) = match arguments.split_first() {
        None => ("help", arguments),
        Some((name, rest)) => (name.as_str(), rest),
    };
    let name = if matches!(name, "--help" | "-h") {
        "help"
    } else {
        name
    };
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(rest),
        None => bail!("there is no command `{name}`; `cargo xtask help` lists them"),
    }
}

fn help(arguments: &[String]) -> Result<ExitCode> {
    no_arguments("help", arguments)?;
    let calls: Vec<String> = COMMANDS
        .iter()
        .map(|command| {
            format!("{} {}", command.name, command.arguments)
                .trim_end()
                .to_owned()
        })
        .collect();
    let width = calls.iter().map(String::len).max().unwrap_or(0);
    for (command, call) in COMMANDS.iter().zip(&calls) {
        println!("cargo xtask {call:width$}  {}", command.about);
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses arguments, so that a mistyped flag is not silently ignored.
fn no_arguments(command: &str, arguments: &[String]) -> Result<()> {
    match arguments {
        [] => Ok(()),
        [first, ..] => bail!("`cargo xtask {command}` takes no argument `{first}`"),
    }
}
