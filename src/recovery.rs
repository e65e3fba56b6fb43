//! Nothing stays open that nobody keeps open: what a node that is gone had open is closed at its last
//! heartbeat, and what this node could not close when it should have is closed now. Each node sees to its
//! own affairs, those of the run before it in its folder included; those of nodes that are gone are seen
//! to by the one node that holds a lease for it.

use crate::parts::{Core, Parts};
use crate::recordings::Of;
use crate::settings::Settings;
use anyhow::Context as _;
use chrono::TimeDelta;
use futures::stream::{self, StreamExt as _};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_domain::command::{Command, sessions, streams};
use tributary_domain::stream::Interruption;
use tributary_domain::{Position, Timestamp};
use tributary_projections::StreamStatus;
use tributary_store::{CommandError, Leadership, LogUrl};

/// How often a node says that it runs.
const BEAT_EVERY: Duration = Duration::from_secs(3);

/// How often a node looks after what is open.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A node that was not heard of for so long is gone. Clocks of nodes may differ by a part of it.
pub const GONE_AFTER: TimeDelta = TimeDelta::seconds(30);

/// How long the read models may take to catch up before the next try.
const CATCH_UP: Duration = Duration::from_secs(10);

/// Sessions that are closed at once: they go into the same batches.
const CLOSING_AT_ONCE: usize = 64;

/// The lease of the node that sees to nodes that are gone.
pub const WORK: &str = "recovery";

/// The read models that recovery and reactions stand on. Others may be parked.
const NEEDED: [&str; 3] = ["streams", "viewer_sessions", "recordings"];

/// Waits until the needed read models have reached `position`.
///
/// # Errors
/// When they do not in time.
pub async fn caught_up(core: &Core, position: Position) -> anyhow::Result<()> {
    let reached = core.views.status_when(|all| {
        all.iter()
            .filter(|status| NEEDED.contains(&status.name))
            .all(|status| status.position >= position)
    });
    let needed = NEEDED.join(" and ");
    tokio::time::timeout(CATCH_UP, reached)
        .await
        .with_context(|| format!("the read models {needed} do not reach {position}"))?;
    Ok(())
}

/// A SQLite folder has one node at a time: any other one is gone for certain.
pub fn is_alone(settings: &Settings) -> bool {
    matches!(settings.log_url, LogUrl::Sqlite(_))
}

/// Who keeps things open: nodes by name, with their last heartbeats.
struct Nodes {
    seen: HashMap<String, Timestamp>,
    running: Vec<String>,
    /// The run before this one in the same folder.
    previous: Option<Arc<str>>,
    /// Whether it is this node that sees to those that are gone.
    others: bool,
}

impl Nodes {
    async fn look(core: &Core, this: &str, others: bool) -> anyhow::Result<Self> {
        let now = core.env().now();
        let alone = is_alone(&core.settings);
        let mut nodes = Self {
            seen: HashMap::new(),
            running: vec![],
            previous: core.previous.clone(),
            others,
        };
        for seen in core.log.nodes().await? {
            let was_here = core.previous.as_deref() == Some(seen.node.as_str());
            let elsewhere = !alone && !was_here && now - seen.seen_at < GONE_AFTER;
            if seen.node == this || elsewhere {
                nodes.running.push(seen.node.clone());
            }
            nodes.seen.insert(seen.node, seen.seen_at);
        }
        Ok(nodes)
    }

    /// Whether a node is gone and its affairs are this one's to see to.
    fn is_ours_to_close(&self, node: &str) -> bool {
        let runs = self.running.iter().any(|running| running == node);
        !runs && (self.others || self.previous.as_deref() == Some(node))
    }
}

/// Closes what nobody keeps open, once: of this node, and with `others` of those that are gone.
///
/// # Errors
/// When the log or the read models do not answer.
pub async fn recover(parts: &Parts, others: bool) -> anyhow::Result<()> {
    let core = &parts.core;
    caught_up(core, core.log.head()).await?;
    let nodes = Nodes::look(core, &parts.node, others).await?;
    close_streams(parts, &nodes).await?;
    close_sessions(parts, &nodes).await?;
    close_recordings(parts, &nodes).await?;
    for node in nodes
        .seen
        .keys()
        .filter(|node| nodes.is_ours_to_close(node))
    {
        core.log.forget_node(node).await?;
    }
    Ok(())
}

