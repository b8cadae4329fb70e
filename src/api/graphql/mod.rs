//! The GraphQL schema and its routes. `schema.graphql` in the root is its printed form; a test
//! fails when they differ.

// Resolvers are async because the macro wants them so.
#![allow(clippy::unused_async)]

mod entities;
mod lineage;
mod refs;
mod root;
mod search;

use std::sync::Arc;

use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql::{EmptyMutation, Schema};
use async_graphql_axum::{GraphQLProtocol, GraphQLRequest, GraphQLResponse, GraphQLWebSocket};
use axum::Router;
use axum::extract::{State, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{get, post};

use crate::engine::Engine;

pub use root::{Query, Subscription};

/// The schema with its roots.
pub type HeadwaterSchema = Schema<Query, EmptyMutation, Subscription>;

/// Selections nested deeper than this are refused; introspection by common tools needs 15.
const MAX_DEPTH: usize = 20;
/// Fields of one query, each counted once whatever the length of its list.
const MAX_COMPLEXITY: usize = 1_000;
/// Directives of one field.
const MAX_DIRECTIVES: usize = 16;

/// Builds the schema, on an engine or (for printing it) without.
pub fn schema(engine: Option<Arc<Engine>>) -> HeadwaterSchema {
    let mut builder = Schema::build(Query, EmptyMutation, Subscription)
        .limit_depth(MAX_DEPTH)
        .limit_recursive_depth(64)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(MAX_DIRECTIVES);
    if let Some(engine) = engine {
        builder = builder.data(engine);
    }
    builder.finish()
}

/// The schema as text.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .sorted_fields()
        .sorted_enum_items();
    schema(None).sdl_with_options(options)
}

/// `/graphql` for queries (POST and GET over WebSocket for subscriptions).
pub fn routes(engine: &Arc<Engine>) -> Router {
    let schema = schema(Some(Arc::clone(engine)));
    Router::new()
        .route("/graphql", post(query).get(subscribe))
        .route("/schema.graphql", get(|| async { sdl() }))
        .with_state(schema)
}

async fn query(State(schema): State<HeadwaterSchema>, request: GraphQLRequest) -> GraphQLResponse {
    schema.execute(request.into_inner()).await.into()
}

async fn subscribe(
    State(schema): State<HeadwaterSchema>,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .on_upgrade(move |stream| async move {
            GraphQLWebSocket::new(stream, schema, protocol)
                .serve()
                .await;
        })
}
