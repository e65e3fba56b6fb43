//! Feeds of how things stand, from the read models: the first item at once, then one whenever it
//! differs, at most four a second.

use super::Feed;
use crate::Fault;
use crate::api::Shared;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tributary_projections::Changed;

/// The shortest time between two items.
const SPACING: Duration = Duration::from_millis(250);

/// Something whose standing can be followed.
pub(super) trait Standing: Send + Sync + 'static {
    /// How it stands.
    type Value: Clone + PartialEq + Send + 'static;

    /// Whether a change may concern it.
    fn concerns(&self, changed: &Changed) -> bool;

    /// How it stands now.
    fn ask(&self, shared: Arc<Shared>) -> BoxFuture<'_, Result<Self::Value, Fault>>;
}

struct State<S: Standing> {
    shared: Arc<Shared>,
    standing: S,
    changes: Receiver<Arc<Changed>>,
    shown: Option<S::Value>,
    next_at: Instant,
    over: bool,
}

/// How something stands, as long as somebody follows. A fault ends the feed.
pub(super) fn feed<S: Standing>(shared: &Arc<Shared>, standing: S) -> Feed<S::Value> {
    let state = State {
        shared: Arc::clone(shared),
        standing,
        // Before the first question, so that no change falls between the two.
        changes: shared.views.changes(),
        shown: None,
        next_at: Instant::now(),
        over: false,
    };
    stream::unfold(state, |mut state| async move {
        if state.over {
            return None;
        }
        match state.next().await {
            Ok(value) => value.map(|value| (Ok(value), state)),
            Err(fault) => {
                state.over = true;
                Some((Err(fault), state))
            }
        }
    })
    .boxed()
}

impl<S: Standing> State<S> {
    /// Waits for the next value that differs from the last; `None` when the read models are gone.
    async fn next(&mut self) -> Result<Option<S::Value>, Fault> {
        loop {
            if self.shown.is_some() && !self.changed().await {
                return Ok(None);
            }
            // What changes meanwhile is in the answer; what changes after it is asked for again.
            tokio::time::sleep_until(self.next_at).await;
            self.changes = self.changes.resubscribe();
            let value = self.standing.ask(Arc::clone(&self.shared)).await?;
            self.next_at = Instant::now() + SPACING;
            if self.shown.as_ref() != Some(&value) {
                self.shown = Some(value.clone());
                return Ok(Some(value));
            }
        }
    }

    /// Waits for a change that may concern this; false when there will be none.
    async fn changed(&mut self) -> bool {
        loop {
            match self.changes.recv().await {
                Ok(changed) if changed.anything || self.standing.concerns(&changed) => return true,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }
}
