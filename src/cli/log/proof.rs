//! Checkpoints and keys that a log is held to, and how what was found is told.

use crate::secret;
use crate::settings::Settings;
use anyhow::Context as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tributary_store::checkpoint::{self, Lines, PublicKey};
use tributary_store::verify::Report;

/// The exit code where nothing could be said about the log.
const TROUBLE: u8 = 2;

/// Options of the commands that prove something.
#[derive(clap::Args)]
pub struct Proof {
    /// Files of checkpoints, such as those of other nodes or an auditor's copy [default: this node's]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    checkpoints: Vec<PathBuf>,
    /// The key that checkpoints must be signed with [default: that of the installation's secret]
    #[arg(long, value_name = "HEX")]
    public_key: Option<String>,
}

/// What a log is held to.
pub struct Against {
    /// What was signed.
    pub lines: Lines,
    /// The key that it must be signed with, where there is one.
    pub key: Option<PublicKey>,
    files: usize,
    whose: &'static str,
}

impl Proof {
    /// Reads the files.
    ///
    /// # Errors
    /// When a file or the key cannot be read.
    pub fn read(&self, settings: &Settings) -> anyhow::Result<Against> {
        let (key, whose) = key(settings, self.public_key.as_deref())?;
        let files = if self.checkpoints.is_empty() {
            let file = &settings.checkpoint_file;
            checkpoint::files(file).with_context(|| format!("{} cannot be read", file.display()))?
        } else {
            self.checkpoints.clone()
        };
        let lines =
            checkpoint::read(&files, key).context("a file of checkpoints cannot be read")?;
        Ok(Against {
            lines,
            key,
            files: files.len(),
            whose,
        })
    }
}

/// The exit code: 0 where all holds, 1 where something does not, 2 where that could not be found out.
pub fn exit_code(holds: anyhow::Result<bool>) -> ExitCode {
    match holds {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(TROUBLE)
        }
    }
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

impl Against {
    /// Says what was found; true if all is as it should be.
    pub fn tell(&self, report: &Report) -> bool {
        let Self {
            lines,
            files,
            whose,
            ..
        } = self;
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
        match (*files, report.proven_upto) {
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
}
