//! Writes sums to the log: each channel's at most once a second, and each exactly once, whatever became of
//! the first attempt.

use super::Reactions;
use futures::stream::{self, StreamExt as _};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tributary_domain::channel::ReactionsTallied;
use tributary_domain::command::{Actor, Command, CommandId, chat};
use tributary_domain::{ChannelId, Request, Timestamp};
use tributary_store::{CommandError, Log, Receipt};

/// The shortest time between two sums of a channel.
const SPACING: Duration = Duration::from_secs(1);
/// Commands under way at once: a small part of what the log takes in.
const UNDER_WAY_MAX: usize = 256;
/// How often a stop tries to write what there is, and the wait between.
const LAST_ATTEMPTS: u32 = 10;
const LAST_WAIT: Duration = Duration::from_millis(200);

/// Who writes sums, as the log has it.
const PART: &str = "reactions";

/// Sums that were taken from the counter, and are not known to be written.
#[derive(Default)]
pub(super) struct Unsent {
    sums: Vec<Sum>,
    /// How many there were.
    count: u64,
}

struct Sum {
    number: u64,
    channel: ChannelId,
    tallied: ReactionsTallied,
}

impl Reactions {
    /// Writes what is counted, until `closing`.
    pub(crate) async fn write(&self, log: &Log, closing: CancellationToken) {
        let mut next_at = Instant::now();
        loop {
            let waiting = async {
                self.counted.notified().await;
                tokio::time::sleep_until(next_at).await;
            };
            tokio::select! {
                () = closing.cancelled() => return,
                () = waiting => {}
            }
            next_at = Instant::now() + SPACING;
            if !self.write_to(log).await {
                // What is left is for the next second.
                self.counted.notify_one();
            }
        }
    }

    /// Writes everything that is left, before a node stops.
    pub(crate) async fn write_last(&self, log: &Log) {
        for _ in 0..LAST_ATTEMPTS {
            if self.write_to(log).await {
                return;
            }
            tokio::time::sleep(LAST_WAIT).await;
        }
        tracing::warn!("reactions of the last second could not be written and are lost");
    }

    async fn write_to(&self, log: &Log) -> bool {
        let now = || log.environment().now();
        self.write_once(now, |request| log.execute(request)).await
    }

    /// Tries once to write a sum of each channel that has one. Whether nothing is left.
    pub(super) async fn write_once<F>(
        &self,
        now: impl Fn() -> Timestamp,
        carry_out: impl Fn(Request) -> F,
    ) -> bool
    where
        F: Future<Output = Result<Receipt, CommandError>>,
    {
        let mut unsent = self.unsent.lock().await;
        let busy: BTreeSet<_> = unsent.sums.iter().map(|sum| sum.channel).collect();
        let fresh = self.counter().sums(&self.node, &busy);
        for (channel, tallied) in fresh {
            let number = unsent.count;
            unsent.count += 1;
            unsent.sums.push(Sum {
                number,
                channel,
                tallied,
            });
        }
        let requests: Vec<_> = unsent
            .sums
            .iter()
            .map(|sum| sum.request(&self.node, now()))
            .collect();
        let outcomes: Vec<_> = stream::iter(requests)
            .map(carry_out)
            .buffered(UNDER_WAY_MAX)
            .collect()
            .await;
        let mut outcomes = outcomes.into_iter();
        unsent.sums.retain(|sum| match outcomes.next() {
            Some(Ok(_)) => false,
            // The channel was closed meanwhile: nobody is there to see it.
            Some(Err(CommandError::Rejected(refused))) => {
                tracing::debug!(%refused, channel = %sum.channel, "reactions were dropped");
                false
            }
            // Written or not: asked again under the same id, it is written once.
            Some(Err(error)) => {
                tracing::warn!(%error, channel = %sum.channel, "reactions wait to be written");
                true
            }
            None => true,
        });
        unsent.sums.is_empty() && self.counter().is_empty()
    }
}

impl Sum {
    fn request(&self, node: &str, at: Timestamp) -> Request {
        let actor = Actor::System(PART);
        let Self {
            number,
            channel,
            tallied,
        } = self;
        let id = format!("{node}:{number}");
        Request {
            actor,
            at,
            id: Some(CommandId {
                scope: actor.to_string(),
                // What stands under an id never changes.
                body: Sha256::digest(id.as_bytes()).into(),
                id,
            }),
            command: Command::Chat(chat::Command::Tally {
                channel: *channel,
                tallied: tallied.clone(),
            }),
        }
    }
}
