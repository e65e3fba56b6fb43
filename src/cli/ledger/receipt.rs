//! `tributary ledger receipt` and `check-receipt`: proof of one entry that needs no database.
//!
//! A receipt holds the event with the entry as it was hashed (without its personal part), the hash of the event
//! before it, and a signed checkpoint that states the event's own hash at its place. Whoever has the
//! installation's public key computes the hash anew and checks the signature. What it proves: whoever has
//! the installation's secret vouched for this entry at this place of this log. From then on the log can
//! be held to it, as to any checkpoint.

use crate::files;
use crate::secret;
use crate::settings::Settings;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tributary_domain::ledger::Movement;
use tributary_domain::{EntryId, Position};
use tributary_store::chain::{self, GENESIS};
use tributary_store::checkpoint::{Checkpoint, PublicKey, from_hex, to_hex};
use tributary_store::reader::RawPage;
use tributary_store::row::Row;
use tributary_store::storage::Head;
use tributary_store::{Environment, LogReader, line};

/// The form of receipts.
const VERSION: u32 = 1;

/// The longest receipt that is read.
const BYTES_MAX: u64 = 1024 * 1024;

/// Who signs.
const NODE: &str = "receipt";

/// How one is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// The entry
    entry: EntryId,
    /// The file to make
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

/// How one is checked.
#[derive(clap::Args)]
pub struct CheckArguments {
    /// The receipt
    file: PathBuf,
    /// The installation's public key, as `tributary log checkpoint --public-key` prints it
    #[arg(long, value_name = "HEX")]
    public_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Receipt {
    version: u32,
    /// The event, a line as exports have it. A text, so that no tool writes its JSON another way.
    event: String,
    /// The hash of the event before it.
    previous: String,
    /// The signed line.
    checkpoint: String,
}

/// Makes one.
///
/// # Errors
/// When there is no such entry, or the secret or the file cannot be used.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let out = &arguments.out;
    anyhow::ensure!(
        !out.exists(),
        "{} is there already; it is not written over",
        out.display()
    );
    let keyring = secret::existing(&settings.secret_file)?.with_context(|| {
        format!(
            "a receipt is signed, and there is no secret in {}",
            settings.secret_file.display()
        )
    })?;
    let reader = LogReader::open(&settings.log_url).await?;
    let position = find(&reader, arguments.entry).await?;
    let page = reader.at(position).await?;
    let row = page.get(0).context("the event is gone")?;
    let previous = match Position::new(position.get() - 1) {
        Some(before) if before > Position::START => hash_at(&reader, before).await?,
        _ => GENESIS,
    };
    anyhow::ensure!(
        row.link(&previous) == row.hash(),
        "the log does not hold at position {position}; `tributary log verify` tells more"
    );
    let mut event = Vec::new();
    line::write(&row, false, &mut event)?;
    let head = Head {
        position,
        hash: row.hash(),
        recorded_at: row.recorded_at(),
    };
    let log = hash_at(&reader, Position::START.next()).await?;
    let now = Environment::system().now();
    let key = keyring.checkpoint_key();
    let receipt = Receipt {
        version: VERSION,
        event: String::from_utf8(event)?.trim_end().to_owned(),
        previous: to_hex(&previous),
        checkpoint: Checkpoint::sign(key, &log, &head, now, NODE, &GENESIS),
    };
    files::write(out, &serde_json::to_vec_pretty(&receipt)?)
        .with_context(|| format!("{} cannot be written", out.display()))?;
    say!(
        "{} proves the entry {}; check it with the public key {}",
        out.display(),
        arguments.entry,
        key.public()
    );
    Ok(ExitCode::SUCCESS)
}

async fn hash_at(reader: &LogReader, position: Position) -> anyhow::Result<chain::Hash> {
    let page = reader.at(position).await?;
    let row = page.get(0);
    Ok(row
        .with_context(|| format!("the log has no event at position {position}"))?
        .hash())
}

/// Where an entry stands: only events that name it are decoded.
async fn find(reader: &LogReader, entry: EntryId) -> anyhow::Result<Position> {
    let head = reader.head().await?.position;
    let name = entry.to_string().into_bytes();
    let look = move |found: &mut Option<Position>, page: &RawPage| {
        let names_it = |payload: &[u8]| payload.windows(name.len()).any(|part| part == name);
        for row in page.iter().filter(|row| names_it(row.payload())) {
            let decoded = row.decode();
            if found.is_none()
                && let Ok(recorded) = decoded
                && recorded.event.entry().is_some_and(|held| held.id == entry)
            {
                *found = Some(recorded.position);
            }
        }
    };
    let found = reader.go_through(Position::START, head, None, look).await?;
    found.with_context(|| format!("the log holds no entry {entry}"))
}

/// Checks one, without any database.
///
/// # Errors
/// When it cannot be read, or proves nothing.
pub fn check(arguments: &CheckArguments) -> anyhow::Result<ExitCode> {
    let text = &arguments.public_key;
    let key = PublicKey::parse(text).with_context(|| format!("{text:?} is no public key"))?;
    let (movement, signed) = read(&arguments.file, key)
        .with_context(|| format!("{} proves nothing", arguments.file.display()))?;
    say!("entry     {}", movement.entry);
    say!("kind      {}", movement.kind);
    say!("day       {}", movement.effective);
    say!("position  {}", movement.position);
    for line in &movement.lines {
        let amount = super::show::amount(line.amount, movement.currency);
        say!(
            "          {:>14} {}  {}",
            amount,
            movement.currency,
            line.account
        );
    }
    say!("signed    {} by {}", signed.signed_at, signed.key);
    say!("the receipt holds");
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path, key: PublicKey) -> anyhow::Result<(Movement, Checkpoint)> {
    let size = std::fs::metadata(file)?.len();
    anyhow::ensure!(size <= BYTES_MAX, "it is larger than {BYTES_MAX} bytes");
    let receipt: Receipt = serde_json::from_slice(&std::fs::read(file)?)
        .context("it is not a receipt as `tributary ledger receipt` writes it")?;
    anyhow::ensure!(receipt.version == VERSION, "its version is not {VERSION}");
    let row: Row = line::read(&receipt.event)?;
    let previous = from_hex(&receipt.previous).context("the hash before it is none")?;
    anyhow::ensure!(
        chain::link(&previous, &row) == row.hash,
        "the event does not fit its hash: it was changed"
    );
    let signed = Checkpoint::read(&receipt.checkpoint)?;
    anyhow::ensure!(
        signed.key == key,
        "it was signed with another key, {}",
        signed.key
    );
    anyhow::ensure!(
        signed.position.get() == row.position && signed.hash == row.hash,
        "what was signed is another event"
    );
    let movement = Movement::of(&row.decode()?)?;
    Ok((movement.context("the event holds no entry")?, signed))
}
