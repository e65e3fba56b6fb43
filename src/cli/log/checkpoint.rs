//! `tributary log checkpoint`.

use crate::checkpoints;
use crate::cli::ask;
use crate::control;
use crate::operator::Ask;
use crate::secret;
use crate::settings::Settings;
use anyhow::Context as _;
use std::process::ExitCode;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// Print the public key, with which anybody can check the signatures, and sign nothing
    #[arg(long, conflicts_with = "accept")]
    public_key: bool,
    /// Take the log for what it is: set the checkpoints aside and begin anew. For a log that was
    /// restored from an older backup on purpose
    #[arg(long)]
    accept: bool,
}

/// Does it.
///
/// # Errors
/// When the secret, the log or the file cannot be used.
pub async fn run(settings: Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    if arguments.public_key {
        let keyring = secret::existing(&settings.secret_file)?.with_context(|| {
            format!(
                "there is no secret in {}; the first start of a server makes it",
                settings.secret_file.display()
            )
        })?;
        say!("{}", keyring.checkpoint_key().public());
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.accept {
        return ask::ask(settings, Ask::Checkpoint).await;
    }
    anyhow::ensure!(
        !control::is_served(&settings.control_socket()).await,
        "a server runs in this folder, so its log fits its checkpoints; there is nothing to accept"
    );
    let accepted = checkpoints::accept(&settings).await?;
    if let Some(aside) = accepted.aside {
        say!("the checkpoints up to now are in {}", aside.display());
    }
    match accepted.line {
        Some(line) => say!("{line}"),
        None => say!("the log is empty: the first checkpoint is signed when something happens"),
    }
    Ok(ExitCode::SUCCESS)
}
