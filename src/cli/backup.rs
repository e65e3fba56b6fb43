//! `tributary backup` and `tributary restore`.

use super::bar;
use crate::backup;
use crate::settings::Settings;
use std::path::PathBuf;
use std::process::ExitCode;

/// How a backup is asked for.
#[derive(clap::Args)]
pub struct Take {
    /// A folder that is empty or not there
    folder: PathBuf,
    /// Put the installation's secret into it, too: whoever has the folder then has every stream key
    #[arg(long)]
    with_secret: bool,
}

/// How a restore is asked for.
#[derive(clap::Args)]
pub struct Restore {
    /// The folder of a backup
    folder: PathBuf,
}

/// Takes a backup.
///
/// # Errors
/// When the log cannot be read or the folder not be written.
pub async fn take(settings: &Settings, arguments: Take) -> anyhow::Result<ExitCode> {
    let bar = bar::events(0);
    let taken = backup::take(
        settings,
        &arguments.folder,
        arguments.with_secret,
        |progress| {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        },
    )
    .await;
    bar.finish_and_clear();
    let taken = taken?;
    let manifest = &taken.manifest;
    say!(
        "{} events, {} receipts and {} credentials in {}, up to {}",
        manifest.position,
        manifest.receipts,
        manifest.credentials,
        arguments.folder.display(),
        manifest.recorded_at
    );
    if taken.with_secret {
        say!("The secret is in it: keep the folder as you keep the secret.");
    } else {
        say!(
            "The secret is not in it. Keep {} too, in another place: without it nobody can sign in \
             to what is restored.",
            settings.secret_file.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Restores a backup.
///
/// # Errors
/// When the backup is not whole or was changed, or the log is not an empty one.
pub async fn restore(settings: &Settings, arguments: Restore) -> anyhow::Result<ExitCode> {
    let bar = bar::events(0);
    let shown = bar.clone();
    let restored = backup::restore(settings, &arguments.folder, move |progress| {
        shown.set_length(progress.total);
        shown.set_position(progress.done);
    })
    .await;
    bar.finish_and_clear();
    let restored = restored?;
    let (manifest, report) = (&restored.manifest, &restored.report);
    say!(
        "{} events, {} receipts and {} credentials, up to {}; the log holds",
        manifest.position,
        manifest.receipts,
        manifest.credentials,
        manifest.recorded_at
    );
    match report.proven_upto {
        Some(upto) => say!(
            "{} checkpoints agree, the newest at position {upto}",
            report.checkpoints
        ),
        None => say!("the backup has no checkpoints, so nothing but its digests proves it"),
    }
    if restored.has_secret {
        say!("Start the server: it makes the read models anew.");
    } else {
        say!(
            "Put the installation's secret into {} before you start the server.",
            settings.secret_file.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}
