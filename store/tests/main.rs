//! The log's promises, one suite on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod appending;
mod bulk;
mod compatibility;
mod credentials;
mod erasure;
mod hints;
mod idempotency;
mod leases;
mod questions;
mod reading;
mod reading_beside;
mod replaced;
mod several_nodes;
mod support;
mod verifying;
mod versions;
