//! `tributary ledger export`: every posting, for tools that are not ours.
//!
//! What is written goes to a file of another name until it is whole.

mod beancount;
mod csv;
mod hledger;
mod parquet;

use super::as_of;
use super::fold;
use crate::files;
use crate::settings::Settings;
use anyhow::Context as _;
use clap::ValueEnum;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use tributary_domain::ledger::{AsOf, Movement};
use tributary_store::LogReader;

/// Bytes that are gathered for one write.
const BUFFER_BYTES: usize = 1024 * 1024;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// The file to make
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// What it is made of [default: by the file's ending]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// As of a position of the log (4711), or of an effective day (2026-10-31) or month (2026-10), the
    /// last day included [default: now]
    #[arg(long, value_name = "MOMENT")]
    as_of: Option<String>,
}

/// What an export is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated values, a line for each posting
    Csv,
    /// Columns, a row for each posting
    Parquet,
    /// A journal for hledger
    Hledger,
    /// A journal for beancount
    Beancount,
}

impl Format {
    fn of(path: &Path) -> anyhow::Result<Self> {
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        Ok(match ending.as_ref() {
            "csv" => Self::Csv,
            "parquet" => Self::Parquet,
            "journal" | "hledger" => Self::Hledger,
            "beancount" => Self::Beancount,
            _ => anyhow::bail!(
                "{} does not end with .csv, .parquet, .journal, .hledger or .beancount; say --format",
                path.display()
            ),
        })
    }

    fn sink(self, file: File) -> anyhow::Result<Box<dyn Sink>> {
        let lines = |file| BufWriter::with_capacity(BUFFER_BYTES, file);
        Ok(match self {
            Self::Csv => Box::new(csv::Lines::begin(lines(file))?),
            Self::Parquet => Box::new(parquet::Columns::begin(file)?),
            Self::Hledger => Box::new(hledger::Journal::begin(lines(file))?),
            Self::Beancount => Box::new(beancount::Journal::begin(lines(file))?),
        })
    }
}

/// Where movements go.
trait Sink: Send {
    /// Adds one.
    fn write(&mut self, movement: &Movement) -> anyhow::Result<()>;
    /// After the last one: all is handed to the file.
    fn finish(&mut self) -> anyhow::Result<()>;
}

/// Exports.
///
/// # Errors
/// When the log cannot be read or does not hold, or the file not be written.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let out = arguments.out;
    anyhow::ensure!(
        !out.exists(),
        "{} is there already; it is not written over",
        out.display()
    );
    let format = match arguments.format {
        Some(format) => format,
        None => Format::of(&out)?,
    };
    let as_of = match &arguments.as_of {
        Some(text) => as_of::parse(text)?,
        None => AsOf::default(),
    };
    let reader = LogReader::open(&settings.log_url).await?;
    let partial = files::with_suffix(&out, ".partial");
    let begun = Instant::now();
    let written = write(&reader, as_of, format, &partial).await;
    let (entries, postings) = match written {
        Ok(written) => written,
        Err(error) => {
            // Half a file helps nobody, and a reason is told already.
            let _gone = std::fs::remove_file(&partial);
            return Err(error);
        }
    };
    files::rename(&partial, &out).with_context(|| format!("{} cannot be named", out.display()))?;
    let seconds = begun.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
    say!(
        "{entries} entries, {postings} postings in {} ({:.0} postings/s)",
        out.display(),
        postings as f64 / seconds
    );
    Ok(ExitCode::SUCCESS)
}

async fn write(
    reader: &LogReader,
    as_of: AsOf,
    format: Format,
    path: &Path,
) -> anyhow::Result<(u64, u64)> {
    let open =
        || files::create(path).with_context(|| format!("{} cannot be written", path.display()));
    let file = open()?;
    let sink = format.sink(file.try_clone()?)?;
    let take = move |(sink, entries, postings): &mut (Box<dyn Sink>, u64, u64),
                     movement: Movement| {
        if as_of.includes(&movement) {
            sink.write(&movement)?;
            *entries += 1;
            *postings += u64::try_from(movement.lines.len()).unwrap_or(0);
        }
        Ok(())
    };
    let (mut sink, entries, postings) =
        fold::movements(reader, as_of.position, (sink, 0, 0), take).await?;
    sink.finish()?;
    file.sync_all()?;
    Ok((entries, postings))
}

/// A file of lines, to its end.
fn end(out: &mut BufWriter<File>) -> anyhow::Result<()> {
    Ok(out.flush()?)
}
