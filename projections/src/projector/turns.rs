//! Taking turns: where several nodes share read models, the holder of a lease runs the projectors, and the
//! others follow.
//!
//! One lease for all projections, not one for each: a rebuild pauses them all and switches them together,
//! and a node that is to stop them must have them all.

use super::{Inner, end, follow};
use crate::changed::Changed;
use crate::source::Source;
use crate::status::{ProjectionState, ProjectionStatus};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_store::Term;

/// The pause before a node leads again that could not, or was fenced.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How often a leader looks whether another node has switched to another generation.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Takes turns until `stop`; a panic is made visible and gone on after.
pub(super) async fn supervised<S: Source>(inner: Arc<Inner<S>>, stop: CancellationToken) {
    while let Err(error) = tokio::spawn(take(Arc::clone(&inner), stop.clone())).await {
        tracing::error!(%error, "taking turns with other nodes broke down");
        end(inner.running.lock().await.take()).await;
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(AGAIN_AFTER) => {}
        }
    }
}

/// Leads whenever this node holds the lease, and follows otherwise, until `stop`.
async fn take<S: Source>(inner: Arc<Inner<S>>, stop: CancellationToken) {
    loop {
        let term = tokio::select! {
            // First of all: who was told to stop does not lead once more.
            biased;
            () = stop.cancelled() => return,
            never = follow::follow(&inner.views, &inner.source) => match never {},
            term = inner.leadership.gained() => term,
        };
        if !lead(&inner, term, &stop).await {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = tokio::time::sleep(AGAIN_AFTER) => {}
            }
        }
    }
}

/// Leads for a term; false if it ended before its time.
async fn lead<S: Source>(inner: &Inner<S>, term: Term, stop: &CancellationToken) -> bool {
    {
        let mut running = inner.running.lock().await;
        match inner.spawn().await {
            Ok(begun) => *running = Some(begun),
            Err(error) => {
                tracing::error!("this node cannot keep the read models: {error}");
                inner.leadership.stand_back(AGAIN_AFTER);
                return false;
            }
        }
    }
    tracing::info!(epoch = term.epoch, "this node keeps the read models");
    // What the node before this one wrote last was not told here.
    inner.views.announce(Changed::anything());
    let is_fenced = |all: &[ProjectionStatus]| {
        all.iter()
            .any(|status| status.state == ProjectionState::Fenced)
    };
    let whole = tokio::select! {
        biased;
        // Who stops the projectors ends what runs.
        () = stop.cancelled() => return true,
        () = inner.leadership.lost(term) => {
            tracing::info!("another node may keep the read models now; this one follows");
            true
        }
        _ = inner.views.status_when(is_fenced) => false,
        () = switched(inner) => true,
    };
    end(inner.running.lock().await.take()).await;
    whole
}

/// Waits until another node has switched to another generation, which then serves here, too.
async fn switched<S: Source>(inner: &Inner<S>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        // A rebuild of this node switches by itself.
        let Some(_alone) = inner.views.try_rebuild() else {
            continue;
        };
        match follow::keep_up(&inner.views, &inner.views.serving()).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => tracing::warn!("the serving read models: {error}"),
        }
    }
}
