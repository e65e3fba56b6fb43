//! Closing the books: the trial balance is computed from the log, sealed, and the seal recorded.
//!
//! The seal is signed with a key that the database does not hold, and stands in a file outside of it as well as in
//! the log: `tributary ledger verify` holds the log to both.

use super::{Desk, Reply};
use crate::cli::ledger;
use crate::files;
use anyhow::Context as _;
use chrono::NaiveDate;
use std::path::{Path, PathBuf};
use tributary_domain::books::{Closed, Seal};
use tributary_domain::command::{Actor, books};
use tributary_domain::ledger::AsOf;
use tributary_domain::{Command, HistoryId, State};
use tributary_graphql::service;
use tributary_store::LogReader;
use tributary_store::checkpoint::seal::Statement;
use tributary_store::checkpoint::to_hex;

/// The file of seals, beside the checkpoints.
pub fn seals(checkpoint_file: &Path) -> PathBuf {
    checkpoint_file.with_file_name("seals.jsonl")
}

/// Closes everything up to a day. Asked again, it writes the file's line if that is missing.
pub(super) async fn close(desk: &Desk, through: NaiveDate) -> anyhow::Result<Reply> {
    let closed = match last_close(desk).await? {
        Some(closed) if closed.through == through => closed,
        _ => record(desk, through).await?,
    };
    let key = desk.keyring.checkpoint_key().public();
    let line = Statement::of(&closed, key).line(&closed.seal.signature);
    let file = seals(&desk.settings.checkpoint_file);
    add(&file, &line).with_context(|| {
        format!(
            "the books are closed, but {} cannot be written; ask again",
            file.display()
        )
    })?;
    Ok(Reply::BooksClosed { line })
}

async fn last_close(desk: &Desk) -> anyhow::Result<Option<Closed>> {
    Ok(match desk.log.state(&HistoryId::Books).await? {
        State::Books(books) => books.closed,
        _ => None,
    })
}

async fn record(desk: &Desk, through: NaiveDate) -> anyhow::Result<Closed> {
    let reader = LogReader::open(&desk.settings.log_url).await?;
    let head = reader.head().await?;
    let as_of = AsOf {
        position: Some(head.position),
        day: Some(through),
    };
    let trial = ledger::trial_balance::of_log(&reader, as_of).await?;
    let (hash, digest) = (to_hex(&head.hash), to_hex(&trial.digest()));
    let key = desk.keyring.checkpoint_key();
    let (position, public) = (head.position, key.public());
    let statement = Statement::new(through, position, hash.clone(), digest.clone(), public);
    let seal = Seal {
        position,
        hash,
        trial_balance: digest,
        signature: statement.sign(key),
    };
    let command = books::Command::Close {
        through,
        seal: seal.clone(),
    };
    service::execute(&desk.log, Actor::Console.into(), Command::Books(command)).await?;
    Ok(Closed { through, seal })
}

/// Adds a line to a file, durably, unless it is there.
fn add(file: &Path, line: &str) -> std::io::Result<()> {
    let mut text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    if text.lines().any(|there| there == line) {
        return Ok(());
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
    files::write(file, text.as_bytes())
}
