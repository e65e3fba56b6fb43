//! Restores a backup into an empty log, of either engine.

use super::Progress;
use super::manifest::{self, Manifest};
use super::packed::{CredentialLine, ReceiptLine, Unpacker};
use crate::settings::Settings;
use crate::{control, files, private};
use anyhow::{Context as _, bail, ensure};
use std::path::{Path, PathBuf};
use tributary_domain::Position;
use tributary_store::bulk::{BATCH_ROWS, Bulk};
use tributary_store::checkpoint::{self, to_hex};
use tributary_store::storage::StoredReceipt;
use tributary_store::verify::{self, Report};
use tributary_store::{LogReader, line};

/// Stands in the data folder from the first event that is written to the last check that is made.
const MARKER: &str = "restore.unfinished";

/// What was restored.
pub struct Restored {
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// What the log says of itself now.
    pub report: Report,
    /// Whether a secret is in place.
    pub has_secret: bool,
}

/// Refuses a log that was restored by half: no server must add to it.
///
/// # Errors
/// When it was.
pub fn refuse_half(settings: &Settings) -> anyhow::Result<()> {
    ensure!(
        !marker(settings).exists(),
        "a restore into {} was interrupted; run it again, it goes on where it stopped",
        settings.data_dir.display()
    );
    Ok(())
}

fn marker(settings: &Settings) -> PathBuf {
    settings.data_dir.join(MARKER)
}

/// Restores a backup. One that was interrupted is gone on with.
///
/// # Errors
/// When the backup is not whole or was changed, or the log is not an empty one.
pub async fn restore(
    settings: &Settings,
    folder: &Path,
    on_progress: impl FnMut(Progress) + Clone + Send + 'static,
) -> anyhow::Result<Restored> {
    ensure!(
        !control::is_served(&settings.control_socket()).await,
        "a server runs in {}; stop it: a restore is into a log that nobody writes",
        settings.data_dir.display()
    );
    let manifest = Manifest::read(folder)?;
    manifest.check(folder)?;
    refuse_another_secret(settings, folder, &manifest)?;
    private::folder(&settings.data_dir)
        .with_context(|| format!("{} cannot be made", settings.data_dir.display()))?;
    let mut bulk = Bulk::open(&settings.log_url).await?;
    let written = write(settings, folder, &manifest, &mut bulk, on_progress.clone()).await;
    bulk.close().await;
    written?;
    place_files(settings, folder, &manifest)?;
    let report = check(settings, folder, &manifest).await?;
    std::fs::remove_file(marker(settings))?;
    files::sync_folder_of(&marker(settings))?;
    Ok(Restored {
        manifest,
        report,
        has_secret: settings.secret_file.exists(),
    })
}

/// Before anything is written.
fn refuse_another_secret(
    settings: &Settings,
    folder: &Path,
    manifest: &Manifest,
) -> anyhow::Result<()> {
    let there = &settings.secret_file;
    if !manifest.files.contains_key(manifest::SECRET) || !there.exists() {
        return Ok(());
    }
    let same = std::fs::read_to_string(there)?.trim()
        == std::fs::read_to_string(folder.join(manifest::SECRET))?.trim();
    ensure!(
        same,
        "{} is another secret than that of the backup; it is not written over: restore into another \
         data folder",
        there.display()
    );
    Ok(())
}

