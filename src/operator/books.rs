//! Closing the books: the trial balance is computed from the log, sealed, and the seal recorded.
//!
//! The seal is signed with a key that the database does not hold, and stands in a file outside of it as well as in
//! the log: `tributary ledger verify` holds the log to both.

use super::{Desk, Reply};
use crate::cli::ledger;
use crate::files;
use crate::settings::Settings;
use anyhow::Context as _;
use chrono::NaiveDate;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::fmt;
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;
use tributary_domain::books::{Seal, Sealed};
use tributary_domain::channel::Reason;
use tributary_domain::command::Actor;
use tributary_domain::ledger::AsOf;
use tributary_domain::{HistoryId, State, text};
use tributary_graphql::books::{NotSealed, Sealer};
use tributary_graphql::{Refusal, service};
use tributary_store::checkpoint::seal::Statement;
use tributary_store::checkpoint::to_hex;
use tributary_store::{Keyring, LogReader, LogUrl};

/// The file of seals, beside the checkpoints.
pub fn seals(checkpoint_file: &Path) -> PathBuf {
    checkpoint_file.with_file_name("seals.jsonl")
}

/// Seals books with the installation's key: one at a time, as each adds up the whole log.
pub struct Seals {
    log_url: LogUrl,
    keyring: Keyring,
    file: PathBuf,
    one: Mutex<()>,
}

impl Seals {
    /// Of an installation.
    pub fn new(settings: &Settings, keyring: &Keyring) -> Self {
        Self {
            log_url: settings.log_url.clone(),
            keyring: keyring.clone(),
            file: seals(&settings.checkpoint_file),
            one: Mutex::new(()),
        }
    }

    async fn added_up(&self, through: NaiveDate) -> anyhow::Result<Seal> {
        let _alone = self.one.lock().await;
        let reader = LogReader::open(&self.log_url).await?;
        let head = reader.head().await?;
        let as_of = AsOf {
            position: Some(head.position),
            day: Some(through),
        };
        let trial = ledger::trial_balance::of_log(&reader, as_of).await?;
        let (hash, digest) = (to_hex(&head.hash), to_hex(&trial.digest()));
        let key = self.keyring.checkpoint_key();
        let (position, public) = (head.position, key.public());
        let statement = Statement::new(through, position, hash.clone(), digest.clone(), public);
        Ok(Seal {
            position,
            hash,
            trial_balance: digest,
            signature: statement.sign(key),
        })
    }

    async fn kept(&self, sealed: &Sealed) -> anyhow::Result<String> {
        let _alone = self.one.lock().await;
        let key = self.keyring.checkpoint_key().public();
        let line = Statement::of(sealed, key).line(&sealed.seal.signature);
        add(&self.file, &line).with_context(|| {
            format!(
                "the books are closed, but {} cannot be written; ask again",
                self.file.display()
            )
        })?;
        Ok(line)
    }
}

impl fmt::Debug for Seals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seals(..)")
    }
}

impl Sealer for Seals {
    fn seal(&self, through: NaiveDate) -> BoxFuture<'_, Result<Seal, NotSealed>> {
        async move {
            self.added_up(through)
                .await
                .map_err(|error| not_sealed(&error))
        }
        .boxed()
    }

    fn keep(&self, sealed: Sealed) -> BoxFuture<'_, Result<String, NotSealed>> {
        async move { self.kept(&sealed).await.map_err(|error| not_sealed(&error)) }.boxed()
    }
}

fn not_sealed(error: &anyhow::Error) -> NotSealed {
    NotSealed(format!("{error:#}"))
}

/// Closes everything up to a day. Asked again, it writes the file's line if that is missing.
pub(super) async fn close(
    desk: &Desk,
    through: NaiveDate,
    reason: Option<String>,
) -> anyhow::Result<Reply> {
    let line = match last_close(desk).await? {
        Some(sealed) if sealed.through == through => desk.seals.kept(&sealed).await?,
        _ => {
            let reason = Reason {
                text: text::optional("reason", reason, text::REASON_CHARACTERS_MAX)
                    .map_err(Refusal::from)?,
                salt: desk.log.environment().salt(),
            };
            let asker = Actor::Console.into();
            let closed =
                service::close_books(&desk.log, &*desk.seals, asker, through, reason).await?;
            closed.line
        }
    };
    Ok(Reply::BooksClosed { line })
}

async fn last_close(desk: &Desk) -> anyhow::Result<Option<Sealed>> {
    Ok(match desk.log.state(&HistoryId::Books).await? {
        State::Books(books) => books.closed,
        _ => None,
    })
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
