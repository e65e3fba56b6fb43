//! Nothing stays live after a crash: what a node that is gone left open is closed at its last
//! heartbeat.

use crate::parts::Core;
use chrono::TimeDelta;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_domain::command::{Command, sessions, streams};
use tributary_domain::stream::Interruption;
use tributary_projections::StreamStatus;
use tributary_store::{CommandError, LogUrl, NodeSeen};

/// How often a node says that it runs.
const BEAT_EVERY: Duration = Duration::from_secs(3);

/// A node that was not heard of for so long is gone.
const GONE_AFTER: TimeDelta = TimeDelta::seconds(20);

/// How long the read models may take to catch up before recovery looks at them.
const CATCH_UP: Duration = Duration::from_secs(60);

/// Puts the affairs of nodes that are gone in order.
///
/// # Errors
/// When the log or the read models do not answer.
pub async fn recover(core: &Core, node: &str) -> anyhow::Result<()> {
    let now = core.env().now();
    // A folder has one node at a time: any other one is gone for certain.
    let alone = matches!(core.settings.log_url, LogUrl::Sqlite(_));
    for gone in core.log.nodes().await? {
        if gone.node != node && (alone || now - gone.seen_at >= GONE_AFTER) {
            close_affairs(core, &gone).await?;
            core.log.forget_node(&gone.node).await?;
        }
    }
    Ok(())
}

async fn close_affairs(core: &Core, gone: &NodeSeen) -> anyhow::Result<()> {
    core.views.wait_for(core.log.head(), CATCH_UP).await?;
    let at = gone.seen_at;
    let (mut streams, mut sessions) = (0, 0);
    for open in core.views.open_streams().await? {
        let taken_in_there = open
            .media
            .as_ref()
            .is_some_and(|media| media.node == gone.node);
        if open.status == StreamStatus::Live && taken_in_there {
            let (channel, reason) = (open.channel, Interruption::NodeGone);
            let command = streams::Command::Interrupt {
                channel,
                at,
                reason,
            };
            settle(core.execute("recovery", Command::Streams(command)).await)?;
            streams += 1;
        }
    }
    for session in core.views.sessions_of_node(&gone.node).await? {
        let command = sessions::Command::Leave {
            session: session.id,
            at,
        };
        settle(core.execute("recovery", Command::Sessions(command)).await)?;
        sessions += 1;
    }
    tracing::info!(node = gone.node, %at, streams, sessions, "closed what a node had left open");
    Ok(())
}

/// A refusal means that somebody else was quicker.
fn settle<T>(outcome: Result<T, CommandError>) -> Result<(), CommandError> {
    match outcome {
        Ok(_) | Err(CommandError::Rejected(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Says that this node runs, and looks after the others, until `shutdown`.
pub async fn run(core: Core, node: std::sync::Arc<str>, shutdown: CancellationToken) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(BEAT_EVERY) => {}
        }
        if let Err(error) = core.log.beat(&node).await {
            tracing::warn!(%error, "this node's heartbeat was not taken");
        }
        if let Err(error) = recover(&core, &node).await {
            tracing::warn!(%error, "nodes that are gone could not be looked after");
        }
    }
}
