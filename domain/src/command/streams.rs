//! Commands about streams, from people and from ingest.

use super::{Actor, own_account, owner_or_staff};
use crate::channel;
use crate::decision::Reader;
use crate::stream::{self, Changes, EndReason, Health, Interruption, Media, Metadata, Title};
use crate::{ChannelId, Decision, HistoryId, Salt, StreamId, Timestamp, Undecided};

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Announce a stream.
    Schedule {
        /// Its id.
        stream: StreamId,
        /// Whose.
        channel: ChannelId,
        /// What it is about.
        metadata: Metadata,
        /// When it is to begin.
        scheduled_for: Timestamp,
        /// For the personal part.
        salt: Salt,
    },
    /// Begin one, scheduled or not: it waits for media.
    Start {
        /// Its id.
        stream: StreamId,
        /// Whose.
        channel: ChannelId,
        /// What it is about; `None` keeps what was scheduled, and is refused where nothing was.
        metadata: Option<Metadata>,
        /// For the personal part.
        salt: Salt,
    },
    /// A publisher with a good key is here: go on with the channel's open stream, or begin one that
    /// takes over the last one's title and labels.
    Publish {
        /// Whose key it was.
        channel: ChannelId,
        /// The id of the new stream, if one is needed.
        stream: StreamId,
        /// For the personal part.
        salt: Salt,
    },
    /// Its media came in.
    MediaArrived {
        /// Whose.
        channel: ChannelId,
        /// What came.
        media: Media,
    },
    /// It went away. Nothing happens if the channel has no stream on air.
    Interrupt {
        /// Whose.
        channel: ChannelId,
        /// The node that it was connected to. Nothing happens if another has it by now.
        node: String,
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: Interruption,
    },
    /// Note how it does. Nothing happens if the channel has no stream that it feeds.
    NoteHealth {
        /// Whose.
        channel: ChannelId,
        /// The node that it is connected to. Nothing happens if another has it by now.
        node: String,
        /// What came since the last note.
        health: Health,
    },
    /// Change what a stream is about.
    Update {
        /// Which.
        stream: StreamId,
        /// What of it. The rest stays as it is at that moment.
        changes: Changes,
        /// For the personal part.
        salt: Salt,
    },
    /// End one.
    End {
        /// Which.
        stream: StreamId,
        /// Why.
        reason: EndReason,
    },
    /// Call one off.
    Cancel {
        /// Which.
        stream: StreamId,
    },
}

impl Command {
    pub(super) fn names(&self, actor: Actor) -> Vec<HistoryId> {
        let mut names: Vec<_> = own_account(actor).into_iter().collect();
        match self {
            Self::Schedule {
                stream, channel, ..
            }
            | Self::Start {
                stream, channel, ..
            } => {
                names.extend([HistoryId::Stream(*stream), HistoryId::Channel(*channel)]);
            }
            Self::Publish {
                channel, stream, ..
            } => {
                names.extend([
                    HistoryId::Stream(*stream),
                    HistoryId::Channel(*channel),
                    HistoryId::Account(channel.owner()),
                ]);
            }
            Self::MediaArrived { channel, .. }
            | Self::Interrupt { channel, .. }
            | Self::NoteHealth { channel, .. } => {
                names.push(HistoryId::Channel(*channel));
            }
            Self::Update { stream, .. } | Self::End { stream, .. } | Self::Cancel { stream } => {
                names.push(HistoryId::Stream(*stream));
            }
        }
        names
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        match self {
            Self::Schedule {
                stream,
                channel,
                metadata,
                scheduled_for,
                salt,
            } => {
                owner_or_staff(*channel, actor, read)?;
                read.channel(*channel, channel::Channel::is_open)??;
                let command = stream::Command::Schedule {
                    stream: *stream,
                    channel: *channel,
                    metadata: metadata.clone(),
                    at,
                    scheduled_for: *scheduled_for,
                    salt: *salt,
                };
                of_stream(*stream, *channel, command, read)
            }
            Self::Start {
                stream,
                channel,
                metadata,
                salt,
            } => {
                owner_or_staff(*channel, actor, read)?;
                let scheduled_by = read.stream(*stream, stream::Stream::channel)?;
                if scheduled_by.is_some_and(|scheduled_by| scheduled_by != *channel) {
                    return Err(stream::Rejection::NotFound.into());
                }
                start(*stream, *channel, metadata.clone(), *salt, read)
            }
            Self::Publish {
                channel,
                stream,
                salt,
            } => publish(*channel, *stream, *salt, read),
            Self::MediaArrived { channel, media } => match open_stream(*channel, read)? {
                Some(stream) => {
                    let command = stream::Command::MediaArrived {
                        at,
                        media: media.clone(),
                    };
                    of_stream(stream, *channel, command, read)
                }
                None => Err(stream::Rejection::AlreadyEnded.into()),
            },
            Self::Interrupt {
                channel,
                node,
                at,
                reason,
            } => match open_stream(*channel, read)? {
                Some(stream) => {
                    let command = stream::Command::Interrupt {
                        node: node.clone(),
                        at: *at,
                        reason: *reason,
                    };
                    // A publisher that leaves before its first media interrupts nothing.
                    if read.stream(stream, |state| matches!(state.life, stream::Life::Starting))? {
                        return Ok(Decision::default());
                    }
                    of_stream(stream, *channel, command, read)
                }
                None => Ok(Decision::default()),
            },
            Self::NoteHealth {
                channel,
                node,
                health,
            } => match open_stream(*channel, read)? {
                Some(stream) => {
                    let command = stream::Command::NoteHealth {
                        node: node.clone(),
                        at,
                        health: health.clone(),
                    };
                    of_stream(stream, *channel, command, read)
                }
                None => Ok(Decision::default()),
            },
            Self::Update {
                stream,
                changes,
                salt,
            } => {
                let channel = owned_stream(*stream, actor, read)?;
                // Nobody writes about the show of somebody who was forgotten.
                read.channel(channel, channel::Channel::is_open)??;
                let before = read.stream(*stream, |state| state.metadata.clone())?;
                let command = stream::Command::Update {
                    metadata: changes.applied_to(before).checked()?,
                    salt: *salt,
                };
                of_stream(*stream, channel, command, read)
            }
            Self::End { stream, reason } => {
                let channel = owned_stream(*stream, actor, read)?;
                closing(
                    *stream,
                    channel,
                    stream::Command::End {
                        at,
                        reason: *reason,
                    },
                    read,
                )
            }
            Self::Cancel { stream } => {
                let channel = owned_stream(*stream, actor, read)?;
                closing(*stream, channel, stream::Command::Cancel, read)
            }
        }
    }
}

