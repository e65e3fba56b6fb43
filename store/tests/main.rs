//! The log's promises, one suite on both engines.

mod appending;
mod compatibility;
mod credentials;
mod idempotency;
mod reading;
mod support;
