//! Read models on both engines. Run with `cargo xtask test`, which brings the PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

#[macro_use]
mod support;

mod accounts;
mod analytics;
mod batches;
mod chat;
mod chatters;
mod comparing;
mod definitions;
mod erasure;
mod fees;
mod fences;
mod health;
mod ledger;
mod live;
mod log;
mod payments;
mod payouts;
mod poison;
mod rebuilds;
mod recordings;
mod reopening;
mod restrictions;
mod sharing;
mod statistics;
mod streams;
mod viewer_sessions;
mod waiting;
mod wallets;
