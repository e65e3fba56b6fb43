//! RTMP in, FLV out: sans-IO cores first, the shell around them behind.

pub mod amf0;
pub mod flv;
pub mod rtmp;
