//! `tributary ledger`: the books, from the log alone.
//!
//! What only reads opens the log read-only, beside a server that runs or without any: an auditor needs no
//! server, and takes no word of the read models for granted.

mod as_of;
mod export;
mod fold;
mod show;
mod statement;
mod trial_balance;
mod verify;

use super::log_to_stderr;
use crate::settings::Settings;
use clap::Subcommand;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// What can be asked of the ledger.
#[derive(Subcommand)]
pub enum Command {
    /// What every account comes to, now or as of a past moment
    TrialBalance(trial_balance::Arguments),
    /// One account over a time: opening, movements, closing
    Statement(statement::Arguments),
    /// Write every posting to a file: CSV, Parquet, or a journal for hledger or beancount
    Export(export::Arguments),
    /// Check the log's chain, every entry, and the read model
    Verify(verify::Arguments),
}

/// Does what is asked.
///
/// # Errors
/// What went wrong, in words.
pub fn run(runtime: &Runtime, settings: &Settings, command: Command) -> anyhow::Result<ExitCode> {
    log_to_stderr(settings, "warn")?;
    match command {
        Command::TrialBalance(arguments) => {
            runtime.block_on(trial_balance::run(settings, arguments))
        }
        Command::Statement(arguments) => runtime.block_on(statement::run(settings, arguments)),
        Command::Export(arguments) => runtime.block_on(export::run(settings, arguments)),
        Command::Verify(arguments) => runtime.block_on(verify::run(settings, arguments)),
    }
}
