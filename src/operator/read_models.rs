//! The read models: how far they are, and making them anew.

use super::{Desk, Policy, Projection, Reply, Table};
use crate::policies::{PolicyState, PolicyStatus};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tributary_domain::Position;
use tributary_projections::{ProjectionState, ProjectionStatus, RebuildOptions, Switch};

pub(super) async fn show(desk: &Desk) -> anyhow::Result<Reply> {
    let (views, _) = desk.read_models()?;
    let in_words = |status: &ProjectionStatus| match &status.state {
        ProjectionState::Running => "running".to_owned(),
        ProjectionState::Following => "following: another node keeps it".to_owned(),
        ProjectionState::Stopped => "stopped".to_owned(),
        ProjectionState::Retrying { reason } => format!("retrying: {reason}"),
        ProjectionState::Parked { at, reason } => format!("parked at {at}: {reason}"),
        ProjectionState::Fenced => "fenced: another process has taken over".to_owned(),
    };
    let projections = views.status();
    let projections = projections
        .iter()
        .map(|status| Projection {
            name: status.name.to_owned(),
            position: status.position,
            lag: status.lag,
            state: in_words(status),
        })
        .collect();
    Ok(Reply::Projections {
        head: desk.log.head(),
        projections,
        policies: policies(desk).await?,
        node: desk.policies.as_ref().map(|(_, node)| node.to_string()),
    })
}

async fn policies(desk: &Desk) -> anyhow::Result<Vec<Policy>> {
    let Some((policies, _)) = &desk.policies else {
        let stopped = |found: tributary_store::PolicyCheckpoint| Policy {
            name: found.policy,
            position: found.position,
            lag: desk.log.head().since(found.position),
            state: "stopped: no server runs".to_owned(),
        };
        let checkpoints = desk.log.policy_checkpoints().await?;
        return Ok(checkpoints.into_iter().map(stopped).collect());
    };
    let all = policies.everywhere().await.into_iter();
    Ok(all
        .map(|status| Policy {
            name: status.name.to_owned(),
            position: status.position,
            lag: status.lag,
            state: policy_in_words(&status),
        })
        .collect())
}

fn policy_in_words(status: &PolicyStatus) -> String {
    match (&status.state, &status.node) {
        (PolicyState::Standby, Some(node)) => format!("on standby: the node {node} acts"),
        (PolicyState::Standby, None) => "on standby: no node acts yet".to_owned(),
        (PolicyState::Acting, _) => "acting".to_owned(),
        (PolicyState::Retrying { reason }, _) => format!("retrying: {reason}"),
        (PolicyState::Parked { at, reason }, _) => format!("parked at {at}: {reason}"),
        (PolicyState::Stopped, _) => "stopped".to_owned(),
    }
}

pub(super) async fn rebuild(
    desk: &Desk,
    check_only: bool,
    viewer_rule: Option<&str>,
    tell: &mpsc::Sender<Reply>,
) -> anyhow::Result<Reply> {
    let switch = if check_only {
        Switch::Never
    } else {
        Switch::Always
    };
    let options = RebuildOptions {
        switch,
        rule: viewer_rule.map(str::parse).transpose()?,
        ..RebuildOptions::default()
    };
    let cancel = CancellationToken::new();
    let (_, projectors) = desk.read_models()?;
    let report = projectors
        .rebuild(&options, &cancel, |progress| {
            // Whoever went away (an interrupted command line) does not want it any more.
            if tell.is_closed() {
                cancel.cancel();
            }
            let done = progress.position.since(Position::START);
            let total = progress.head.since(Position::START);
            let per_second = progress.events_per_second;
            // A full queue drops a step of the bar, not the rebuild.
            let _full = tell.try_send(Reply::Progress {
                done,
                total,
                per_second,
            });
        })
        .await?;
    let tables = report.tables.iter().map(|table| Table {
        name: table.table.to_owned(),
        rebuilt: table.rebuilt_rows,
        serving: table.serving_rows,
        different: table.different_rows,
        examples: table
            .differences
            .iter()
            .map(|difference| format!("{difference:?}"))
            .collect(),
    });
    Ok(Reply::Rebuilt {
        tables: tables.collect(),
        events: report.events,
        elapsed_ms: u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
        switched: report.switched,
        viewer_rules: (report.rules.0.to_string(), report.rules.1.to_string()),
    })
}
