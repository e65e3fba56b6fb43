//! Fan-out: what happens is resolved and serialised once for all who asked the same.
//!
//! ```text
//! Log::tail ─→ Router ─→ Inbox of a group ─→ resolvers ─→ Group (a ring of JSON) ─→ Member ─┐
//!              (by channel or account)                                                      ├→ socket
//!                                 Log ─→ a replay, alone ─→ joins its group at its place ───┘
//! ```
//!
//! - A [`Group`] is everybody who sent the same document, operation and variables (`after` apart) and may
//!   see the same. It keeps its newest items; a [`Member`] keeps nothing but its place among them, so a
//!   socket that does not read costs no memory, and one that has fallen behind what is kept is told so.
//! - Whether the answer depends on who asks is decided by [`feed`], which fails closed: the resolvers of
//!   a group that serves everybody must not ask who is there ([`crate::auth::Unasked`]).
//! - Nothing here is woken for what does not concern it: the [`Router`] hands an event to the groups of its
//!   channel, a group wakes the sockets that have taken everything before, each once ([`Outbox`]).

mod feed;
mod following;
mod group;
#[cfg(test)]
mod leak_tests;
mod outbox;
mod pages;
mod plan;
mod pump;
mod replay;
mod router;
mod seats;
mod standings;
mod track;

pub(crate) use feed::Feeds;
pub(crate) use following::{Following, Step};
pub(crate) use group::Kind;
pub(crate) use outbox::Outbox;
pub(crate) use pages::Pages;
pub(crate) use router::{Follower, Router, Topic};
pub(crate) use seats::Fanout;
pub(crate) use standings::{Standings, Subject, Watcher};
pub(crate) use track::{Mark, Track};

use crate::Fault;
use crate::executor::refusal;
use crate::messages::Language;
use async_graphql::{Response, ServerError};
use std::sync::Arc;

/// How something that was followed ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// There is no more.
    Complete,
    /// It broke, or never began: a JSON list of errors.
    Errors(Arc<[u8]>),
}

impl Ending {
    fn errors(errors: &[ServerError]) -> Self {
        Self::Errors(serde_json::to_vec(errors).unwrap_or_default().into())
    }

    /// A fault, as whoever asked is told.
    pub(crate) fn fault(fault: Fault, language: Language) -> Self {
        Self::errors(&refusal(fault, language).errors)
    }
}

fn payload(response: &Response) -> Box<[u8]> {
    serde_json::to_vec(response).unwrap_or_default().into()
}
