//! RTMP in, FLV and HLS out, recorded.
//!
//! The pure cores ([`amf0`], [`rtmp`], [`flv`], [`fmp4`], [`segments`], [`ring`]) take bytes and time and give bytes and
//! actions; the shell ([`hub`], [`hls`], [`recording`], [`server`]) has the sockets, the tasks and the clock. The crate knows
//! nothing of channels, accounts or the log: a [`gate::Gate`] judges keys and is told what happens.

pub mod amf0;
pub mod anchor;
pub mod flv;
pub mod fmp4;
pub mod gate;
pub mod health;
pub mod hls;
pub mod hub;
pub mod playback;
pub mod recording;
pub mod ring;
pub mod rtmp;
pub mod segments;
pub mod server;
