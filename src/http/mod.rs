//! Everything over HTTP: the page, GraphQL, video, health, metrics.

mod connection;
mod delivery;
mod flv;
mod health;
mod listener;
mod metrics;
mod page;
mod takeover;
pub mod viewer;

pub use listener::{Limits, Listener};

use crate::parts::Parts;
use axum::Router;
use axum::routing::get;
use tributary_graphql::Api;

/// All routes.
pub fn router(parts: Parts, api: Api) -> Router {
    // Without a HEAD of its own, one would be a GET, and so a viewer.
    let video = get(flv::play).head(flv::describe).options(flv::preflight);
    let videos = Router::new()
        .route("/live/{file}", video)
        .with_state(flv::Videos {
            parts: parts.clone(),
            api: api.clone(),
        });
    Router::new()
        .route("/", get(page::index))
        .route("/c/{channel}", get(page::index))
        .route("/graphiql", get(page::graphiql))
        .route("/assets/{*file}", get(page::asset))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show))
        .with_state(parts)
        .merge(videos)
        .merge(tributary_graphql::router(api))
        .fallback(page::not_found)
}
