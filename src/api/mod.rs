//! The ways in and out over HTTP but for receiving events: GraphQL, REST, health, the browser catalog.
//!
//! Resolvers only translate; what they show comes from [`crate::engine`] and below.

mod foreign;
pub mod graphql;
mod problem;
pub mod rest;
mod ui;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::sync::OwnedSemaphorePermit;

use crate::engine::Engine;
use crate::receive::{ReceiveLimits, Receiver};

pub use foreign::{NotAnOrigin, Origin};
pub use graphql::QueryLimits;

/// One of the connections that the server may have at once. Each request carries it, so that a
/// WebSocket, which outlives its request, can go on holding it.
#[derive(Clone)]
pub struct ConnectionSlot(#[allow(dead_code)] Arc<OwnedSemaphorePermit>);

impl ConnectionSlot {
    /// Held until the last clone is dropped.
    pub fn new(permit: OwnedSemaphorePermit) -> Self {
        Self(Arc::new(permit))
    }
}

/// Everything the server answers, with the usual limits of queries.
pub fn router(engine: Arc<Engine>, limits: ReceiveLimits, metrics: rest::Metrics) -> Router {
    bounded_router(engine, limits, QueryLimits::default(), Vec::new(), metrics)
}

/// Everything the server answers. Pages of `origins` may change things as its own pages may.
pub fn bounded_router(
    engine: Arc<Engine>,
    receive: ReceiveLimits,
    query: QueryLimits,
    origins: Vec<Origin>,
    metrics: rest::Metrics,
) -> Router {
    let receiver = Receiver::new(Arc::clone(&engine), receive);
    let routes = Router::new()
        .merge(crate::receive::routes(receiver))
        .merge(graphql::routes(&engine, query))
        .merge(rest::routes(engine, metrics));
    ui::with_pages(routes)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(from_fn_with_state(Arc::from(origins), foreign::guard))
}
