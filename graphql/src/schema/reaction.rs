//! Reactions, added up.

use super::{count, lookups};
use crate::Fault;
use async_graphql::{Context, SimpleObject};
use tributary_domain::channel::ReactedTo;
use tributary_projections as views;

/// How often people reacted to something.
#[derive(Debug, Clone, Default, PartialEq, SimpleObject)]
pub(crate) struct ReactionCounts {
    /// All reactions.
    total: i32,
    /// By emoji, the most frequent first: at most 50.
    #[graphql(complexity = "50 * child_complexity + 1")]
    counts: Vec<ReactionCount>,
}

/// How often people reacted with an emoji.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct ReactionCount {
    /// With what.
    emoji: String,
    /// How often.
    count: i32,
}

impl From<views::Reactions> for ReactionCounts {
    fn from(found: views::Reactions) -> Self {
        let counts = found.counts.into_iter();
        Self {
            total: count(found.total),
            counts: counts
                .map(|(emoji, times)| ReactionCount {
                    emoji,
                    count: count(times),
                })
                .collect(),
        }
    }
}

/// How often people reacted to something, looked up with others of a list.
pub(super) async fn reactions_to(
    ctx: &Context<'_>,
    to: ReactedTo,
) -> Result<Option<ReactionCounts>, Fault> {
    let found = lookups(ctx).load_one(to).await?;
    Ok(Some(found.unwrap_or_default().into()))
}
