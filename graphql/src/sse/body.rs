//! The body of a stream of events.

use crate::api::Api;
use crate::auth::Caller;
use crate::door::Pass;
use crate::fanout::{Ending, Following, Outbox, Step};
use crate::schema::Cursor;
use async_graphql::Request;
use axum::body::Bytes;
use futures::{FutureExt as _, Stream};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;
use tributary_domain::Position;

/// What is gathered before it is written, unless one event alone is larger.
const WRITE_BYTES: usize = 64 * 1024;

/// The longest silence: proxies take one of a minute for the end.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// A comment, which clients pass over.
const COMMENT: &[u8] = b":\n\n";

/// A wait that never ends, as far as timers go.
const NEVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The events of one operation. The connection writes one batch before it asks for the next, so a client
/// that does not read holds nothing but that.
pub(super) struct Events {
    following: Option<Following>,
    outbox: Arc<Outbox>,
    /// Given back with the response.
    _pass: Option<Pass>,
    silence: Pin<Box<Sleep>>,
    /// The end of the token.
    until: Pin<Box<Sleep>>,
    stopping: Pin<Box<WaitForCancellationFutureOwned>>,
    is_over: bool,
}

impl Events {
    pub(super) fn begin(api: &Api, request: Request, caller: Caller, resume: Option<&str>) -> Self {
        let outbox = Arc::default();
        let identity = caller.identity;
        let pass = identity.and_then(|identity| api.door.enter(identity, &outbox));
        let now = api.shared.log.environment().now();
        let left = identity.map(|identity| (identity.expires_at - now).to_std());
        let left = left.map_or(NEVER, Result::unwrap_or_default).min(NEVER);
        let following = api.begin(request, caller, resume, (&outbox, 0));
        // One whose session is over hears nothing.
        let may_stay = identity.is_none() || pass.is_some();
        Self {
            following: Some(following).filter(|_| may_stay),
            outbox,
            _pass: pass,
            silence: Box::pin(tokio::time::sleep(KEEP_ALIVE)),
            until: Box::pin(tokio::time::sleep(left)),
            stopping: Box::pin(api.shared.closing.clone().cancelled_owned()),
            is_over: false,
        }
    }

    fn gather(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut ready = Vec::new();
        let is_shown_out = self.outbox.take(&mut ready).is_some();
        let step = match &mut self.following {
            Some(following) if !is_shown_out => following.take(&mut |place, payload| {
                write_next(&mut out, place, payload);
                out.len() < WRITE_BYTES
            }),
            _ => Step::Ended(Ending::Complete),
        };
        match step {
            Step::Idle => {}
            Step::More => self.outbox.ready(0),
            Step::Ended(ending) => {
                self.end(&mut out, &ending);
            }
        }
        out
    }

    fn end(&mut self, out: &mut Vec<u8>, ending: &Ending) {
        if let Ending::Errors(errors) = ending {
            let mut payload = b"{\"errors\":".to_vec();
            payload.extend_from_slice(errors);
            payload.push(b'}');
            write_next(out, None, &payload);
        }
        out.extend_from_slice(b"event: complete\ndata:\n\n");
        self.following = None;
        self.is_over = true;
    }
}

/// JSON has no line breaks of its own, so an event's data is one line.
fn write_next(out: &mut Vec<u8>, place: Option<Position>, payload: &[u8]) {
    out.extend_from_slice(b"event: next\n");
    if let Some(place) = place {
        out.extend_from_slice(b"id: ");
        out.extend_from_slice(Cursor::write(place).as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(payload);
    out.extend_from_slice(b"\n\n");
}

impl Stream for Events {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        self.outbox.register(context.waker());
        let mut out = Vec::new();
        if self.stopping.poll_unpin(context).is_ready() || self.until.poll_unpin(context).is_ready()
        {
            self.end(&mut out, &Ending::Complete);
        } else {
            out = self.gather();
        }
        if out.is_empty() {
            if self.silence.poll_unpin(context).is_pending() {
                return Poll::Pending;
            }
            out.extend_from_slice(COMMENT);
        }
        let next = Instant::now() + KEEP_ALIVE;
        self.silence.as_mut().reset(next);
        // So that it wakes when it is over, even if nothing else does.
        let _armed = self.silence.poll_unpin(context);
        Poll::Ready(Some(Ok(out.into())))
    }
}
