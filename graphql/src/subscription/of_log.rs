//! Feeds of what happens, from the log itself.

use super::Feed;
use crate::Fault;
use crate::fanout::{Follower, Mark, Pages, Topic, Track};
use crate::schema::{Cursor, shared};
use async_graphql::Context;
use futures::stream::{self, StreamExt as _};
use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use tributary_domain::{Position, Recorded};
use tributary_store::Page;

/// An item, and what is known of it beside what it shows.
pub(super) struct Placed<T> {
    mark: Mark,
    item: T,
}

impl<T> Placed<T> {
    /// What an event is shown as.
    pub(super) fn new(recorded: &Recorded, item: T) -> Self {
        let mark = Mark::Event {
            place: recorded.position,
            withdraws: None,
        };
        Self { mark, item }
    }

    /// The same, and an earlier event may no longer be shown as it was.
    pub(super) fn withdrawing(recorded: &Recorded, item: T, withdrawn: Position) -> Self {
        let mark = Mark::Event {
            place: recorded.position,
            withdraws: Some(withdrawn),
        };
        Self { mark, item }
    }
}

/// Makes items of events.
pub(super) trait Items: Send + 'static {
    /// What the feed shows.
    type Item: Send + 'static;

    /// The items of a page, in its order, at most one for each event.
    fn of(
        &self,
        page: &Page,
    ) -> impl Future<Output = Result<Vec<Placed<Self::Item>>, Fault>> + Send;
}

enum Source {
    /// What comes, without an end.
    Live(Follower),
    /// What came, as far as here at least.
    Past(Pages, Position),
}

struct State<I: Items> {
    source: Source,
    items: I,
    ready: VecDeque<Placed<I::Item>>,
    track: Option<Arc<Track>>,
    over: bool,
}

/// The items of a topic's events: behind the cursor `after`, or from now on; for a group or a replay, from
/// where these say. Without an end, but for a replay: whoever follows drops it. A fault ends it.
///
/// # Errors
/// When `after` is no cursor.
pub(super) fn feed<I: Items>(
    ctx: &Context<'_>,
    topic: Topic,
    after: Option<&str>,
    items: I,
) -> Result<Feed<I::Item>, Fault> {
    let shared = shared(ctx);
    let track = ctx.data_opt::<Arc<Track>>().cloned();
    let after = match (track.as_ref().and_then(|track| track.after), after) {
        (Some(place), _) => place,
        (None, Some(cursor)) => Cursor::position("after", cursor)?,
        (None, None) => shared.log.head(),
    };
    let pages = Pages::new(shared, topic, after);
    let source = match track.as_ref().and_then(|track| track.until) {
        Some(until) => Source::Past(pages, until),
        None => Source::Live(shared.router.follow(pages, topic)),
    };
    let state = State {
        source,
        items,
        ready: VecDeque::new(),
        track,
        over: false,
    };
    Ok(stream::unfold(state, |mut state| async move {
        if state.over {
            return None;
        }
        match state.next().await {
            Ok(item) => item.map(|item| (Ok(item), state)),
            Err(fault) => {
                state.over = true;
                Some((Err(fault), state))
            }
        }
    })
    .boxed())
}

impl<I: Items> State<I> {
    async fn next(&mut self) -> Result<Option<I::Item>, Fault> {
        loop {
            if let Some(Placed { mark, item }) = self.ready.pop_front() {
                if let Some(track) = &self.track {
                    track.mark(mark);
                }
                return Ok(Some(item));
            }
            let page = match &mut self.source {
                Source::Live(follower) => follower.next().await?,
                Source::Past(pages, until) if pages.position() < *until => {
                    pages.next(*until).await?
                }
                Source::Past(pages, _) => {
                    if let Some(track) = &self.track {
                        track.reach(pages.position());
                    }
                    return Ok(None);
                }
            };
            if !page.events.is_empty() {
                self.ready.extend(self.items.of(&page).await?);
            }
        }
    }
}

/// The cursor of an event.
pub(super) fn cursor(recorded: &Recorded) -> String {
    Cursor::write(recorded.position)
}
