//! The command line. `serve` is what is done when nothing is asked for.

/// Prints a line. A reader that has gone away (`| head -1`) is no reason to fail: what was asked for
/// is done.
macro_rules! say {
    (@ $($text:tt)*) => {{ use std::io::Write as _; let _closed = write!(std::io::stdout(), $($text)*); }};
    ($($text:tt)*) => {{ use std::io::Write as _; let _closed = writeln!(std::io::stdout(), $($text)*); }};
}

mod ask;
mod backup;
mod bar;
pub mod ledger;
mod log;
mod person;
mod state;
mod what_if;

use crate::operator::{Ask, Password};
use crate::payments;
use crate::server;
use crate::settings::{Given, LogFormat, Settings};
use anyhow::Context as _;
use clap::{Parser, Subcommand, ValueEnum};
use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use tributary_domain::account::Role;
use tributary_projections::ViewerRule;

/// An event-sourced live-streaming backend.
#[derive(Parser)]
#[command(name = "tributary", version, about, propagate_version = true)]
struct Arguments {
    /// The settings file [default: tributary.toml, if there is one]
    #[arg(
        long,
        env = "TRIBUTARY_CONFIG",
        hide_env_values = true,
        global = true,
        help_heading = "Settings"
    )]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Given,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (the default)
    Serve,
    /// Make accounts and give roles
    #[command(subcommand)]
    Account(Account),
    /// Channels and their stream keys
    #[command(subcommand)]
    Channel(Channel),
    /// The read models: how far they are, and making them anew
    Projections {
        #[command(subcommand)]
        command: Option<Projections>,
    },
    /// Hand over what is kept of a person, or forget a person
    #[command(subcommand)]
    Person(person::Command),
    /// Read the log, prove it, move it
    #[command(subcommand)]
    Log(log::Command),
    /// Finance: what the accounts come to, proven from the log alone
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Back up everything that cannot be computed again, while the server runs or not
    Backup(backup::Take),
    /// Restore a backup into an empty log, of either database
    Restore(backup::Restore),
    /// What an aggregate is, or was at a past moment, as JSON
    State(state::Arguments),
    /// The history by another rule, side by side with how it was; nothing changes
    WhatIf(what_if::Arguments),
    /// The settings
    #[command(subcommand)]
    Config(Config),
    /// Print the GraphQL schema
    #[command(hide = true)]
    Schema,
}

#[derive(Subcommand)]
enum Account {
    /// Make an account; the first one made here is the admin
    Create {
        /// Its name: 3 to 50 of a-z, A-Z, 0-9, _ and -
        name: String,
        /// Its e-mail address
        #[arg(long)]
        email: String,
        /// Also open a channel, and print its stream key
        #[arg(long)]
        channel: bool,
    },
    /// Give an account a role on the whole platform
    Grant {
        /// The account's name
        name: String,
        /// The role
        role: RoleName,
    },
    /// Take a role away
    Revoke {
        /// The account's name
        name: String,
        /// The role
        role: RoleName,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// May do everything that staff can, and grant roles
    Admin,
    /// May replay the history
    Analyst,
    /// May see balances and the ledger
    Finance,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Analyst => Self::Analyst,
            RoleName::Finance => Self::Finance,
        }
    }
}

#[derive(Subcommand)]
enum Channel {
    /// Print a channel's stream key and how to go live with it; opens the channel if need be
    Key {
        /// The account's name
        name: String,
    },
    /// Replace a channel's stream key; the old one stops working at once
    RotateKey {
        /// The account's name
        name: String,
    },
}

#[derive(Subcommand)]
enum Projections {
    /// How far each projection is (the default)
    Status,
    /// Make the read models anew from the log, compare them with the old ones, and switch
    Rebuild {
        /// Only compare: keep the old ones
        #[arg(long)]
        check: bool,
        /// Count viewers by this rule from now on, and all of history too: v1-all, v2-received or v3-minute
        #[arg(long, value_name = "RULE")]
        viewer_rule: Option<ViewerRule>,
    },
}

