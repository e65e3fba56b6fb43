//! The task of a socket: bytes in and out, time, and the operations that run.
//!
//! One future, polled by hand, with one timer and no buffer while nothing happens. What there is to say is
//! gathered from all operations into one write, as much as the client can take; while that waits to be
//! taken, nothing more is gathered and nothing is read, so a client that does not read holds nothing but
//! the end of one write.

use super::deadlines::{Deadlines, FAREWELL, NEVER, PATIENCE};
use super::frame::{self, Decoder, Incoming};
use super::introduction::who;
use super::operations::{Operations, write_ending};
use super::protocol::{self, Action, Closing, Protocol};
use crate::Fault;
use crate::api::Api;
use crate::auth::Caller;
use crate::door::Pass;
use crate::fanout::{Ending, Outbox};
use crate::messages::{Language, Sentence};
use crate::rate::{Deed, Who};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

/// What is read at once.
const READ_BYTES: usize = 4 * 1024;

/// How often a socket goes round before other tasks have their turn.
const ROUNDS_MAX: usize = 16;

thread_local! {
    /// Where writes are gathered: one for each thread, not one for each socket.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

struct Connection<Io> {
    /// Whose budget its operations are spent from.
    who: Who,
    api: Api,
    io: Io,
    decoder: Decoder,
    protocol: Protocol,
    outbox: Arc<Outbox>,
    operations: Operations,
    /// What waits to be written.
    pending: Vec<u8>,
    written: usize,
    introducing: Option<BoxFuture<'static, Result<Caller, Fault>>>,
    caller: Caller,
    pass: Option<Pass>,
    deadlines: Deadlines,
    /// The last ping was not followed by any sign of life yet.
    is_quiet: bool,
    /// A close frame was written, or is being.
    is_closing: bool,
}

/// Serves a socket until one side closes it.
pub(super) async fn serve<Io>(api: Api, io: Io, from: Who, is_ours: bool, language: Language)
where
    Io: AsyncRead + AsyncWrite + Unpin,
{
    let settings = &api.shared.settings;
    let now = Instant::now();
    let stopping = api.shared.closing.clone().cancelled_owned();
    let mut connection = Connection {
        who: from,
        decoder: Decoder::new(settings.body_bytes_max),
        protocol: Protocol::new(settings.subscriptions_max),
        outbox: Arc::default(),
        operations: Operations::default(),
        pending: Vec::new(),
        written: 0,
        introducing: None,
        caller: Caller {
            identity: None,
            language,
        },
        pass: None,
        deadlines: Deadlines {
            introduction: now + settings.init_timeout,
            ping: now + settings.ping_interval,
            patience: None,
        },
        is_quiet: false,
        is_closing: false,
        io,
        api,
    };
    if !is_ours {
        connection.close(&Closing::wrong_subprotocol());
    }
    let mut timer = std::pin::pin!(tokio::time::sleep_until(connection.deadlines.next()));
    let mut stopping = std::pin::pin!(stopping);
    poll_fn(|context| connection.poll(context, timer.as_mut(), stopping.as_mut())).await;
}

/// What came of one look at something.
enum Look {
    /// There was something: look again.
    Something,
    /// There was nothing.
    Nothing,
    /// The socket is over.
    Over,
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Connection<Io> {
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        mut timer: Pin<&mut Sleep>,
        mut stopping: Pin<&mut WaitForCancellationFutureOwned>,
    ) -> Poll<()> {
        for _ in 0..ROUNDS_MAX {
            if self.write(context).is_ready_err() {
                return Poll::Ready(());
            }
            let is_stuck = self.written < self.pending.len();
            self.deadlines.patience = match self.deadlines.patience {
                _ if !is_stuck && !self.is_closing && !self.decoder.is_amid() => None,
                None => Some(Instant::now() + PATIENCE),
                running => running,
            };
            if !is_stuck {
                if !self.is_closing && stopping.as_mut().poll_unpin(context).is_ready() {
                    self.close(&Closing::going_away());
                    continue;
                }
                self.outbox.register(context.waker());
                if self.gather() || self.introduce(context) {
                    continue;
                }
                match self.read(context) {
                    Look::Something => continue,
                    Look::Nothing => {}
                    Look::Over => return Poll::Ready(()),
                }
            }
            if timer.deadline() != self.deadlines.next() {
                timer.as_mut().reset(self.deadlines.next());
            }
            ready!(timer.as_mut().poll_unpin(context));
            match self.on_time(is_stuck) {
                Look::Over => return Poll::Ready(()),
                Look::Something | Look::Nothing => {}
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Writes what waits. Pending: the client takes no more at the moment.
    fn write(&mut self, context: &mut Context<'_>) -> Written {
        while self.written < self.pending.len() {
            match Pin::new(&mut self.io).poll_write(context, &self.pending[self.written..]) {
                Poll::Ready(Ok(0) | Err(_)) => return Written::Broken,
                Poll::Ready(Ok(count)) => {
                    self.written += count;
                    if !self.is_closing && !self.decoder.is_amid() {
                        // Slow is not still.
                        self.deadlines.patience = None;
                    }
                }
                Poll::Pending => {
                    // A batch that was taken in part is not kept whole.
                    self.pending.drain(..self.written);
                    self.pending.shrink_to_fit();
                    self.written = 0;
                    return Written::Waits;
                }
            }
        }
        self.written = 0;
        if self.pending.capacity() > 0 {
            let mut scratch = std::mem::take(&mut self.pending);
            scratch.clear();
            SCRATCH.set(scratch);
        }
        if Pin::new(&mut self.io).poll_flush(context).is_pending() {
            return Written::Waits;
        }
        Written::All
    }

    /// Gathers what the operations have to say; false if that is nothing.
    fn gather(&mut self) -> bool {
        if self.is_closing {
            return false;
        }
        if let Some(closing) = self.operations.notice(&self.outbox) {
            self.close(&closing);
            return true;
        }
        if self.operations.are_silent() {
            return false;
        }
        let mut out = self.scratch();
        self.operations.gather(&mut out, &mut self.protocol);
        self.pending = out;
        true
    }

    /// A buffer to write into, with what waits already.
    fn scratch(&mut self) -> Vec<u8> {
        if self.pending.is_empty() {
            SCRATCH.take()
        } else {
            std::mem::take(&mut self.pending)
        }
    }

    fn say(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut out = self.scratch();
        write(&mut out);
        self.pending = out;
    }

    fn close(&mut self, closing: &Closing) {
        tracing::debug!(
            code = closing.code,
            reason = closing.reason,
            "a socket is closed"
        );
        self.operations = Operations::default();
        self.say(|out| frame::write_close(out, closing.code, &closing.reason));
        self.is_closing = true;
        self.deadlines.patience = Some(Instant::now() + FAREWELL);
    }

    /// Finds out who is there; true if that is known now.
    fn introduce(&mut self, context: &mut Context<'_>) -> bool {
        let Some(introducing) = &mut self.introducing else {
            return false;
        };
        let Poll::Ready(caller) = introducing.poll_unpin(context) else {
            return false;
        };
        self.introducing = None;
        match caller.and_then(|caller| self.admit(caller)) {
            Ok(()) => {
                self.protocol.acknowledge();
                self.say(|out| frame::write_text(out, protocol::ACK));
            }
            Err(fault) => {
                let reason = fault.say(self.caller.language);
                self.close(&Closing::forbidden(reason));
            }
        }
        true
    }

    fn admit(&mut self, caller: Caller) -> Result<(), Fault> {
        self.caller.language = caller.language;
        let Some(identity) = caller.identity else {
            self.deadlines.introduction = Instant::now() + NEVER;
            return Ok(());
        };
        let closed = Fault::Unauthenticated(Sentence::SessionClosed);
        self.pass = Some(self.api.door.enter(identity, &self.outbox).ok_or(closed)?);
        let left = identity.expires_at - self.api.shared.log.environment().now();
        let left = left.to_std().unwrap_or_default().min(NEVER);
        self.deadlines.introduction = Instant::now() + left;
        self.caller = caller;
        self.who = Who::Account(identity.account);
        Ok(())
    }

    fn read(&mut self, context: &mut Context<'_>) -> Look {
        let mut bytes = [0; READ_BYTES];
        let mut into = ReadBuf::new(&mut bytes);
        match Pin::new(&mut self.io).poll_read(context, &mut into) {
            Poll::Pending => return Look::Nothing,
            Poll::Ready(Err(_)) => return Look::Over,
            Poll::Ready(Ok(())) if into.filled().is_empty() => return Look::Over,
            Poll::Ready(Ok(())) => {}
        }
        if self.is_closing {
            // The client's own close frame, or what crossed with ours: the end of its bytes is waited for.
            return Look::Something;
        }
        self.is_quiet = false;
        let mut incoming = Vec::new();
        let read = self.decoder.read(into.filled(), |message| {
            incoming.push(message);
            true
        });
        for message in incoming {
            self.on_message(message);
            if self.is_closing {
                return Look::Something;
            }
        }
        if let Err(violation) = read {
            self.close(&Closing::new(violation.code, violation.reason));
        }
        Look::Something
    }

    fn on_message(&mut self, message: Incoming) {
        match message {
            Incoming::Ping(content) => self.say(|out| frame::write_pong(out, &content)),
            Incoming::Pong => {}
            Incoming::Close => self.close(&Closing::new(1000, "")),
            Incoming::Text(text) => self.on_text(&text),
        }
    }

    fn on_text(&mut self, text: &str) {
        match self.protocol.received(text) {
            Action::None => {}
            Action::Pong(content) => {
                let pong = protocol::pong(content.as_deref());
                self.say(|out| frame::write_text(out, &pong));
            }
            Action::Introduce(payload) => {
                self.introducing = Some(who(self.api.clone(), &payload, self.caller.language));
            }
            Action::Begin(key, request) => {
                if let Err(fault) = self.api.shared.rates.spend(Deed::Request, self.who, 1) {
                    let ending = Ending::fault(fault, self.caller.language);
                    if let Some(id) = self.protocol.ended(key) {
                        self.say(|out| write_ending(out, &id, &ending));
                    }
                    return;
                }
                let Some(id) = self.protocol.id(key) else {
                    return;
                };
                let prefix = protocol::prefix(id, "next");
                let waker = (&self.outbox, key);
                let following = self.api.begin(*request, self.caller, None, waker);
                self.operations.begin(key, prefix, following);
            }
            Action::Refuse(id) => {
                let most = self.api.shared.settings.subscriptions_max;
                let fault = Fault::RateLimited(Sentence::TooManyOperations { most });
                let ending = Ending::fault(fault, self.caller.language);
                self.say(|out| write_ending(out, &id, &ending));
            }
            Action::Stop(key) => self.operations.stop(key),
            Action::Close(closing) => self.close(&closing),
        }
    }

    /// A deadline has come.
    fn on_time(&mut self, is_stuck: bool) -> Look {
        let now = Instant::now();
        if self
            .deadlines
            .patience
            .is_some_and(|patience| patience <= now)
        {
            if self.is_closing || is_stuck {
                return Look::Over;
            }
            self.close(&Closing::new(1008, "the rest of a message took too long"));
            return Look::Something;
        }
        if self.is_closing {
            self.deadlines.introduction = now + NEVER;
            self.deadlines.ping = now + NEVER;
            return Look::Something;
        }
        if self.deadlines.introduction <= now && !is_stuck {
            self.close(&if self.protocol.is_acknowledged() {
                Closing::forbidden("the access token has expired")
            } else {
                Closing::init_timeout()
            });
            return Look::Something;
        }
        if self.deadlines.introduction <= now {
            // It is told as soon as it reads, or cut when the patience is over.
            self.deadlines.introduction = now + PATIENCE;
        }
        if self.deadlines.ping <= now {
            self.deadlines.ping = now + self.api.shared.settings.ping_interval;
            if is_stuck {
                return Look::Something;
            }
            if self.is_quiet {
                // Two intervals without a sign of life: nobody would read a reason.
                return Look::Over;
            }
            self.is_quiet = true;
            self.say(frame::write_ping);
        }
        Look::Something
    }
}

/// What came of writing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    All,
    Waits,
    Broken,
}

impl Written {
    fn is_ready_err(self) -> bool {
        self == Self::Broken
    }
}
