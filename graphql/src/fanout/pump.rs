//! Executes a subscription, and reads its responses in step with the places of their items.

use super::group::{Group, Item, Kind};
use super::plan::Plan;
use super::track::{Mark, Track};
use super::{Ending, payload};
use crate::Fault;
use crate::api::Api;
use crate::auth::Unasked;
use crate::executor::coded;
use crate::gather::{Gather, Gathering};
use crate::messages::Language;
use async_graphql::Response;
use futures::stream::{BoxStream, StreamExt as _};
use std::sync::{Arc, Weak};
use tributary_domain::Position;

/// The most items that are resolved before the sockets have their turn. Each socket then has so many to
/// write at once.
const CHUNK: usize = 64;

/// A subscription that is being executed.
pub(super) struct Execution {
    kind: Kind,
    language: Language,
    responses: BoxStream<'static, Vec<Response>>,
    track: Arc<Track>,
    unasked: Arc<Unasked>,
    values: Position,
}

/// What an execution gave.
pub(super) struct Chunk {
    pub(super) items: Vec<Item>,
    /// The last item that must not be shown to newcomers any more.
    pub(super) withdrawn: Option<Position>,
    /// It is over.
    pub(super) ending: Option<Ending>,
}

impl Execution {
    pub(super) fn begin(api: &Api, plan: &Plan, track: Track) -> Self {
        let (track, unasked) = (Arc::new(track), Arc::new(Unasked::default()));
        let request = plan.request(&track, &unasked);
        let language = plan.key.language;
        let gather = Gather::new(&api.shared.lookups);
        let responses = api.schema.execute_stream(request.data(Arc::clone(&gather)));
        let responses =
            Gathering::new(responses, gather).map(move |response| coded(response, language, false));
        Self {
            kind: plan.kind,
            language,
            responses: responses.ready_chunks(CHUNK).boxed(),
            track,
            unasked,
            values: Position::START,
        }
    }

    /// Waits for the next items, and takes what is there.
    pub(super) async fn next(&mut self) -> Chunk {
        let mut chunk = Chunk {
            items: Vec::new(),
            withdrawn: None,
            ending: None,
        };
        let Some(responses) = self.responses.next().await else {
            chunk.ending = Some(Ending::Complete);
            return chunk;
        };
        for response in responses {
            let mark = self.track.next();
            if self.unasked.was_asked() {
                let what = "a field that depends on who asks is not listed as such";
                chunk.ending = Some(Ending::fault(Fault::defect(what), self.language));
                return chunk;
            }
            let place = match (mark, self.kind) {
                (Some(Mark::Event { place, withdraws }), Kind::Events) => {
                    chunk.withdrawn = chunk.withdrawn.max(withdraws);
                    place
                }
                (Some(Mark::Value), Kind::Values | Kind::Moments) => {
                    self.values = self.values.next();
                    self.values
                }
                // No item but a fault, which is the last.
                _ => {
                    chunk.ending = Some(Ending::errors(&response.errors));
                    return chunk;
                }
            };
            let payload = payload(&response);
            chunk.items.push(Item { place, payload });
        }
        chunk
    }

    /// All items up to here have come out.
    pub(super) fn reached(&self) -> Position {
        self.track.reached()
    }
}

/// Feeds a group as long as somebody is in it.
pub(super) async fn run(group: Weak<Group>, mut execution: Execution) {
    loop {
        let chunk = execution.next().await;
        let Some(group) = group.upgrade() else {
            return;
        };
        group.publish(chunk.items);
        if let Some(withdrawn) = chunk.withdrawn {
            group.withdraw(withdrawn);
        }
        if let Some(ending) = chunk.ending {
            return group.end(ending);
        }
        drop(group);
        // The sockets have their turn before there is more.
        tokio::task::yield_now().await;
    }
}
