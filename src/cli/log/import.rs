//! `tributary log import`: an exported log into an empty one.

use crate::cli::bar;
use crate::control;
use crate::settings::Settings;
use anyhow::{Context as _, bail, ensure};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tributary_domain::Position;
use tributary_store::bulk::{BATCH_ROWS, Bulk};
use tributary_store::line;
use tributary_store::row::Row;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// Lines of JSON, as `tributary log export` writes them, from position 1 on and without a filter
    file: PathBuf,
}

/// Imports: same positions, ids, times and hashes. A log that holds the beginning of the file already
/// (an import that was interrupted) is gone on with.
///
/// # Errors
/// When a line does not fit, with its number, or the log holds something else.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    ensure!(
        !control::is_served(&settings.control_socket()).await,
        "a server runs in this folder; stop it: an import is into a log that nobody writes"
    );
    let path = &arguments.file;
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let bar = bar::bytes(file.metadata()?.len());
    let mut lines = Lines::new(BufReader::new(bar.wrap_read(file)), path);
    let mut bulk = Bulk::open(&settings.log_url).await?;
    let begun = bulk.head().position;
    let outcome = import(&mut bulk, &mut lines).await;
    bar.finish_and_clear();
    let head = bulk.head();
    bulk.close().await;
    if let Err(error) = outcome {
        let kept = head.position.since(begun);
        return Err(error.context(format!(
            "{kept} events were imported, up to {}",
            head.position
        )));
    }
    say!(
        "{} events imported, up to position {}",
        head.position.since(begun),
        head.position
    );
    if head.position > Position::START {
        say!(
            "Passwords and stream keys are no events, and not in an export: accounts cannot sign in. \
             To move an installation, use `tributary backup` and `tributary restore`."
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn import<R: std::io::Read>(bulk: &mut Bulk, lines: &mut Lines<R>) -> anyhow::Result<()> {
    skip_what_is_there(bulk, lines)?;
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    loop {
        let next = lines.next()?;
        let ended = next.is_none();
        batch.extend(next);
        if batch.len() == BATCH_ROWS || ended {
            let rows = std::mem::take(&mut batch);
            bulk.append(rows, vec![])
                .await
                .with_context(|| lines.place())?;
        }
        if ended {
            return Ok(());
        }
    }
}

/// The link at the log's end covers everything before it: where the file has the same one there, it
/// begins with what the log holds.
fn skip_what_is_there<R: std::io::Read>(bulk: &Bulk, lines: &mut Lines<R>) -> anyhow::Result<()> {
    let head = bulk.head();
    if head.position == Position::START {
        return Ok(());
    }
    while let Some(row) = lines.next()? {
        if row.position == head.position.get() {
            ensure!(
                row.hash == head.hash,
                "the log is not empty, and holds other events than the file: import into an empty log"
            );
            return Ok(());
        }
    }
    bail!("the log is not empty, and goes on behind the file's end: import into an empty log")
}

/// The file's events, one by one.
struct Lines<R> {
    reader: BufReader<R>,
    path: PathBuf,
    number: u64,
    text: String,
}

impl<R: std::io::Read> Lines<R> {
    fn new(reader: BufReader<R>, path: &Path) -> Self {
        Self {
            reader,
            path: path.to_owned(),
            number: 0,
            text: String::new(),
        }
    }

    fn place(&self) -> String {
        format!("{}, up to line {}", self.path.display(), self.number)
    }

    fn next(&mut self) -> anyhow::Result<Option<Row>> {
        self.text.clear();
        self.number += 1;
        let limit = u64::try_from(line::LINE_BYTES_MAX).unwrap_or(u64::MAX);
        let place = || format!("{}, line {}", self.path.display(), self.number);
        let length = self
            .reader
            .by_ref()
            .take(limit)
            .read_line(&mut self.text)
            .with_context(place)?;
        if length == 0 {
            return Ok(None);
        }
        ensure!(
            self.text.ends_with('\n'),
            "{}: it was cut off, or is longer than {limit} bytes",
            place()
        );
        line::read(&self.text).with_context(place).map(Some)
    }
}
