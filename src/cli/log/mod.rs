//! `tributary log`: reads the log, proves it, and moves it.
//!
//! What only reads opens the log read-only, beside a server that runs.

mod checkpoint;
mod verify;

use super::log_to_stderr;
use crate::settings::Settings;
use clap::Subcommand;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// What can be asked of the log.
#[derive(Subcommand)]
pub enum Command {
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
        Command::Verify(arguments) => runtime.block_on(verify::run(&settings, arguments)),
        Command::Checkpoint(arguments) => runtime.block_on(checkpoint::run(settings, arguments)),
    }
}