#[derive(Subcommand)]
enum Config {
    /// Check the settings and print them
    Check,
}

/// Runs what the command line asks for.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let run = || -> anyhow::Result<ExitCode> {
        let settings = Settings::load(arguments.settings, arguments.config.as_deref())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        match arguments.command.unwrap_or(Command::Serve) {
            Command::Serve => {
                log_to_stderr(&settings, "info")?;
                runtime.block_on(server::run(settings))?;
                Ok(ExitCode::SUCCESS)
            }
            Command::Schema => {
                print!("{}", tributary_graphql::sdl());
                Ok(ExitCode::SUCCESS)
            }
            Command::Config(Config::Check) => {
                println!("{}", settings.show());
                // Files of secrets are there and hold something, and addresses are such.
                payments::Payments::open(&settings.payments)?;
                Ok(ExitCode::SUCCESS)
            }
            Command::Backup(arguments) => {
                log_to_stderr(&settings, "warn")?;
                runtime.block_on(backup::take(&settings, arguments))
            }
            Command::Restore(arguments) => {
                log_to_stderr(&settings, "warn")?;
                runtime.block_on(backup::restore(&settings, arguments))
            }
            Command::State(arguments) => {
                log_to_stderr(&settings, "warn")?;
                runtime.block_on(state::run(&settings, arguments))
            }
            Command::WhatIf(arguments) => {
                log_to_stderr(&settings, "warn")?;
                runtime.block_on(what_if::run(&settings, arguments))
            }
            Command::Person(command) => person::run(&runtime, settings, command),
            Command::Log(command) => log::run(&runtime, settings, command),
            Command::Ledger(command) => ledger::run(&runtime, settings, command),
            Command::Account(command) => ask(&runtime, settings, account(command)?),
            Command::Channel(Channel::Key { name }) => {
                ask(&runtime, settings, Ask::OpenChannel { name })
            }
            Command::Channel(Channel::RotateKey { name }) => {
                ask(&runtime, settings, Ask::RotateKey { name })
            }
            Command::Projections { command } => {
                let question = match command {
                    None | Some(Projections::Status) => Ask::Projections,
                    Some(Projections::Rebuild { check, viewer_rule }) => Ask::Rebuild {
                        check_only: check,
                        viewer_rule: viewer_rule.map(|rule| rule.name().to_owned()),
                    },
                };
                ask(&runtime, settings, question)
            }
        }
    };
    run().unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn ask(
    runtime: &tokio::runtime::Runtime,
    settings: Settings,
    question: Ask,
) -> anyhow::Result<ExitCode> {
    log_to_stderr(&settings, "warn")?;
    runtime.block_on(ask::ask(settings, question))
}

fn account(command: Account) -> anyhow::Result<Ask> {
    Ok(match command {
        Account::Create {
            name,
            email,
            channel,
        } => {
            let password = Password(read_password(&name)?);
            Ask::CreateAccount {
                name,
                email,
                password,
                channel,
            }
        }
        Account::Grant { name, role } => Ask::ChangeRole {
            name,
            role: role.into(),
            grant: true,
        },
        Account::Revoke { name, role } => Ask::ChangeRole {
            name,
            role: role.into(),
            grant: false,
        },
    })
}

/// From a terminal, unseen and twice; otherwise the first line of the input. Never an argument, which
/// every process of the machine could see.
fn read_password(name: &str) -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        let password =
            rpassword::prompt_password(format!("Password for {name} (8 or more characters): "))?;
        let again = rpassword::prompt_password("The same again: ")?;
        anyhow::ensure!(password == again, "the two passwords differ");
        return Ok(password);
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("the password is read from the input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn log_to_stderr(settings: &Settings, default: &str) -> anyhow::Result<()> {
    let directives = if settings.log == "info" {
        default
    } else {
        &settings.log
    };
    let filter = EnvFilter::try_new(directives)
        .with_context(|| format!("the setting log is {directives:?}, which is no filter"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
