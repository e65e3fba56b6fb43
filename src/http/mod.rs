//! Everything over HTTP: the page, GraphQL, video, health, metrics.

mod connection;
mod delivery;
mod file;
mod flv;
mod health;
mod hls;
mod known;
mod listener;
mod metrics;
mod page;
mod recordings;
mod refusal;
mod takeover;
mod videos;
pub mod viewer;
mod webhooks;

pub use listener::{Limits, Listener};

use crate::parts::Parts;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;
use tributary_graphql::Api;
use tributary_store::LogReader;

/// All routes.
pub fn router(parts: Parts, api: Api, reader: LogReader) -> Router {
    // Without a HEAD of its own, one would be a GET, and so a viewer.
    let video = get(flv::play)
        .head(flv::describe)
        .options(videos::preflight);
    let all = videos::Videos::new(parts.clone(), api.clone());
    let (hls, attendance) = (Arc::clone(&parts.hls), parts.attendance.clone());
    let segments = Router::new()
        .route(
            "/live/{channel}/{file}",
            get(hls::play).options(hls::preflight),
        )
        .with_state(hls::Segments::new(all.clone(), hls, attendance));
    let recorded = get(recordings::play).options(videos::preflight);
    let videos = Router::new()
        .route("/live/{file}", video)
        .route("/recordings/{recording}/{file}", recorded)
        .with_state(all);
    let webhooks = Router::new()
        .route("/webhooks/payments/{provider}", post(webhooks::hear))
        .with_state(webhooks::Webhooks {
            core: parts.core.clone(),
            reader,
            payments: parts.payments.clone(),
        });
    Router::new()
        .route("/", get(page::index))
        .route("/c/{channel}", get(page::index))
        .route("/finance", get(page::index))
        .route("/graphiql", get(page::graphiql))
        .route("/assets/{*file}", get(page::asset))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show))
        .with_state(parts)
        .merge(videos)
        .merge(segments)
        .merge(webhooks)
        .merge(tributary_graphql::router(api))
        .fallback(page::not_found)
}
