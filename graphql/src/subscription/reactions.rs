//! `reactions`: what people react with, as it passes. `reactionCounts`: how often they did.

use super::of_views::{self, Standing};
use super::{Feed, channel};
use crate::Fault;
use crate::api::Shared;
use crate::fanout::{Mark, Subject, Track};
use crate::messages::Sentence;
use crate::schema::{GlobalId, ReactionCounts, count, shared};
use async_graphql::{Context, ID, SimpleObject, Subscription};
use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::{self, StreamExt as _};
use std::sync::Arc;
use tributary_domain::channel::ReactedTo;

/// What people reacted with since the last item.
#[derive(SimpleObject)]
pub(crate) struct ReactionBurst {
    /// At most 256. A single reaction on the server that answers stands alone where nobody else reacts within
    /// a tenth of a second; those taken by other servers come as sums, about a second later.
    reactions: Vec<PassingReaction>,
}

/// What people reacted with.
#[derive(SimpleObject)]
pub(crate) struct PassingReaction {
    /// The stream that it is for: its global id.
    stream_id: Option<ID>,
    /// The message that it is for: its global id.
    message_id: Option<ID>,
    /// With what.
    emoji: String,
    /// How often.
    count: i32,
}

impl PassingReaction {
    fn new(to: ReactedTo, emoji: &str, times: u32) -> Self {
        let (stream, message) = match to {
            ReactedTo::Stream(stream) => (Some(GlobalId::Stream(stream)), None),
            ReactedTo::Message(message) => (None, Some(GlobalId::ChatMessage(message))),
        };
        Self {
            stream_id: stream.map(Into::into),
            message_id: message.map(Into::into),
            emoji: emoji.to_owned(),
            count: count(times.into()),
        }
    }
}

#[derive(Default)]
pub(crate) struct ReactionSubscription;

#[Subscription]
impl ReactionSubscription {
    /// What people react with in a channel, to its stream and to messages, at most ten times a second. What
    /// passed before, or while the socket was too slow, is not shown: `reactionCounts` has the sums.
    async fn reactions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel's global id.")] channel_id: ID,
    ) -> Result<Feed<ReactionBurst>, Fault> {
        let channel = channel(ctx, &channel_id).await?;
        let watch = shared(ctx).reactions.passing.watch(channel);
        let track = ctx.data_opt::<Arc<Track>>().cloned();
        let feed = stream::unfold((watch, track), |(mut watch, track)| async move {
            let burst = watch.next().await?;
            let shown = burst
                .iter()
                .map(|(to, emoji, times)| PassingReaction::new(*to, emoji, *times));
            let reactions = shown.collect();
            if let Some(track) = &track {
                track.mark(Mark::Value);
            }
            Some((Ok(ReactionBurst { reactions }), (watch, track)))
        });
        Ok(feed.boxed())
    }

    /// How often people reacted to a stream or a message, with what: at once, and whenever it changes, which
    /// is about once a second in a storm.
    async fn reaction_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of a stream or a message.")] id: ID,
    ) -> Result<Feed<ReactionCounts>, Fault> {
        let shared = shared(ctx);
        let to = match GlobalId::read("id", &id)? {
            GlobalId::Stream(stream) => {
                let found = shared.views.stream(stream).await?;
                found.ok_or(Fault::NotFound(Sentence::NoSuchStream))?;
                ReactedTo::Stream(stream)
            }
            GlobalId::ChatMessage(message) => {
                let found = shared.views.message(message).await?;
                let is_there = found.is_some_and(|found| !found.deleted);
                if !is_there {
                    return Err(Fault::NotFound(Sentence::NoSuchMessage));
                }
                ReactedTo::Message(message)
            }
            _ => {
                return Err(Fault::BadInput(Sentence::IdOfAnotherType {
                    field: "id".to_owned(),
                    wanted: "Stream",
                }));
            }
        };
        Ok(of_views::feed(ctx, Counts(to)))
    }
}

struct Counts(ReactedTo);

impl Standing for Counts {
    type Value = ReactionCounts;

    fn subject(&self) -> Subject {
        Subject::Reactions(self.0)
    }

    fn ask(&self, shared: Arc<Shared>) -> BoxFuture<'_, Result<ReactionCounts, Fault>> {
        async move {
            let mut found = shared.views.reactions_to(&[self.0]).await?;
            Ok(found.remove(&self.0).unwrap_or_default().into())
        }
        .boxed()
    }
}
