//! `streamHealth`: how a channel's publisher does.

use super::{Feed, channel};
use crate::Fault;
use crate::auth::Caller;
use crate::fanout::{Mark, Track};
use crate::messages::Sentence;
use crate::schema::{GlobalId, StreamHealthWarning, is_run_by, shared};
use crate::vitals::Health;
use async_graphql::{Context, ID, SimpleObject, Subscription};
use futures::stream::{self, StreamExt as _};
use std::sync::Arc;
use std::time::Duration;

/// The time between two items.
const SPACING: Duration = Duration::from_secs(1);

/// How a channel's publisher does, over the last seconds.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct StreamHealth {
    /// The channel's global id.
    channel_id: ID,
    /// Whether anything is published to the server that answers. Without that there are no figures.
    is_publishing: bool,
    /// Kilobits of video a second.
    video_kbps: Option<i32>,
    /// Kilobits of sound a second.
    audio_kbps: Option<i32>,
    /// Pictures a second.
    frame_rate: Option<f64>,
    /// Milliseconds from one key frame to the next.
    key_frame_interval_ms: Option<i32>,
    /// How many milliseconds the sound is ahead of the picture; below zero it is behind.
    sound_ahead_ms: Option<i32>,
    /// The longest time in which nothing came, in milliseconds.
    longest_gap_ms: Option<i32>,
    /// Seconds of video that come in a second: 1 where the connection keeps up.
    pace: Option<f64>,
    /// What viewers will notice, the most serious first.
    warnings: Vec<StreamHealthWarning>,
}

impl StreamHealth {
    fn new(channel_id: ID, health: Option<&Health>) -> Self {
        let is_publishing = health.is_some();
        let warnings = health.into_iter().flat_map(|health| &health.warnings);
        Self {
            channel_id,
            is_publishing,
            warnings: warnings.copied().map(Into::into).collect(),
            video_kbps: health.map(|health| health.video_kbps),
            audio_kbps: health.map(|health| health.audio_kbps),
            frame_rate: health.map(|health| health.frame_rate),
            key_frame_interval_ms: health.and_then(|health| health.key_frame_interval_ms),
            sound_ahead_ms: health.and_then(|health| health.sound_ahead_ms),
            longest_gap_ms: health.map(|health| health.longest_gap_ms),
            pace: health.and_then(|health| health.pace),
        }
    }
}

#[derive(Default)]
pub(crate) struct StreamHealthSubscription;

#[Subscription]
impl StreamHealthSubscription {
    /// How a channel's publisher does: at once, and whenever it changes, at most once a second. For
    /// whoever runs the channel. It is measured where the video comes in: ask the server that the
    /// encoder publishes to.
    async fn stream_health(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel's global id.")] channel_id: ID,
    ) -> Result<Feed<StreamHealth>, Fault> {
        Caller::of(ctx).account().ok_or_else(Fault::not_signed_in)?;
        let channel = channel(ctx, &channel_id).await?;
        if !is_run_by(ctx, channel).await? {
            return Err(Fault::Forbidden(Sentence::NotForYou));
        }
        let shared = Arc::clone(shared(ctx));
        let track = ctx.data_opt::<Arc<Track>>().cloned();
        let state = (shared, track, None::<StreamHealth>);
        let feed = stream::unfold(state, move |(shared, track, shown)| async move {
            let mut wait = shown.is_some();
            loop {
                if wait {
                    tokio::time::sleep(SPACING).await;
                }
                wait = true;
                let id = GlobalId::Channel(channel).into();
                let health = StreamHealth::new(id, shared.vitals.of(channel).as_ref());
                if shown.as_ref() != Some(&health) {
                    if let Some(track) = &track {
                        track.mark(Mark::Value);
                    }
                    return Some((Ok(health.clone()), (shared, track, Some(health))));
                }
            }
        });
        Ok(feed.boxed())
    }
}
