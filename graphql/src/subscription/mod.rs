//! Feeds. Those of the log (`chat`, `tips`, `streamEvents`, `moderationEvents`, `walletEvents`) are
//! resumable: every item has a cursor, and each event comes exactly once. Those of the read models show how
//! things stand, at once and on every change. `reactions` shows what passes, and nothing of what has passed.

mod alerts;
mod chat;
mod events;
mod gone;
mod live_streams;
mod moderation_events;
mod of_log;
mod of_views;
mod reactions;
mod stream_events;
mod stream_health;
mod stream_state;
mod stream_statistics;
mod tips;
mod viewer_count;
mod wallet_events;

use crate::Fault;
use crate::fanout::Kind;
use crate::messages::Sentence;
use crate::schema::{GlobalId, shared};
use async_graphql::{Context, ID, MergedSubscription};
use futures::stream::BoxStream;
use tributary_domain::ChannelId;

/// What can be followed.
#[derive(Default, MergedSubscription)]
pub(crate) struct Subscription(
    chat::ChatSubscription,
    tips::TipSubscription,
    stream_events::StreamEventSubscription,
    moderation_events::ModerationSubscription,
    wallet_events::WalletEventSubscription,
    events::EventSubscription,
    stream_state::StreamStateSubscription,
    viewer_count::ViewerCountSubscription,
    live_streams::LiveStreamsSubscription,
    stream_statistics::StreamStatisticsSubscription,
    stream_health::StreamHealthSubscription,
    reactions::ReactionSubscription,
    alerts::AlertSubscription,
);

/// What kind of feed a field is, so that it can be shared; `None` where there is no such field.
pub(crate) fn kind(field: &str) -> Option<Kind> {
    match field {
        "chat" | "tips" | "streamEvents" | "moderationEvents" | "walletEvents" | "events"
        | "alerts" => Some(Kind::Events),
        "streamState" | "streamStatistics" | "viewerCount" | "liveStreams" | "streamHealth"
        | "reactionCounts" => Some(Kind::Values),
        "reactions" => Some(Kind::Moments),
        _ => None,
    }
}

/// Items, until a fault, which is the last.
type Feed<T> = BoxStream<'static, Result<T, Fault>>;

/// A channel that is there.
async fn channel(ctx: &Context<'_>, id: &ID) -> Result<ChannelId, Fault> {
    let channel = GlobalId::channel("channelId", id)?;
    let found = shared(ctx).views.channel(channel).await?;
    found
        .map(|found| found.id)
        .ok_or(Fault::NotFound(Sentence::NoSuchChannel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feed_is_shared_and_those_with_after_are_of_events() {
        let sdl = crate::sdl();
        let (_, fields) = sdl.split_once("type Subscription {").unwrap();
        let (fields, _) = fields.split_once("\n}").unwrap();
        let mut found = 0;
        // A field begins with two blanks and a letter; what it takes is further in. Between the threefold
        // quotes stands text.
        let texts = fields.split("\"\"\"").step_by(2);
        let lines: Vec<_> = texts.flat_map(str::lines).collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(name) = line.strip_prefix("  ") else {
                continue;
            };
            if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.contains(['(', ':']) {
                continue;
            }
            let end = name.find(['(', ':']).unwrap();
            let takes = if name[end..].contains(')') || name[end..].starts_with(':') {
                name.contains("after:")
            } else {
                let rest = &lines[at + 1..];
                let close = rest
                    .iter()
                    .position(|line| line.starts_with("  )"))
                    .unwrap();
                rest[..close]
                    .iter()
                    .any(|line| line.trim().starts_with("after:"))
            };
            let is_of_events = kind(&name[..end]).map(|kind| kind == Kind::Events);
            assert_eq!(is_of_events, Some(takes), "{name}");
            found += 1;
        }
        assert!(found >= 8, "{found}");
    }
}
