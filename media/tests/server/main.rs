//! The listener over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod hostile;
mod playing;
mod publishing;
mod support;
mod tls;
