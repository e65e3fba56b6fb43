//! RTMP without IO: bytes and time go in, actions come out.
//!
//! [`handshake`] and [`chunk`] turn bytes into [`message`]s; [`session`] is the server's side of one
//! connection. Nothing here reads a clock, opens a socket or waits.

pub mod chunk;
pub mod handshake;
pub mod message;
pub mod session;
