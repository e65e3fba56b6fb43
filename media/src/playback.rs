//! A viewer: FLV as a stream of bytes, ready to be an HTTP body.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::stream::{BoxStream, Stream, StreamExt, unfold};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::hub::{Broadcast, Signal};
use crate::ring::Cursor;

/// One viewer of one broadcast. The first item is the FLV header with everything a player needs to
/// show a picture; each later one is whole tags. Ends when the broadcast does. While it is not
/// polled it costs nothing and holds no frames; dropping it ends the viewing.
///
/// A viewer that takes longer than [`crate::hub::WRITE_TIMEOUT`] for one item ends when it is polled
/// next. One that is never polled again is for its transport to cut: a body cannot close a socket.
pub struct Playback {
    items: BoxStream<'static, Bytes>,
}

impl Playback {
    pub(crate) fn new(broadcast: Arc<Broadcast>) -> Self {
        let viewer = Viewer::new(broadcast);
        let items = unfold(viewer, |mut viewer| async move {
            let item = viewer.next().await?;
            Some((item, viewer))
        });
        Self {
            items: items.boxed(),
        }
    }
}

impl Stream for Playback {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.poll_next_unpin(context).map(|item| item.map(Ok))
    }
}

impl std::fmt::Debug for Playback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Playback").finish_non_exhaustive()
    }
}

struct Viewer {
    broadcast: Arc<Broadcast>,
    signal: watch::Receiver<Signal>,
    cursor: Cursor,
    /// When the last item was handed over.
    given: Option<Instant>,
}

impl Viewer {
    fn new(broadcast: Arc<Broadcast>) -> Self {
        for counters in [broadcast.node.as_ref(), &broadcast.own] {
            counters.viewers.fetch_add(1, Relaxed);
            counters.viewers_total.fetch_add(1, Relaxed);
        }
        let signal = broadcast.subscribe();
        Self {
            broadcast,
            signal,
            cursor: Cursor::default(),
            given: None,
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        let timeout = self.broadcast.settings.write_timeout;
        if self
            .given
            .take()
            .is_some_and(|given| given.elapsed() > timeout)
        {
            self.broadcast.node.viewers_cut.fetch_add(1, Relaxed);
            return None;
        }
        loop {
            // The signal is looked at first: what was pushed before an end is read before it.
            let ended = self.signal.borrow_and_update().ended;
            if let Some(bytes) = self.broadcast.read(&mut self.cursor) {
                self.given = Some(Instant::now());
                return Some(bytes);
            }
            if ended || self.signal.changed().await.is_err() {
                return None;
            }
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        for counters in [self.broadcast.node.as_ref(), &self.broadcast.own] {
            counters.viewers.fetch_sub(1, Relaxed);
        }
    }
}
