//! Scenarios: the real binary, real sockets, real encoders and browsers.
//!
//! Run them with `cargo xtask test`, which brings PostgreSQL, ffmpeg and Chromium.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod analysts;
mod backup;
mod bucket;
mod cases;
mod codecs;
mod command_line;
mod crash;
mod crowd;
mod encoders;
mod evening;
mod exports;
mod full_disk;
mod fuzzed;
mod going_live;
mod health;
mod hls;
mod hostile;
mod ledger;
mod ledger_judges;
mod limits;
mod log_commands;
mod lost_writes;
mod operation;
mod outside_judges;
mod page;
mod payments;
mod payouts;
mod person;
mod proof;
mod provider_tls;
mod recording;
mod resuming;
mod rtmp_players;
mod several_nodes;
mod support;
mod tipping;
mod torture;
mod typescript;
mod watching;
mod what_if;
