//! Everything over HTTP: the page, GraphQL, video, health, metrics.

mod connection;
mod flv;
mod health;
mod listener;
mod metrics;
mod page;
mod viewer;

pub use listener::{Limits, Listener};

use crate::parts::Parts;
use axum::Router;
use axum::routing::get;
use tributary_graphql::Api;

/// All routes.
pub fn router(parts: Parts, api: Api) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/c/{channel}", get(page::index))
        .route("/graphiql", get(page::graphiql))
        .route("/assets/{*file}", get(page::asset))
        .route(
            "/live/{file}",
            // Without a HEAD of its own, one would be a GET, and so a viewer.
            get(flv::play).head(flv::describe).options(flv::preflight),
        )
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show))
        .with_state(parts)
        .merge(tributary_graphql::router(api))
        .fallback(page::not_found)
}
