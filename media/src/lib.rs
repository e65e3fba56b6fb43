//! RTMP in, FLV out.
//!
//! The pure cores ([`amf0`], [`rtmp`], [`flv`], [`ring`]) take bytes and time and give bytes and
//! actions; the shell ([`hub`], [`server`]) has the sockets, the tasks and the clock. The crate knows
//! nothing of channels, accounts or the log: a [`gate::Gate`] judges keys and is told what happens.

pub mod amf0;
pub mod flv;
pub mod gate;
pub mod hub;
pub mod playback;
pub mod ring;
pub mod rtmp;
pub mod server;
