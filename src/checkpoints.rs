//! Signed checkpoints of the log, kept outside the database while the server runs.

use anyhow::Context as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tributary_store::checkpoint::{CheckpointError, Keeper};
use tributary_store::{Keyring, Log};

/// How often the log's end is signed while it moves. Whoever owns the database can rewrite what is
/// newer than the newest checkpoint. A line has some 600 bytes: less than 1 MB a day.
const SIGN_EVERY: Duration = Duration::from_secs(60);

/// Who signs when no server does.
pub const COMMAND_LINE: &str = "command line";

/// This node's checkpoints. Cheap to clone.
#[derive(Clone)]
pub struct Checkpoints {
    keeper: Arc<Mutex<Keeper>>,
    log: Log,
}

impl Checkpoints {
    /// Compares the newest checkpoint with the log.
    ///
    /// # Errors
    /// When the log is not the one that was signed, or the file cannot be read.
    pub async fn open(file: &Path, keyring: &Keyring, log: &Log) -> Result<Self, CheckpointError> {
        let storage = log.storage().as_ref();
        let keeper = Keeper::open(file, keyring.checkpoint_key(), storage).await?;
        Ok(Self {
            keeper: Arc::new(Mutex::new(keeper)),
            log: log.clone(),
        })
    }

    /// Signs the log's end if it has moved; the line.
    ///
    /// # Errors
    /// When the file cannot be written or the log not be read.
    pub async fn sign(&self, node: &str) -> Result<Option<String>, CheckpointError> {
        let now = self.log.environment().now();
        let mut keeper = self.keeper.lock().await;
        keeper.sign(self.log.storage().as_ref(), node, now).await
    }

    /// The last thing that is done with a log. The events are safe, signed or not.
    pub async fn sign_last(&self, node: &str) {
        if let Err(error) = self.sign(node).await {
            tracing::error!("the end of the log was not signed: {error}");
        }
    }

    /// Signs again and again until `stop`.
    pub async fn run(self, node: Arc<str>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(SIGN_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            // The next attempt makes up for one that failed.
            if let Err(error) = self.sign(&node).await {
                tracing::error!("the log's end could not be signed: {error}");
            }
        }
    }
}

/// Sets the checkpoints aside, so that the log as it is now is the one that is signed from here on.
///
/// # Errors
/// When the log cannot be opened, or the file not be renamed or written.
pub async fn accept(settings: &crate::settings::Settings) -> anyhow::Result<Accepted> {
    let file = &settings.checkpoint_file;
    let (log, keyring) = crate::parts::Core::open_log_unproven(settings).await?;
    let accept = async {
        let now = log.environment().now();
        let aside = Keeper::set_aside(file, now)
            .with_context(|| format!("{} cannot be renamed", file.display()))?;
        let checkpoints = Checkpoints::open(file, &keyring, &log).await?;
        let line = checkpoints.sign(COMMAND_LINE).await?;
        anyhow::Ok(Accepted { aside, line })
    };
    let accepted = accept.await;
    log.close().await;
    accepted
}

/// What [`accept`] did.
pub struct Accepted {
    /// What the file is called now.
    pub aside: Option<std::path::PathBuf>,
    /// The first line of the new one, if the log has any event.
    pub line: Option<String>,
}