async fn write(
    settings: &Settings,
    folder: &Path,
    manifest: &Manifest,
    bulk: &mut Bulk,
    mut on_progress: impl FnMut(Progress),
) -> anyhow::Result<()> {
    let marker = marker(settings);
    let begun = std::fs::read_to_string(&marker).ok();
    if begun.as_deref() != Some(&manifest.hash) {
        ensure!(
            begun.is_none(),
            "another backup was being restored here; go on with that one, or begin with an empty log \
             and without {}",
            marker.display()
        );
        ensure!(
            bulk.head().position == Position::START,
            "the log is not empty: a backup is restored into an empty one"
        );
        files::write(&marker, manifest.hash.as_bytes())?;
    }
    let mut events = Unpacker::open(folder.join(manifest::EVENTS))?;
    let mut receipts = Receipts::open(folder)?;
    let head = bulk.head();
    let total = manifest.position.since(Position::START);
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    loop {
        let row = events.next()?.map(line::read);
        let row = row.transpose().with_context(|| events.place())?;
        let ended = row.is_none();
        if let Some(row) = row {
            if row.position > head.position.get() {
                batch.push(row);
            } else if row.position == head.position.get() {
                ensure!(
                    row.hash == head.hash,
                    "the log holds other events than the backup; begin with an empty one"
                );
            }
        }
        if batch.len() == BATCH_ROWS || (ended && !batch.is_empty()) {
            let rows = std::mem::take(&mut batch);
            let upto = rows.last().map_or(0, |row| row.position);
            let receipts = receipts.upto(head.position, upto)?;
            let appended = bulk.append(rows, receipts).await;
            appended.with_context(|| events.place())?;
            let done = bulk.head().position.since(Position::START);
            on_progress(Progress { done, total });
        }
        if ended {
            break;
        }
    }
    let mut credentials = Unpacker::open(folder.join(manifest::CREDENTIALS))?;
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    while let Some(credential) = credentials.next_of::<CredentialLine>()? {
        batch.push(credential.credential()?);
        if batch.len() == BATCH_ROWS {
            bulk.credentials(std::mem::take(&mut batch)).await?;
        }
    }
    bulk.credentials(batch).await?;
    let head = bulk.head();
    ensure!(
        head.position == manifest.position && to_hex(&head.hash) == manifest.hash,
        "the restored log ends at {}, where the backup was to end at {} with another hash",
        head.position,
        manifest.position
    );
    Ok(())
}

/// Receipts, in the order of the events that they point at.
struct Receipts {
    lines: Unpacker,
    next: Option<StoredReceipt>,
}

impl Receipts {
    fn open(folder: &Path) -> anyhow::Result<Self> {
        let mut receipts = Self {
            lines: Unpacker::open(folder.join(manifest::RECEIPTS))?,
            next: None,
        };
        receipts.advance()?;
        Ok(receipts)
    }

    fn advance(&mut self) -> anyhow::Result<Option<StoredReceipt>> {
        let line = self.lines.next_of::<ReceiptLine>()?;
        let next = line.map(ReceiptLine::receipt).transpose()?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    /// Those of events up to a place, without what was written before.
    fn upto(&mut self, written: Position, upto: i64) -> anyhow::Result<Vec<StoredReceipt>> {
        let mut found = vec![];
        while self
            .next
            .as_ref()
            .is_some_and(|next| next.first.get() <= upto)
        {
            found.extend(self.advance()?.filter(|receipt| receipt.first > written));
        }
        Ok(found)
    }
}

/// What stands beside the log. Nothing is written over.
fn place_files(settings: &Settings, folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    for (name, place) in [
        (manifest::SECRET, &settings.secret_file),
        (manifest::CHECKPOINTS, &settings.checkpoint_file),
    ] {
        if manifest.files.contains_key(name) && !place.exists() {
            let bytes = std::fs::read(folder.join(name))?;
            files::write(place, &bytes)
                .with_context(|| format!("{} cannot be written", place.display()))?;
        }
    }
    Ok(())
}

/// Whether what can be read now is what was written then, signed checkpoints included.
async fn check(settings: &Settings, folder: &Path, manifest: &Manifest) -> anyhow::Result<Report> {
    let mut signed = vec![];
    if manifest.files.contains_key(manifest::CHECKPOINTS) {
        signed.push(folder.join(manifest::CHECKPOINTS));
    }
    let lines = checkpoint::read(&signed, None).context("the checkpoints cannot be read")?;
    let reader = LogReader::open(&settings.log_url).await?;
    let report = verify::verify(&reader, lines.checkpoints, Position::START, |_| {}).await?;
    if let Some(finding) = report.findings.first() {
        bail!(
            "the restored log does not hold, and neither does the backup: position {}: {}",
            finding.position,
            finding.fault
        );
    }
    if let Some(problem) = lines.problems.first() {
        bail!(
            "the backup's checkpoints, line {}: {}",
            problem.line,
            problem.fault
        );
    }
    Ok(report)
}
