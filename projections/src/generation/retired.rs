//! A generation that served until now.

use super::{Generation, ViewsUrl};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long questions that began before a switch may go on before their generation is let go.
const RETIRE_MAX: Duration = Duration::from_secs(30);
const RETIRE_POLL: Duration = Duration::from_millis(20);

/// A generation that served until now.
pub(crate) struct Retired(Arc<Generation>);

impl Retired {
    pub(crate) fn new(generation: Arc<Generation>) -> Self {
        Self(generation)
    }

    /// Ends its connections once no question is left that began before the switch; its number.
    pub(crate) async fn let_go(self) -> i64 {
        let deadline = Instant::now() + RETIRE_MAX;
        while Arc::strong_count(&self.0) > 1 && Instant::now() < deadline {
            tokio::time::sleep(RETIRE_POLL).await;
        }
        self.0.db.close().await;
        self.0.number
    }

    /// Lets go of it and removes it.
    pub(crate) async fn remove(self, url: &ViewsUrl) {
        let generation = self.let_go().await;
        if let Err(error) = url.remove(generation).await {
            tracing::warn!(generation, "{error}; it is removed at the next start");
        }
    }
}
