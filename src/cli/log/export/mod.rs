//! `tributary log export`: events as lines of JSON, CSV or Parquet.
//!
//! What is written goes to a file of another name until it is whole. Every so many events it is made
//! durable, and a note says how far it is: an interrupted export goes on from there.

mod note;
mod parquet;
mod text;

use super::filter::Filter;
use crate::cli::bar;
use crate::files;
use crate::settings::Settings;
use anyhow::Context as _;
use clap::ValueEnum;
use note::Note;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tributary_store::LogReader;
use tributary_store::reader::RawPage;

/// Events between two moments at which all is made durable; also the rows of a Parquet row group.
const SAVE_EVERY: u64 = 100_000;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// The file to make
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// What it is made of [default: by the file's ending]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write personal parts, too: names, addresses, words
    #[arg(long)]
    personal: bool,
    /// Go on with an export that was interrupted
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    filter: Filter,
}

/// What an export is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A JSON object a line: the form that can be imported
    Jsonl,
    /// Comma-separated values, with a line of names
    Csv,
    /// Columns, for DuckDB, pandas and the like
    Parquet,
}

impl Format {
    fn of(path: &Path) -> anyhow::Result<Self> {
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        Ok(match ending.as_ref() {
            "jsonl" | "ndjson" => Self::Jsonl,
            "csv" => Self::Csv,
            "parquet" => Self::Parquet,
            _ => anyhow::bail!(
                "{} does not end with .jsonl, .csv or .parquet; say --format",
                path.display()
            ),
        })
    }
}

/// Where events go.
trait Sink {
    /// Adds events.
    fn write(&mut self, page: &RawPage, note: &mut Note) -> anyhow::Result<()>;
    /// Makes durable what was added, and notes what it takes to go on.
    fn save(&mut self, note: &mut Note) -> anyhow::Result<()>;
    /// Gives the whole its name.
    fn finish(&mut self, note: &Note) -> anyhow::Result<()>;
}

/// Exports.
///
/// # Errors
/// When the log cannot be read, the file not be written, or the filter not be understood.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let out = &arguments.out;
    anyhow::ensure!(
        !out.exists(),
        "{} is there already; it is not written over",
        out.display()
    );
    let format = match arguments.format {
        Some(format) => format,
        None => Format::of(out)?,
    };
    let reader = LogReader::open(&settings.log_url).await?;
    let selection = arguments.filter.selection(&reader, settings).await?;
    let head = reader.head().await?.position;
    let asked = Note::new(
        format,
        arguments.personal,
        &arguments.filter,
        selection,
        head,
    );
    let mut note = match (Note::read(out)?, arguments.resume) {
        (Some(found), true) => found.that_fits(&asked)?,
        (None, false | true) => asked,
        (Some(_), false) => anyhow::bail!(
            "an export to {} was interrupted; go on with --resume, or remove {}",
            out.display(),
            files::with_suffix(out, ".partial*").display()
        ),
    };
    let mut sink: Box<dyn Sink + Send> = match note.format {
        Format::Parquet => Box::new(parquet::Parts::open(out)),
        Format::Jsonl | Format::Csv => Box::new(text::Lines::open(out, &note)?),
    };
    let begin = note.selection.after;
    let mut scan = reader.scan(note.rest()).await?;
    let bar = bar::events(scan.end().since(begin));
    bar.set_position(note.done.since(begin));
    bar.reset_eta();
    let mut unsaved = 0;
    while let Some(part) = scan.next().await? {
        sink.write(&part.page, &mut note)?;
        note.done = part.upto;
        unsaved += u64::try_from(part.page.len()).unwrap_or(0);
        bar.set_position(part.upto.since(begin));
        if unsaved >= SAVE_EVERY {
            sink.save(&mut note)?;
            note.write(out)?;
            unsaved = 0;
        }
    }
    sink.save(&mut note)?;
    note.write(out)?;
    sink.finish(&note)?;
    Note::remove(out)?;
    bar.finish_and_clear();
    let size = std::fs::metadata(out)
        .with_context(|| out.display().to_string())?
        .len();
    say!(
        "{} events in {}, {}",
        note.events,
        out.display(),
        super::plot::bytes(size)
    );
    Ok(ExitCode::SUCCESS)
}

/// The columns of CSV and Parquet; `personal` only where it was asked for.
const COLUMNS: [&str; 13] = [
    "position",
    "event_id",
    "recorded_at",
    "aggregate_type",
    "aggregate_id",
    "sequence",
    "event_type",
    "event_version",
    "channel",
    "payload",
    "metadata",
    "hash",
    "personal",
];
