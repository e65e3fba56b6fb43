//! Shows, and those who watch them.

use super::Workload;
use crate::cast::remember;
use chrono::TimeDelta;
use tributary_domain::command::{Actor, Command, sessions, streams};
use tributary_domain::ids::ViewerId;
use tributary_domain::stream::{EndReason, Interruption, Media, Metadata, Title};
use tributary_domain::viewer_session::{Joined, Received};
use tributary_domain::{ChannelId, StreamId, Timestamp, ViewerSessionId};

impl Workload<'_> {
    pub(super) fn known_stream(&self, channel: ChannelId) -> StreamId {
        let known = self.dice.any(&self.cast.known().streams);
        match known {
            Some((stream, of)) if of == channel || self.dice.chance(50) => stream,
            _ => {
                let stream = StreamId(self.dice.uuid());
                remember(&mut self.cast.known().streams, (stream, channel));
                stream
            }
        }
    }

    pub(super) fn stream(&self, at: Timestamp) -> (Actor, Command) {
        let owner = self.streamer();
        let channel = ChannelId::from(owner);
        let stream = self.known_stream(channel);
        let salt = self.dice.salt();
        let metadata = Metadata {
            title: Title {
                title: format!("show {}", self.dice.below(100)),
                description: None,
            },
            ..Metadata::default()
        };
        let ingest = Actor::System("ingest");
        let node = format!("node {}", self.dice.below(2));
        let (actor, command) = match self.dice.below(10) {
            0 => {
                let scheduled_for = at + TimeDelta::minutes(5);
                let command = streams::Command::Schedule {
                    stream,
                    channel,
                    metadata,
                    scheduled_for,
                    salt,
                };
                (Actor::Account(owner), command)
            }
            1 | 2 => {
                let metadata = self.dice.chance(700).then_some(metadata);
                let command = streams::Command::Start {
                    stream,
                    channel,
                    metadata,
                    salt,
                };
                (Actor::Account(owner), command)
            }
            3 | 4 => {
                let command = streams::Command::Publish {
                    channel,
                    stream,
                    salt,
                };
                (ingest, command)
            }
            5 => {
                let media = Media {
                    node,
                    ..Media::default()
                };
                (ingest, streams::Command::MediaArrived { channel, media })
            }
            6 => {
                let reason = Interruption::Disconnected;
                let command = streams::Command::Interrupt {
                    channel,
                    node,
                    at,
                    reason,
                };
                (ingest, command)
            }
            7 => {
                let command = streams::Command::Update {
                    stream,
                    changes: metadata.into(),
                    salt,
                };
                (Actor::Account(owner), command)
            }
            8 => {
                let reason = EndReason::Asked;
                (
                    Actor::Account(owner),
                    streams::Command::End { stream, reason },
                )
            }
            _ => (Actor::Account(owner), streams::Command::Cancel { stream }),
        };
        (actor, Command::Streams(command))
    }

    pub(super) fn watch(&self, at: Timestamp) -> (Actor, Command) {
        let playback = Actor::System("playback");
        let (stream, viewer) = {
            let known = self.cast.known();
            (self.dice.any(&known.streams), self.dice.any(&known.viewers))
        };
        let command = match (viewer, stream) {
            (Some(session), _) if self.dice.chance(400) => sessions::Command::Leave { session, at },
            (_, Some((stream, channel))) => {
                let session = ViewerSessionId(self.dice.uuid());
                remember(&mut self.cast.known().viewers, session);
                let viewer = if self.dice.chance(500) {
                    ViewerId::Account(self.person())
                } else {
                    ViewerId::Anonymous(self.dice.uuid())
                };
                let joined = Joined {
                    stream,
                    channel,
                    viewer,
                    node: "node".to_owned(),
                    at,
                    received: Some(Received::Media),
                };
                sessions::Command::Join { session, joined }
            }
            (_, None) => return self.stream(at),
        };
        (playback, Command::Sessions(command))
    }
}
