//! An encoder goes live: from a stream key to commands.

use crate::parts::Parts;
use crate::playing::Playing;
use async_trait::async_trait;
use std::time::Duration;
use tributary_domain::command::{Command, recordings, streams};
use tributary_domain::decision::Credential;
use tributary_domain::stream::{Interruption, Media};
use tributary_domain::{ChannelId, RecordingId, StreamId};
use tributary_graphql::Api;
use tributary_graphql::messages::{self, Language};
use tributary_media::flv::MediaInfo;
use tributary_media::gate::{
    Admission, Gate, IngestId, PlayRequest, PublishRequest, Refusal, Seat, StopReason,
};
use tributary_store::{CommandError, StreamKey};

/// A publisher that has sent nothing for so long makes room for another with the same key. One whose
/// network went away says no goodbye, and is back within seconds: it must not find its own ghost there.
const SILENT_AFTER: Duration = Duration::from_secs(2);

/// How often the one who is there is looked at meanwhile. Sound alone comes twice as often.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The application that is published to and played from, as in `rtmp://host/live`.
pub const APPLICATION: &str = "live";

/// Judges stream keys, and turns what publishers do into commands. Lets viewers in who come the same way.
pub struct Ingest {
    parts: Parts,
    playing: Playing,
}

impl Ingest {
    /// An ingest with no publishers.
    pub fn new(parts: Parts, api: Api) -> Self {
        let playing = Playing::new(parts.clone(), api);
        Self { parts, playing }
    }

    /// Whether nobody publishes this, or who does has fallen silent. Waits while that may still turn out.
    async fn has_room(&self, broadcast: &str) -> bool {
        let mut age = Duration::ZERO;
        while let Some(there) = self.parts.hub.publisher(broadcast) {
            if there.last_media_age >= SILENT_AFTER {
                return true;
            }
            // It has sent something since the last look.
            if there.last_media_age < age {
                return false;
            }
            age = there.last_media_age;
            tokio::time::sleep(LOOK_EVERY).await;
        }
        true
    }

    /// Begins to record what has come in, if every stream is recorded.
    async fn record(&self, channel: ChannelId) {
        let core = &self.parts.core;
        if !core.settings.recordings.automatic {
            return;
        }
        let recording = RecordingId(core.env().uuid());
        let command = recordings::Command::StartByItself { channel, recording };
        let command = Command::Recordings(command);
        if let Err(error) = core.execute_surely("ingest", command).await {
            tracing::error!(%error, %channel, "a stream is not recorded");
        }
    }

    async fn channel_of(&self, key: &str) -> Result<ChannelId, Refusal> {
        let unknown =
            || Refusal::new("this stream key is not known; copy it again from your channel page");
        let key = StreamKey::presented(key).ok_or_else(unknown)?;
        let core = &self.parts.core;
        let lookup = core.keyring.stream_key_lookup(&key);
        let found = core
            .log
            .credential_by_lookup(Credential::STREAM_KEY, &lookup)
            .await;
        match found {
            Ok(Some((channel, _))) => channel.parse().map_err(|_| unknown()),
            Ok(None) => Err(unknown()),
            Err(error) => {
                tracing::error!(%error, "a stream key could not be looked up");
                Err(Refusal::new(
                    "the server cannot check stream keys at the moment; try again shortly",
                ))
            }
        }
    }
}

#[async_trait]
impl Gate for Ingest {
    async fn publish(&self, request: PublishRequest) -> Result<Admission, Refusal> {
        if request.app.trim_matches('/') != APPLICATION {
            return Err(Refusal::new(
                "publish to rtmp://<host>/live with your stream key",
            ));
        }
        let channel = self.channel_of(&request.key).await?;
        let broadcast = Parts::broadcast(channel);
        if !self.has_room(&broadcast).await {
            return Err(Refusal::new("someone is live with this stream key already"));
        }
        let core = &self.parts.core;
        let stream = StreamId(core.env().uuid());
        let command = streams::Command::Publish {
            channel,
            stream,
            salt: core.env().salt(),
        };
        core.execute("ingest", Command::Streams(command))
            .await
            .map_err(|error| {
                tracing::warn!(%error, %channel, "a publisher was refused");
                match error {
                    // An encoder shows English; it has no way to say what its owner reads.
                    CommandError::Rejected(rejection) => {
                        Refusal::new(&messages::refusal(&rejection, Language::English))
                    }
                    _ => Refusal::new(
                        "the server cannot take your stream at the moment; try again shortly",
                    ),
                }
            })?;
        Ok(Admission { broadcast })
    }

    async fn play(&self, request: PlayRequest) -> Result<Seat, Refusal> {
        self.playing.play(request).await
    }

    async fn started(&self, broadcast: &str, ingest: IngestId, media: MediaInfo) {
        let Ok(channel) = broadcast.parse::<ChannelId>() else {
            return;
        };
        let media = Media {
            node: self.parts.node.to_string(),
            video_codec: media.video_codec.map(str::to_owned),
            audio_codec: media.audio_codec.map(str::to_owned),
            width: media.width,
            height: media.height,
        };
        // Before it is recorded: whoever interrupts the stream from now on is told otherwise.
        self.parts.sending.begin(channel, media.clone());
        let command = streams::Command::MediaArrived { channel, media };
        match self
            .parts
            .core
            .execute("ingest", Command::Streams(command))
            .await
        {
            Ok(receipt) => {
                tracing::info!(%channel, %ingest, position = %receipt.position, "media arrived");
                self.record(channel).await;
            }
            // The stream was ended between its key and its first frame.
            Err(error) => {
                tracing::warn!(%error, %channel, %ingest, "media was not wanted");
                self.parts.hub.end(broadcast);
            }
        }
    }

    async fn stopped(&self, broadcast: &str, ingest: IngestId, reason: StopReason) {
        let Ok(channel) = broadcast.parse::<ChannelId>() else {
            return;
        };
        tracing::info!(%channel, %ingest, %reason, "publisher gone");
        let reason = match reason {
            StopReason::Unpublished => Interruption::Unpublished,
            StopReason::Disconnected => Interruption::Disconnected,
            StopReason::TimedOut => Interruption::TimedOut,
            StopReason::Protocol(_) => Interruption::Malformed,
            StopReason::Kicked(_) => Interruption::Closed,
            StopReason::Replaced => return,
        };
        // Another publisher has taken its place: the stream goes on.
        if self.parts.hub.is_live(broadcast) {
            return;
        }
        self.parts.sending.end(channel);
        let (node, at) = (self.parts.node.to_string(), self.parts.core.env().now());
        let command = Command::Streams(streams::Command::Interrupt {
            channel,
            node,
            at,
            reason,
        });
        if let Err(error) = self.parts.core.execute_surely("ingest", command).await {
            // Recovery finds a live stream that nobody feeds.
            tracing::error!(%error, %channel, "an interruption was not recorded yet");
        }
    }
}
