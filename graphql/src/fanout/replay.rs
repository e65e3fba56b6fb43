//! Brings one who comes back up to where a group can take over.

use super::following::Delivery;
use super::outbox::{Key, Outbox};
use super::plan::Plan;
use super::pump::Execution;
use super::track::Track;
use crate::api::Api;
use std::sync::Arc;
use tokio::sync::mpsc::Sender;
use tributary_domain::Position;

/// Replays what lies between `after` and the head. A permit is held while items are made, not while they
/// wait for the client: one that does not read holds up no other.
pub(super) async fn run(
    api: Api,
    plan: Plan,
    after: Position,
    items: Sender<Delivery>,
    (outbox, key): (Arc<Outbox>, Key),
) {
    let until = api.shared.log.head();
    let mut execution = Execution::begin(&api, &plan, Track::range(after, until));
    loop {
        let chunk = {
            let Ok(_turn) = api.fanout.replays.acquire().await else {
                return;
            };
            execution.next().await
        };
        let reached = execution.reached().max(until);
        let deliveries = chunk
            .items
            .into_iter()
            .map(Delivery::from)
            .chain(chunk.ending.map(|ending| match ending {
                super::Ending::Complete => Delivery::Reached(reached),
                broken @ super::Ending::Errors(_) => Delivery::End(broken),
            }));
        for delivery in deliveries {
            let is_last = !matches!(delivery, Delivery::Item { .. });
            if items.send(delivery).await.is_err() {
                return;
            }
            outbox.ready(key);
            if is_last {
                return;
            }
        }
    }
}
