//! Tasks that run as long as the server does. That one of them ends by itself, or panics, is noticed at
//! once: a server without its API or its ingest is worse than one that was restarted.

use std::future::Future;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Starts tasks and hears of the first that ends.
pub struct Watched {
    ended: watch::Sender<Option<&'static str>>,
}

/// Tells of the end, however it comes.
struct Ending {
    name: &'static str,
    ended: watch::Sender<Option<&'static str>>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.ended.send_if_modified(|first| {
            let is_first = first.is_none();
            first.get_or_insert(self.name);
            is_first
        });
    }
}

impl Watched {
    /// Watches nothing yet.
    pub fn new() -> Self {
        Self {
            ended: watch::Sender::new(None),
        }
    }

    /// Starts a task. `name` says what is missing without it.
    pub fn spawn(
        &self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        let ended = self.ended.clone();
        let ending = Ending { name, ended };
        tokio::spawn(async move {
            let _ending = ending;
            task.await;
        })
    }

    /// Waits for the first end; its name.
    pub async fn first_end(&self) -> &'static str {
        let mut ended = self.ended.subscribe();
        match ended.wait_for(Option::is_some).await.map(|name| *name) {
            Ok(Some(name)) => name,
            // The sender is in `self`.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// Waits for a task that was told to end. How it ended is logged; what else is to be done is done.
pub async fn settle(name: &'static str, task: JoinHandle<()>) {
    if let Err(error) = task.await {
        tracing::error!(%error, part = name, "ended badly");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(10);

    async fn first_end(watched: &Watched) -> &'static str {
        let end = tokio::time::timeout(PATIENCE, watched.first_end());
        end.await.expect("in time")
    }

    #[tokio::test]
    async fn a_task_that_ends_is_named() {
        let watched = Watched::new();
        let _other = watched.spawn("the other", std::future::pending());
        watched.spawn("one", async {});
        assert_eq!(first_end(&watched).await, "one");
    }

    #[tokio::test]
    async fn so_is_one_that_panics() {
        let watched = Watched::new();
        let task = watched.spawn("one", async { panic!("as the test wants it") });
        assert_eq!(first_end(&watched).await, "one");
        settle("one", task).await;
    }

    #[tokio::test]
    async fn as_long_as_all_run_there_is_nothing_to_hear() {
        let watched = Watched::new();
        let _one = watched.spawn("one", std::future::pending());
        tokio::select! {
            biased;
            name = watched.first_end() => panic!("{name} runs"),
            () = tokio::task::yield_now() => {}
        }
    }
}
