//! The GraphQL API of Tributary.
//!
//! ```text
//! /graphql ───┐                                        ┌─→ service ─→ Log::execute
//!             ├─→ identity ─→ rate ─→ guard ─→ schema ─┤
//! /graphql/ws ┘   (auth)              (operation)      └─→ Views, Log::tail
//! ```
//!
//! | to find | look in |
//! |---|---|
//! | one GraphQL noun | `schema`, the file with its name |
//! | a mutation | `mutation`, the file of its subject |
//! | a feed | `subscription`, the file with its name |
//! | what a mutation does, without GraphQL | [`service`]: the command line calls it too |
//! | who hears what, and how often it is made | `fanout` |
//! | the protocols of sockets and event streams | `websocket`, `sse` |
//! | limits on what is asked | `guard` |
//! | how often it may be asked | [`rate`], by account or [`address`] |
//! | what clients send again and again | `documents`, `persisted` |
//! | HTTP | `http` |
//! | who asks | `auth` |
//! | codes of errors | [`Fault`] for top-level errors; refusals come from the domain |
//! | what errors say, in every language | [`messages`] |
//!
//! Identity comes from a checked token and from nothing else; roles come from the account's state.

pub mod address;
mod api;
mod auth;
pub mod books;
mod cache;
mod completion;
mod documents;
mod door;
mod executor;
mod fanout;
mod fault;
mod gather;
mod guard;
mod http;
mod idempotency;
pub mod messages;
mod mutation;
mod operation;
mod past;
pub mod payments;
mod persisted;
mod query;
pub mod rate;
mod reactions;
mod reading;
mod schema;
pub mod service;
mod sse;
mod subscription;
mod ticket;
pub mod vitals;
mod websocket;

pub use api::{Api, ApiParts, ApiSettings, Visitor};
pub use fault::{Fault, Refusal};
pub use http::{NotAnOrigin, Origins, router};
pub use ticket::{BadTicket, Ticket};

/// WebSocket below any protocol on it, for whoever else serves sockets: no IO.
pub mod socket {
    pub use crate::websocket::{frame, handshake};
}

/// The schema in the schema definition language: what `graphql/schema.graphql` holds.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .include_specified_by()
        .prefer_single_line_descriptions()
        .use_space_ident();
    // The exporter leaves white space at the end of some lines.
    let text = api::bare_schema().finish().sdl_with_options(options);
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_schema_is_the_one_that_is_served() {
        let committed = include_str!("../schema.graphql");
        assert!(
            committed == super::sdl(),
            "graphql/schema.graphql is stale: run `cargo xtask schema` and commit it"
        );
    }
}
