//! Feeds of how things stand, from the read models: the first item at once, then one whenever it
//! differs, at most four a second.

use super::Feed;
use crate::Fault;
use crate::api::Shared;
use crate::fanout::{Mark, Subject, Track, Watcher};
use crate::schema::shared;
use async_graphql::Context;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The shortest time between two items.
const SPACING: Duration = Duration::from_millis(250);

/// Something whose standing can be followed.
pub(super) trait Standing: Send + Sync + 'static {
    /// How it stands.
    type Value: Clone + PartialEq + Send + 'static;

    /// Whose changes may concern it.
    fn subject(&self) -> Subject;

    /// How it stands now.
    fn ask(&self, shared: Arc<Shared>) -> BoxFuture<'_, Result<Self::Value, Fault>>;
}

struct State<S: Standing> {
    shared: Arc<Shared>,
    standing: S,
    watcher: Watcher,
    shown: Option<S::Value>,
    next_at: Instant,
    track: Option<Arc<Track>>,
    over: bool,
}

/// How something stands, as long as somebody follows. A fault ends the feed.
pub(super) fn feed<S: Standing>(ctx: &Context<'_>, standing: S) -> Feed<S::Value> {
    let shared = shared(ctx);
    let state = State {
        shared: Arc::clone(shared),
        // Before the first question, so that no change falls between the two.
        watcher: shared.standings.watch(standing.subject()),
        standing,
        shown: None,
        next_at: Instant::now(),
        track: ctx.data_opt::<Arc<Track>>().cloned(),
        over: false,
    };
    stream::unfold(state, |mut state| async move {
        if state.over {
            return None;
        }
        match state.next().await {
            Ok(value) => {
                if let Some(track) = &state.track {
                    track.mark(Mark::Value);
                }
                Some((Ok(value), state))
            }
            Err(fault) => {
                state.over = true;
                Some((Err(fault), state))
            }
        }
    })
    .boxed()
}

impl<S: Standing> State<S> {
    /// Waits for the next value that differs from the last.
    async fn next(&mut self) -> Result<S::Value, Fault> {
        loop {
            if self.shown.is_some() {
                self.watcher.changed().await;
            }
            // What changes meanwhile is in the answer; what changes after it is asked for again.
            tokio::time::sleep_until(self.next_at).await;
            let value = self.standing.ask(Arc::clone(&self.shared)).await?;
            self.next_at = Instant::now() + SPACING;
            if self.shown.as_ref() != Some(&value) {
                self.shown = Some(value.clone());
                return Ok(value);
            }
        }
    }
}
