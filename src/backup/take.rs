//! Takes a backup, beside a server that runs or without one.

use super::Progress;
use super::manifest::{self, FORMAT, Manifest};
use super::packed::{CredentialLine, Packer, ReceiptLine, holds_something};
use crate::settings::Settings;
use crate::{files, private};
use anyhow::{Context as _, ensure};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use tributary_domain::Position;
use tributary_store::checkpoint::{self, Checkpoint, to_hex};
use tributary_store::reader::{Beside, Selection, Snapshot};
use tributary_store::{Environment, LogReader, line};

/// What was taken.
pub struct Taken {
    /// The whole of it.
    pub manifest: Manifest,
    /// Whether the secret is in it.
    pub with_secret: bool,
}

/// Takes a backup into a folder that is empty or not there.
///
/// # Errors
/// When the log cannot be read or the folder not be written.
pub async fn take(
    settings: &Settings,
    folder: &Path,
    with_secret: bool,
    mut on_progress: impl FnMut(Progress),
) -> anyhow::Result<Taken> {
    let context = || format!("{} cannot be written", folder.display());
    ensure!(
        !holds_something(folder).with_context(context)?,
        "{} is not empty; a backup is taken into a folder of its own",
        folder.display()
    );
    private::folder(folder).with_context(context)?;
    let reader = LogReader::open(&settings.log_url).await?;
    let snapshot = reader.snapshot().await?;
    let head = snapshot.head;
    let mut names = vec![manifest::RECEIPTS, manifest::CREDENTIALS, manifest::EVENTS];
    let (receipts, credentials) = beside(snapshot, folder).await?;

    let mut events = Packer::create(folder.join(manifest::EVENTS))?;
    let selection = Selection {
        upto: Some(head.position),
        ..Selection::default()
    };
    let mut scan = reader.scan(selection).await?;
    let mut lines = Vec::new();
    let total = head.position.since(Position::START);
    while let Some(part) = scan.next().await? {
        lines.clear();
        for row in part.page.iter() {
            line::write(&row, true, &mut lines)?;
        }
        events.write(&lines)?;
        let done = part.upto.since(Position::START);
        on_progress(Progress { done, total });
    }
    events.finish()?;
    if checkpoints(settings, folder, head.position).with_context(context)? {
        names.push(manifest::CHECKPOINTS);
    }
    if with_secret {
        let file = &settings.secret_file;
        let secret = std::fs::read(file);
        let secret = secret.with_context(|| format!("{} cannot be read", file.display()))?;
        files::write(&folder.join(manifest::SECRET), &secret).with_context(context)?;
        names.push(manifest::SECRET);
    }
    let mut entries = BTreeMap::new();
    for name in names {
        let entry = manifest::digest(&folder.join(name)).with_context(context)?;
        entries.insert(name.to_owned(), entry);
    }
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: Environment::system().now(),
        position: head.position,
        hash: to_hex(&head.hash),
        recorded_at: head.recorded_at,
        receipts,
        credentials,
        files: entries,
    };
    let mut text = serde_json::to_vec_pretty(&manifest)?;
    text.push(b'\n');
    // From here on it is a backup.
    files::write(&folder.join(manifest::FILE), &text).with_context(context)?;
    files::sync_folder_of(folder).with_context(context)?;
    Ok(Taken {
        manifest,
        with_secret,
    })
}

/// Receipts and credentials; how many of each.
async fn beside(mut snapshot: Snapshot, folder: &Path) -> anyhow::Result<(u64, u64)> {
    let mut receipts = Packer::create(folder.join(manifest::RECEIPTS))?;
    let mut credentials = Packer::create(folder.join(manifest::CREDENTIALS))?;
    let (mut receipt_count, mut credential_count) = (0, 0);
    while let Some(found) = snapshot.beside.recv().await {
        match found? {
            Beside::Receipt(receipt) => {
                receipts.write_line(&ReceiptLine::from(receipt))?;
                receipt_count += 1;
            }
            Beside::Credential(credential) => {
                credentials.write_line(&CredentialLine::from(credential))?;
                credential_count += 1;
            }
        }
    }
    receipts.finish()?;
    credentials.finish()?;
    Ok((receipt_count, credential_count))
}

/// Whole lines of this node's checkpoints, of what the backup holds; false if there are none. A server
/// may sign more meanwhile.
fn checkpoints(settings: &Settings, folder: &Path, upto: Position) -> anyhow::Result<bool> {
    let mut lines = Vec::new();
    for file in checkpoint::files(&settings.checkpoint_file)? {
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        for line in text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
        {
            // What cannot be read is kept: a restore must not hide that something is wrong.
            let read = Checkpoint::read(line.trim_end());
            if read.is_ok_and(|checkpoint| checkpoint.position > upto) {
                break;
            }
            lines.extend_from_slice(line.as_bytes());
        }
    }
    if lines.is_empty() {
        return Ok(false);
    }
    let mut file = files::create(&folder.join(manifest::CHECKPOINTS))?;
    file.write_all(&lines)?;
    file.sync_all()?;
    Ok(true)
}
