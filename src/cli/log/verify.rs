//! `tributary log verify`.

use super::proof::{self, Proof};
use crate::cli::bar;
use crate::settings::Settings;
use std::process::ExitCode;
use tributary_domain::Position;
use tributary_store::LogReader;
use tributary_store::verify::{self, Progress};

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// Begin at the newest checkpoint at or before this position, and take what is before for granted
    #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(1..))]
    from: Option<i64>,
    #[command(flatten)]
    proof: Proof,
}

/// Verifies. The exit code is 1 where something is wrong with the log, 2 where that could not be found
/// out.
///
/// # Errors
/// Never: what went wrong is told here.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    Ok(proof::exit_code(look(settings, arguments).await))
}

async fn look(settings: &Settings, arguments: Arguments) -> anyhow::Result<bool> {
    let proof = arguments.proof.read(settings)?;
    let reader = LogReader::open(&settings.log_url).await?;
    let from = arguments.from.and_then(Position::new).unwrap_or_default();
    let bar = bar::events(0);
    let shown = bar.clone();
    let on_progress = move |progress: Progress| {
        shown.set_length(progress.end.since(from));
        shown.set_position(progress.position.since(from));
    };
    let checkpoints = proof.lines.checkpoints.clone();
    let report = verify::verify(&reader, checkpoints, from, on_progress).await;
    bar.finish_and_clear();
    Ok(proof.tell(&report?))
}
