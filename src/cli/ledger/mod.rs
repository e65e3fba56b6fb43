//! `tributary ledger`: the books, from the log alone.
//!
//! What only reads opens the log read-only, beside a server that runs or without any: an auditor needs no
//! server, and takes no word of the read models for granted.

mod as_of;
mod close;
mod closes;
mod export;
mod fold;
mod receipt;
mod reconcile;
mod show;
mod statement;
pub mod trial_balance;
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
    /// Close a month: seal its trial balance, so that nothing can be dated into it any more
    Close(close::Arguments),
    /// Compare a payout provider's file with the payouts
    Reconcile(reconcile::Arguments),
    /// Prove one entry to whoever has the public key, without any database
    Receipt(receipt::Arguments),
    /// Check such a proof
    CheckReceipt(receipt::CheckArguments),
}

/// Does what is asked.
///
/// # Errors
/// What went wrong, in words.
pub fn run(runtime: &Runtime, settings: Settings, command: Command) -> anyhow::Result<ExitCode> {
    log_to_stderr(&settings, "warn")?;
    match command {
        Command::TrialBalance(arguments) => {
            runtime.block_on(trial_balance::run(&settings, arguments))
        }
        Command::Statement(arguments) => runtime.block_on(statement::run(&settings, arguments)),
        Command::Export(arguments) => runtime.block_on(export::run(&settings, arguments)),
        Command::Verify(arguments) => runtime.block_on(verify::run(&settings, arguments)),
        Command::Close(arguments) => runtime.block_on(close::run(settings, arguments)),
        Command::Reconcile(arguments) => runtime.block_on(reconcile::run(&settings, arguments)),
        Command::Receipt(arguments) => runtime.block_on(receipt::run(&settings, arguments)),
        Command::CheckReceipt(arguments) => receipt::check(&arguments),
    }
}
