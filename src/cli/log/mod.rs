//! `tributary log`: reads the log, proves it, and moves it.
//!
//! What only reads opens the log read-only, beside a server that runs.

mod checkpoint;
mod event;
mod export;
mod filter;
pub mod history;
mod import;
mod plot;
pub mod proof;
mod show;
mod stats;
mod tail;
pub mod time;
mod verify;

use super::log_to_stderr;
use crate::settings::Settings;
use clap::Subcommand;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// What can be asked of the log.
#[derive(Subcommand)]
pub enum Command {
    /// Show the newest events, and what comes
    Tail(tail::Arguments),
    /// Show all of one event, and whether it verifies
    Show(show::Arguments),
    /// Count: by name, over time, by history
    Stats(stats::Arguments),
    /// Write events to a file: lines of JSON, CSV, or Parquet
    Export(export::Arguments),
    /// Take over an exported log into an empty one
    Import(import::Arguments),
    /// Check every event: its bytes, its place, and the signed checkpoints
    Verify(verify::Arguments),
    /// Sign the end of the log now, or say what signatures are checked with
    Checkpoint(checkpoint::Arguments),
}

/// Does what is asked.
///
/// # Errors
/// What went wrong, in words.
pub fn run(runtime: &Runtime, settings: Settings, command: Command) -> anyhow::Result<ExitCode> {
    log_to_stderr(&settings, "warn")?;
    match command {
        Command::Tail(arguments) => runtime.block_on(tail::run(&settings, arguments)),
        Command::Show(arguments) => runtime.block_on(show::run(&settings, arguments)),
        Command::Stats(arguments) => runtime.block_on(stats::run(&settings, arguments)),
        Command::Export(arguments) => runtime.block_on(export::run(&settings, arguments)),
        Command::Import(arguments) => runtime.block_on(import::run(&settings, arguments)),
        Command::Verify(arguments) => runtime.block_on(verify::run(&settings, arguments)),
        Command::Checkpoint(arguments) => runtime.block_on(checkpoint::run(settings, arguments)),
    }
}
