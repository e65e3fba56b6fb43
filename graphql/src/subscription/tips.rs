//! `tips`: what a channel is given.

use super::of_log::{self, Items, Placed};
use super::{Feed, channel};
use crate::Fault;
use crate::fanout::Topic;
use crate::schema::Tip;
use async_graphql::{Context, ID, SimpleObject, Subscription};
use tributary_domain::{Event, wallet};
use tributary_store::Page;

/// A tip was given.
#[derive(SimpleObject)]
pub(crate) struct TipEvent {
    /// Give it as `after` to resume behind this tip.
    cursor: String,
    /// The tip.
    tip: Tip,
}

#[derive(Default)]
pub(crate) struct TipSubscription;

#[Subscription]
impl TipSubscription {
    /// What a channel is given. With `after`, first everything since then; nothing is left out and
    /// nothing comes twice.
    async fn tips(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel's global id.")] channel_id: ID,
        #[graphql(
            desc = "Resume behind this cursor, or behind a position such as `headPosition`. Left out: from now on."
        )]
        after: Option<String>,
    ) -> Result<Feed<TipEvent>, Fault> {
        let channel = channel(ctx, &channel_id).await?;
        of_log::feed(ctx, Topic::Channel(channel), after.as_deref(), Tips)
    }
}

struct Tips;

impl Items for Tips {
    type Item = TipEvent;

    async fn of(&self, page: &Page) -> Result<Vec<Placed<TipEvent>>, Fault> {
        let tips = page
            .events
            .iter()
            .filter_map(|recorded| match &recorded.event {
                Event::Wallet(wallet::Event::Tipped(tipped)) => {
                    let tip = Tip::given(recorded, tipped, tipped.entry.currency);
                    let cursor = of_log::cursor(recorded);
                    Some(Placed::new(recorded, TipEvent { cursor, tip }))
                }
                _ => None,
            });
        Ok(tips.collect())
    }
}
