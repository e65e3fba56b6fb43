//! The API over HTTP and sockets, on a real log and real read models.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod accounts;
mod alerts;
mod analytics;
mod authorisation;
mod balances;
mod chat;
mod closing;
mod compatibility;
mod events;
mod fanout;
mod feeds;
mod finance;
mod guide;
mod http;
mod languages;
mod ledger;
mod limits;
mod matrix;
mod moderation;
mod money;
mod paging;
mod passwords;
mod past;
mod rates;
mod reactions;
mod recordings;
mod refusals;
mod refusals_of_money;
mod rooms;
mod schema;
mod sockets;
mod standings;
mod statements;
mod streams;
mod support;