pub(super) fn open_stream(
    channel: ChannelId,
    read: &mut Reader<'_>,
) -> Result<Option<StreamId>, Undecided> {
    read.channel(channel, |state| state.open_stream)
}

/// The stream's channel, if the actor may act on it.
pub(super) fn owned_stream(
    stream: StreamId,
    actor: Actor,
    read: &mut Reader<'_>,
) -> Result<ChannelId, Undecided> {
    let channel = read.stream(stream, stream::Stream::channel)?;
    let channel = channel.ok_or(stream::Rejection::NotFound)?;
    owner_or_staff(channel, actor, read)?;
    Ok(channel)
}

pub(super) fn of_stream(
    stream: StreamId,
    channel: ChannelId,
    command: stream::Command,
    read: &mut Reader<'_>,
) -> Result<Decision, Undecided> {
    let events = read.stream(stream, |state| state.decide(command))??;
    let mut decision = Decision::default();
    decision.record(&HistoryId::Stream(stream), Some(channel), events);
    Ok(decision)
}

/// A change after which the channel may open another stream.
pub(super) fn closing(
    stream: StreamId,
    channel: ChannelId,
    command: stream::Command,
    read: &mut Reader<'_>,
) -> Result<Decision, Undecided> {
    let mut decision = of_stream(stream, channel, command, read)?;
    let close = channel::Command::CloseStream(stream);
    let closed = read.channel(channel, |state| state.decide(close))??;
    decision.record(&HistoryId::Channel(channel), Some(channel), closed);
    Ok(decision)
}

fn start(
    stream: StreamId,
    channel: ChannelId,
    metadata: Option<Metadata>,
    salt: Salt,
    read: &mut Reader<'_>,
) -> Result<Decision, Undecided> {
    let open = channel::Command::OpenStream(stream);
    let opened = read.channel(channel, |state| state.decide(open))??;
    let command = stream::Command::Start {
        stream,
        channel,
        metadata,
        salt,
    };
    let mut decision = of_stream(stream, channel, command, read)?;
    decision.record(&HistoryId::Channel(channel), Some(channel), opened);
    Ok(decision)
}

fn publish(
    channel: ChannelId,
    stream: StreamId,
    salt: Salt,
    read: &mut Reader<'_>,
) -> Result<Decision, Undecided> {
    let (open, last) = read.channel(channel, |state| (state.open_stream, state.last_stream))?;
    // Nobody asks in the own name here: what stands for its owner is a key.
    if read.account(channel.owner(), |owner| owner.suspended)? {
        return Err(crate::account::Rejection::Suspended.into());
    }
    if open.is_some() {
        return Ok(Decision::default());
    }
    let metadata = match last {
        Some(last) => read.stream(last, |state| state.metadata.clone())?,
        None => Metadata::default(),
    };
    let metadata = if metadata.title.title.is_empty() {
        let name = read.account(channel.owner(), |account| account.name.clone())?;
        let title = name.map_or_else(|| "Live".to_owned(), |name| format!("{name} is live"));
        Metadata {
            title: Title {
                title,
                description: None,
            },
            ..metadata
        }
    } else {
        metadata
    };
    start(stream, channel, Some(metadata), salt, read)
}
