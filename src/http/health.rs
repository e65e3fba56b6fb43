//! Whether this node runs, and whether it can serve.

use crate::parts::Parts;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use tributary_projections::ProjectionState;

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process runs.
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// The log answers and every projection runs, here or on another node; otherwise 503 and what is wrong.
/// A policy that does not act takes no node out of service: what it does is nobody's request.
pub async fn ready(State(parts): State<Parts>) -> (StatusCode, Json<Value>) {
    let log = match tokio::time::timeout(PATIENCE, parts.core.log.ping()).await {
        // Read it can be; a full disk shows in the appends.
        Ok(Ok(())) => parts.core.log.trouble(),
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!(
            "the log did not answer within {} s",
            PATIENCE.as_secs()
        )),
    };
    let mut all_well = log.is_none();
    let projections: Vec<Value> = parts
        .core
        .views
        .status()
        .into_iter()
        .map(|projection| {
            let (state, reason) = match &projection.state {
                ProjectionState::Running => ("running", None),
                ProjectionState::Following => ("following", None),
                ProjectionState::Stopped => ("stopped", None),
                ProjectionState::Retrying { reason } => ("retrying", Some(reason.clone())),
                ProjectionState::Parked { reason, .. } => ("parked", Some(reason.clone())),
                ProjectionState::Fenced => ("fenced", None),
            };
            all_well &= matches!(state, "running" | "following");
            json!({
                "name": projection.name,
                "state": state,
                "position": projection.position.get(),
                "lag": projection.lag,
                "reason": reason,
            })
        })
        .collect();
    let policies = parts.policies.everywhere();
    let policies = tokio::time::timeout(PATIENCE, policies).await;
    let policies = policies
        .unwrap_or_else(|_| parts.policies.here())
        .into_iter();
    let policies: Vec<Value> = policies
        .map(|policy| {
            json!({
                "name": policy.name,
                "state": policy.state.name(),
                "position": policy.position.get(),
                "lag": policy.lag,
                "reason": policy.state.reason(),
                "node": policy.node,
            })
        })
        .collect();
    let status = if all_well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({
        "status": if all_well { "ready" } else { "not ready" },
        "node": &*parts.node,
        "log": { "position": parts.core.log.head().get(), "error": log },
        "projections": projections,
        "policies": policies,
    });
    (status, Json(body))
}
