//! `tributary person`: hands over what is kept of a person, and forgets a person.

mod export;

use super::ask;
use super::log_to_stderr;
use crate::operator::Ask;
use crate::settings::Settings;
use anyhow::Context as _;
use clap::Subcommand;
use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// What can be done about a person.
#[derive(Subcommand)]
pub enum Command {
    /// Write everything that is kept of a person, as one JSON document
    Export(export::Arguments),
    /// Forget a person: what cannot be undone
    Erase {
        /// The account's name or id
        who: String,
        /// Do not ask for the name to be typed
        #[arg(long)]
        yes: bool,
    },
}

/// Does what is asked.
///
/// # Errors
/// What went wrong, in words.
pub fn run(runtime: &Runtime, settings: Settings, command: Command) -> anyhow::Result<ExitCode> {
    log_to_stderr(&settings, "warn")?;
    match command {
        Command::Export(arguments) => runtime.block_on(export::run(&settings, &arguments)),
        Command::Erase { who, yes } => {
            if !yes {
                confirm(&who)?;
            }
            runtime.block_on(ask::ask(settings, Ask::ErasePerson { who }))
        }
    }
}

/// Nobody is forgotten by a slip of the hand.
fn confirm(who: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        std::io::stdin().is_terminal(),
        "this cannot be undone; say --yes where nobody can be asked"
    );
    eprint!(
        "{who} will be forgotten: the account ends, its channel closes, and every name, message, title \
         and\nreason of theirs is emptied for good. Amounts of money stay.\nType {who} to go on: "
    );
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("the name is read from the input")?;
    anyhow::ensure!(line.trim() == who, "that is not {who}; nothing was done");
    Ok(())
}
