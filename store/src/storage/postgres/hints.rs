//! Hints from node to node: the log has grown.
//!
//! After an append a node sends a notification, outside the append and on a connection of its own that
//! does not wait for the disk: at most one is under way, and what is appended meanwhile goes into the
//! next. A notification inside the append would take a lock that all notifying commits share. A hint is
//! worth nothing by itself: who hears it reads the head, and who hears none for a while reads it, too.

use super::connect;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The channel of the database's notifications.
const CHANNEL: &str = "tributary_log";

/// The shortest time between two hints of a node: what a busy log costs in hints is bounded by it.
const HINT_EVERY: Duration = Duration::from_millis(5);

/// How long one notification may take before its connection is given up.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// The wait before a connection is tried again.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// Sends and hears hints, for as long as it lives.
pub(super) struct Hints {
    appended: Arc<Notify>,
    heard: Arc<Notify>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Hints {
    pub(super) fn start(options: &PgConnectOptions) -> Self {
        let options = options.clone().application_name("tributary hints");
        let (appended, heard) = (Arc::<Notify>::default(), Arc::<Notify>::default());
        let own = Arc::<AtomicU32>::default();
        let sending = send(options.clone(), Arc::clone(&own), Arc::clone(&appended));
        let listening = listen(options, own, Arc::clone(&heard));
        Self {
            appended,
            heard,
            tasks: Mutex::new(vec![tokio::spawn(sending), tokio::spawn(listening)]),
        }
    }

    /// This node has appended. Returns at once.
    pub(super) fn tell(&self) {
        self.appended.notify_one();
    }

    /// Waits until another node may have appended.
    pub(super) async fn heard(&self) {
        self.heard.notified().await;
    }

    pub(super) fn stop(&self) {
        let tasks = &mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.drain(..).for_each(|task| task.abort());
    }
}

impl Drop for Hints {
    fn drop(&mut self) {
        self.stop();
    }
}

/// `own`: the server's process behind the sending connection. What that sends, this node need not hear.
async fn send(options: PgConnectOptions, own: Arc<AtomicU32>, appended: Arc<Notify>) {
    // A hint that a crash loses is made up for by the next look at the head.
    let options = options.options([("synchronous_commit", "off")]);
    let mut connection = None;
    loop {
        appended.notified().await;
        let sent = timeout(SEND_TIMEOUT, async {
            let connection = match &mut connection {
                Some(connection) => connection,
                none => none.insert(connect(&options).await?),
            };
            let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid() FROM pg_notify($1, '')")
                .bind(CHANNEL)
                .fetch_one(connection)
                .await?;
            own.store(pid.unsigned_abs(), Ordering::Relaxed);
            Ok::<_, sqlx::Error>(())
        });
        let failed = match sent.await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("no answer in time".to_owned()),
        };
        if let Some(error) = failed {
            tracing::debug!(error, "other nodes were not told that the log has grown");
            connection = None;
            tokio::time::sleep(RECONNECT_AFTER).await;
        }
        tokio::time::sleep(HINT_EVERY).await;
    }
}

async fn listen(options: PgConnectOptions, own: Arc<AtomicU32>, heard: Arc<Notify>) {
    loop {
        let Err(error) = hear(&options, &own, &heard).await;
        tracing::debug!(%error, "no hints from other nodes for now: the log's head is polled");
        tokio::time::sleep(RECONNECT_AFTER).await;
    }
}

async fn hear(
    options: &PgConnectOptions,
    own: &AtomicU32,
    heard: &Notify,
) -> Result<std::convert::Infallible, sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options.clone())
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    // Nobody knows what was said before.
    heard.notify_one();
    loop {
        // `None`: the connection was lost and made again, and something may have been missed.
        let hint = listener.try_recv().await?;
        if hint.is_none_or(|hint| hint.process_id() != own.load(Ordering::Relaxed)) {
            heard.notify_one();
        }
    }
}
