//! A body that makes its receiver a viewer: from the moment when its first piece was taken.

use super::{Arrival, Connection};
use futures::Stream;
use futures::stream::StreamExt as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tributary_domain::viewer_session::Received;

/// Media that count whoever receives them, for as long as this lives.
pub struct Counted<S> {
    media: S,
    /// A piece was handed over.
    given: bool,
    arrival: Option<Arrival>,
    /// Dropping it ends the presence.
    connection: Option<Connection>,
}

impl<S> Counted<S> {
    /// `arrival` is `None` where nobody can be counted: watching goes on all the same.
    pub fn new(media: S, arrival: Option<Arrival>) -> Self {
        Self {
            media,
            given: false,
            arrival,
            connection: None,
        }
    }
}

impl<S: Stream + Unpin> Stream for Counted<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        // Who asks for more has taken what there was.
        if self.given
            && let Some(arrival) = self.arrival.take()
        {
            self.connection = Some(arrival.received(Received::Media));
        }
        let piece = ready!(self.media.poll_next_unpin(context));
        self.given |= piece.is_some();
        Poll::Ready(piece)
    }
}
