//! Feeds of what happens, from the log itself.

use super::Feed;
use crate::Fault;
use crate::api::Shared;
use crate::schema::Cursor;
use futures::stream::{self, StreamExt as _};
use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use tributary_domain::{ChannelId, Position, Recorded};
use tributary_store::{Filter, Page, StoreError, TailReader};

/// From where on a feed reads: behind a cursor, or from now on.
pub(super) fn begin(shared: &Shared, after: Option<&str>) -> Result<Position, Fault> {
    match after {
        Some(cursor) => Cursor::position("after", cursor),
        None => Ok(shared.log.head()),
    }
}

/// Makes items of a channel's events.
pub(super) trait Items: Send + 'static {
    /// What the feed shows.
    type Item: Send + 'static;

    /// The items of a page, in its order.
    fn of(&self, page: &Page) -> impl Future<Output = Result<Vec<Self::Item>, Fault>> + Send;
}

struct State<I: Items> {
    reader: TailReader,
    items: I,
    ready: VecDeque<I::Item>,
    over: bool,
}

/// The items of a channel's events after a place, without an end: whoever follows drops it. A fault
/// ends it.
pub(super) fn feed<I: Items>(
    shared: &Arc<Shared>,
    channel: ChannelId,
    after: Position,
    items: I,
) -> Feed<I::Item> {
    let state = State {
        reader: shared.log.tail(after, Filter::Channel(channel)),
        items,
        ready: VecDeque::new(),
        over: false,
    };
    stream::unfold(state, |mut state| async move {
        loop {
            if let Some(item) = state.ready.pop_front() {
                return Some((Ok(item), state));
            }
            if state.over {
                return None;
            }
            match state.reader.next().await {
                Ok(page) => match state.items.of(&page).await {
                    Ok(items) => state.ready.extend(items),
                    Err(fault) => {
                        state.over = true;
                        return Some((Err(fault), state));
                    }
                },
                Err(StoreError::Closed) => return None,
                Err(error) => {
                    state.over = true;
                    return Some((Err(error.into()), state));
                }
            }
        }
    })
    .boxed()
}

/// The cursor of an event.
pub(super) fn cursor(recorded: &Recorded) -> String {
    Cursor::write(recorded.position)
}
