//! The ways in and out over HTTP but for receiving events: GraphQL, REST, health, the front page.
//!
//! Resolvers only translate; what they show comes from [`crate::engine`] and below.

pub mod graphql;
pub mod rest;

use std::sync::Arc;

use axum::Router;

use crate::engine::Engine;
use crate::receive::{ReceiveLimits, Receiver};

/// Everything the server answers.
pub fn router(engine: Arc<Engine>, limits: ReceiveLimits, metrics: rest::Metrics) -> Router {
    let receiver = Receiver::new(Arc::clone(&engine), limits);
    Router::new()
        .merge(crate::receive::routes(receiver))
        .merge(graphql::routes(&engine))
        .merge(rest::routes(engine, metrics))
        .fallback(rest::not_found)
}
