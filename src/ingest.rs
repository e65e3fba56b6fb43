//! An encoder goes live: from a stream key to commands.

use crate::parts::Parts;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tributary_domain::command::{Command, streams};
use tributary_domain::decision::Credential;
use tributary_domain::stream::{Interruption, Media};
use tributary_domain::{ChannelId, StreamId};
use tributary_media::flv::MediaInfo;
use tributary_media::gate::{Admission, Gate, IngestId, PublishRequest, Refusal, StopReason};
use tributary_store::{CommandError, StreamKey};

/// A publisher that has sent nothing for so long makes room for another with the same key.
const SILENT_AFTER: Duration = Duration::from_secs(5);

/// The application that is published to, as in `rtmp://host/live`.
const APPLICATION: &str = "live";

/// Judges stream keys, and turns what publishers do into commands.
pub struct Ingest {
    parts: Parts,
    /// The publisher that speaks for a channel: a replaced one's end must not interrupt the stream.
    current: Mutex<HashMap<ChannelId, IngestId>>,
}

impl Ingest {
    /// An ingest with no publishers.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts,
            current: Mutex::default(),
        }
    }

    async fn channel_of(&self, key: &str) -> Result<ChannelId, Refusal> {
        let unknown =
            || refusal("this stream key is not known; copy it again from your channel page");
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
                Err(refusal(
                    "the server cannot check stream keys at the moment; try again shortly",
                ))
            }
        }
    }

    fn is_current(&self, channel: ChannelId, ingest: IngestId) -> bool {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.get(&channel) == Some(&ingest)
    }
}

fn refusal(description: &str) -> Refusal {
    Refusal {
        description: description.to_owned(),
    }
}

#[async_trait]
impl Gate for Ingest {
    async fn publish(&self, request: PublishRequest) -> Result<Admission, Refusal> {
        if request.app.trim_matches('/') != APPLICATION {
            return Err(refusal(
                "publish to rtmp://<host>/live with your stream key",
            ));
        }
        let channel = self.channel_of(&request.key).await?;
        let broadcast = Parts::broadcast(channel);
        if let Some(there) = self.parts.hub.publisher(&broadcast)
            && there.last_media_age < SILENT_AFTER
        {
            return Err(refusal("someone is live with this stream key already"));
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
                    CommandError::Rejected(rejection) => refusal(&rejection.message),
                    _ => refusal(
                        "the server cannot take your stream at the moment; try again shortly",
                    ),
                }
            })?;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.insert(channel, request.ingest);
        Ok(Admission { broadcast })
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
        let command = streams::Command::MediaArrived { channel, media };
        match self
            .parts
            .core
            .execute("ingest", Command::Streams(command))
            .await
        {
            Ok(receipt) => {
                tracing::info!(%channel, %ingest, position = %receipt.position, "media arrived");
            }
            // The stream was ended between its key and its first frame.
            Err(error) => {
                tracing::warn!(%error, %channel, %ingest, "media was not wanted");
                self.parts
                    .hub
                    .disconnect_publisher(broadcast, "the stream has ended");
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
        if !self.is_current(channel, ingest) {
            return;
        }
        let at = self.parts.core.env().now();
        let command = streams::Command::Interrupt {
            channel,
            at,
            reason,
        };
        match self
            .parts
            .core
            .execute("ingest", Command::Streams(command))
            .await
        {
            Ok(_) | Err(CommandError::Rejected(_)) => {}
            // Recovery closes it when this node is looked after next.
            Err(error) => tracing::error!(%error, %channel, "an interruption was not recorded"),
        }
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.get(&channel) == Some(&ingest) {
            current.remove(&channel);
        }
    }
}
