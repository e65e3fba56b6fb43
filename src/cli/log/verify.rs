//! `tributary log verify`.

use crate::cli::bar;
use crate::secret;
use crate::settings::Settings;
use anyhow::Context as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tributary_domain::Position;
use tributary_store::LogReader;
use tributary_store::checkpoint::{self, Lines, PublicKey};
use tributary_store::verify::{self, Progress, Report};

/// The exit code where nothing could be said about the log.
const TROUBLE: u8 = 2;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// Begin at the newest checkpoint at or before this position, and take what is before for granted
    #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(1..))]
    from: Option<i64>,
    /// Files of checkpoints, such as those of other nodes or an auditor's copy [default: this node's]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    checkpoints: Vec<PathBuf>,
    /// The key that checkpoints must be signed with [default: that of the installation's secret]
    #[arg(long, value_name = "HEX")]
    public_key: Option<String>,
}

/// Verifies. The exit code is 1 where something is wrong with the log, 2 where that could not be found
/// out.
///
/// # Errors
/// Never: what went wrong is told here.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let verified = match look(settings, arguments).await {
        Ok(verified) => verified,
        Err(error) => {
            eprintln!("error: {error:#}");
            return Ok(ExitCode::from(TROUBLE));
        }
    };
    Ok(if verified {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn look(settings: &Settings, arguments: Arguments) -> anyhow::Result<bool> {
    let (key, whose) = key(settings, arguments.public_key.as_deref())?;
    let files = if arguments.checkpoints.is_empty() {
        let file = &settings.checkpoint_file;
        checkpoint::files(file).with_context(|| format!("{} cannot be read", file.display()))?
    } else {
        arguments.checkpoints
    };
    let lines = checkpoint::read(&files, key).context("a file of checkpoints cannot be read")?;
    let reader = LogReader::open(&settings.log_url).await?;
    let from = arguments.from.and_then(Position::new).unwrap_or_default();
    let bar = bar::events(0);
    let shown = bar.clone();
    let on_progress = move |progress: Progress| {
        shown.set_length(progress.end.since(from));
        shown.set_position(progress.position.since(from));
    };
    let report = verify::verify(&reader, lines.checkpoints.clone(), from, on_progress).await;
    bar.finish_and_clear();
    let report = report?;
    Ok(tell(&report, &lines, files.len(), whose))
}

/// The key that is asked for, or else the installation's own; and where it is from, in words.
fn key(
    settings: &Settings,
    given: Option<&str>,
) -> anyhow::Result<(Option<PublicKey>, &'static str)> {
    if let Some(text) = given {
        let key = PublicKey::parse(text).with_context(|| {
            format!("{text:?} is no public key; `tributary log checkpoint --public-key` prints it")
        })?;
        return Ok((Some(key), "the given key"));
    }
    Ok(match secret::existing(&settings.secret_file)? {
        Some(keyring) => (
            Some(keyring.checkpoint_key().public()),
            "this installation's key",
        ),
        None => (
            None,
            "the keys that they name themselves, which proves little: give --public-key",
        ),
    })
}

/// Says what was found; true if all is as it should be.
fn tell(report: &Report, lines: &Lines, files: usize, whose: &str) -> bool {
    for problem in &lines.problems {
        say!(
            "{} line {}: {}",
            problem.file.display(),
            problem.line,
            problem.fault
        );
    }
    for finding in &report.findings {
        say!("position {}: {}", finding.position, finding.fault);
    }
    if report.more_findings > 0 {
        say!("… and {} more", report.more_findings);
    }
    let seconds = report.elapsed.as_secs_f64();
    say!(
        "{} events after position {} up to {}, {} personal parts, in {seconds:.1} s ({:.0} events/s)",
        report.events,
        report.from,
        report.head.position,
        report.personal,
        report.events as f64 / seconds.max(f64::MIN_POSITIVE),
    );
    match (files, report.proven_upto) {
        (0, _) => say!(
            "no checkpoints were found: whoever owns the database could have rewritten all of it"
        ),
        (_, Some(upto)) => say!(
            "{} of {} checkpoints compared, checked with {whose}; proven up to position {upto}",
            report.checkpoints,
            lines.checkpoints.len(),
        ),
        (_, None) => say!("no checkpoint agrees with the log, so nothing is proven"),
    }
    let first = report.findings.first();
    let good = first.is_none() && lines.problems.is_empty();
    match first {
        Some(first) => say!(
            "THE LOG DOES NOT HOLD: first at position {}",
            first.position
        ),
        None if good => say!("the log holds"),
        None => say!("THE CHECKPOINTS DO NOT HOLD; the log fits those that do"),
    }
    good
}