async fn close_streams(parts: &Parts, nodes: &Nodes) -> anyhow::Result<()> {
    for open in parts.core.views.open_streams().await? {
        let Some(media) = open.media.filter(|_| open.status == StreamStatus::Live) else {
            continue;
        };
        let is_here = *media.node == *parts.node;
        let (at, reason) = if is_here {
            if parts.hub.is_live(&Parts::broadcast(open.channel)) {
                continue;
            }
            (parts.core.env().now(), Interruption::Disconnected)
        } else if !nodes.is_ours_to_close(&media.node) {
            continue;
        } else {
            let seen = nodes.seen.get(&media.node).copied();
            (seen.unwrap_or(open.changed_at), Interruption::NodeGone)
        };
        let (channel, node) = (open.channel, media.node);
        tracing::info!(stream = %open.id, node, %at, "closing a stream that nobody feeds");
        let command = streams::Command::Interrupt {
            channel,
            node,
            at,
            reason,
        };
        settle(
            parts
                .core
                .execute("recovery", Command::Streams(command))
                .await,
        )?;
    }
    Ok(())
}

/// Goes on with recordings that this node has to write and does not, and completes those of nodes that
/// are gone.
async fn close_recordings(parts: &Parts, nodes: &Nodes) -> anyhow::Result<()> {
    for open in parts.core.views.open_recordings().await? {
        if parts.recordings.attends(open.id) {
            continue;
        }
        let is_here = *open.node == *parts.node;
        if is_here && parts.hub.contains(&Parts::broadcast(open.channel)) {
            parts.recordings.start(Of {
                channel: open.channel,
                stream: open.stream,
                recording: open.id,
            });
        } else if is_here || nodes.is_ours_to_close(&open.node) {
            parts.recordings.recover(&open).await?;
        }
    }
    Ok(())
}

async fn close_sessions(parts: &Parts, nodes: &Nodes) -> anyhow::Result<()> {
    let core = &parts.core;
    for node in core.views.nodes_with_sessions().await? {
        let is_here = *node == *parts.node;
        if !is_here && !nodes.is_ours_to_close(&node) {
            continue;
        }
        let seen = nodes.seen.get(&node).copied();
        loop {
            let mut open = core.views.sessions_of_node(&node).await?;
            open.retain(|session| !is_here || !parts.presence.attends(session.id));
            if open.is_empty() {
                break;
            }
            tracing::info!(node, sessions = open.len(), "closing viewer sessions");
            let now = core.env().now();
            let leaving = open.into_iter().map(|session| {
                let gone_at = seen.unwrap_or(session.joined_at);
                let at = if is_here { now } else { gone_at };
                let session = session.id;
                let leave = Command::Sessions(sessions::Command::Leave { session, at });
                core.execute("recovery", leave)
            });
            let outcomes: Vec<_> = stream::iter(leaving)
                .buffer_unordered(CLOSING_AT_ONCE)
                .collect()
                .await;
            outcomes.into_iter().try_for_each(settle)?;
            // There may be more of them than one question gives.
            caught_up(core, core.log.head()).await?;
        }
    }
    Ok(())
}

/// A refusal means that somebody else was quicker.
fn settle<T>(outcome: Result<T, CommandError>) -> Result<(), CommandError> {
    match outcome {
        Ok(_) | Err(CommandError::Rejected(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Says that this node runs, until `shutdown`.
pub async fn beat(core: Core, node: Arc<str>, shutdown: CancellationToken) {
    while pause(BEAT_EVERY, &shutdown).await {
        if let Err(error) = core.log.beat(&node).await {
            tracing::warn!(%error, "this node's heartbeat was not taken");
        }
    }
}

/// Looks after what is open, until `shutdown`.
pub async fn run(parts: Parts, leadership: Leadership, shutdown: CancellationToken) {
    while pause(LOOK_EVERY, &shutdown).await {
        // Two nodes that did the same would do no harm: what is closed is not closed again.
        let others = leadership.held().is_some();
        if let Err(error) = recover(&parts, others).await {
            tracing::warn!("what nobody keeps open could not be closed yet: {error:#}");
        }
        if others && let Err(error) = parts.recordings.retire().await {
            tracing::warn!("what is too old could not be taken away yet: {error:#}");
        }
    }
    leadership.release().await;
}

/// Waits; false when it is time to stop.
async fn pause(length: Duration, shutdown: &CancellationToken) -> bool {
    tokio::select! {
        () = shutdown.cancelled() => false,
        () = tokio::time::sleep(length) => true,
    }
}
