//! The limit: async-graphql behind axum with nothing around it. It parses and validates each request anew,
//! as it does out of the box.

use super::support::process::commands;
use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Response, Schema};
use axum::Json;
use axum::extract::State;
use axum::routing::post;
use tokio::net::TcpListener;

struct Query;

#[Object]
impl Query {
    /// Something to have.
    async fn nothing(&self) -> bool {
        false
    }
}

type Bare = Schema<Query, EmptyMutation, EmptySubscription>;

async fn answer(State(schema): State<Bare>, Json(request): Json<Request>) -> Json<Response> {
    Json(schema.execute(request).await)
}

/// Serves until nobody gives commands any more.
pub async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("it is bound"));
    let router = axum::Router::new()
        .route("/graphql", post(answer))
        .with_state(Schema::new(Query, EmptyMutation, EmptySubscription));
    tokio::spawn(async move { axum::serve(listener, router).await });
    while commands().recv().await.is_some() {}
}
