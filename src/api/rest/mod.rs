//! REST: health, metrics, status, digest, verify, export.

mod contracts;
mod emitters;
mod events;
mod graph;
mod health;
mod odcs;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;

use crate::engine::Engine;

use super::problem::problem;

pub use events::on_one_line;

/// Where `/metrics` reads from.
pub type Metrics = Option<PrometheusHandle>;

#[derive(Clone)]
struct Rest {
    engine: Arc<Engine>,
    metrics: Metrics,
}

/// The REST routes.
pub fn routes(engine: Arc<Engine>, metrics: Metrics) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::prometheus))
        .route("/api/v1/status", get(health::status))
        .route("/api/v1/digest", get(digest))
        .route("/api/v1/verify", post(verify))
        .route("/api/v1/policy/reload", post(contracts::reload))
        .route("/api/v1/policy/test", post(contracts::test))
        .route("/api/v1/odcs", get(odcs::document))
        .route("/api/v1/events", get(events::events))
        .route("/api/v1/events/{seq}", get(events::event))
        .route("/api/v1/events/{seq}/receipt", get(events::receipt))
        .route("/api/v1/graph", get(graph::whole).post(graph::downstream))
        .with_state(Rest { engine, metrics })
}

/// Does work that waits for the disk.
async fn blocking<R: Send + 'static>(
    engine: &Arc<Engine>,
    work: impl FnOnce(&Engine) -> Result<R, crate::engine::EngineError> + Send + 'static,
) -> Result<R, Response> {
    let engine = Arc::clone(engine);
    let fail = |message: String| problem(StatusCode::INTERNAL_SERVER_ERROR, "failed", message);
    match tokio::task::spawn_blocking(move || work(&engine)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(fail(error.to_string())),
        Err(error) => Err(fail(error.to_string())),
    }
}

async fn digest(State(rest): State<Rest>) -> Result<Response, Response> {
    let (digest, seq) = blocking(&rest.engine, |engine| Ok(engine.catalog().digest()?)).await?;
    Ok(Json(json!({"digest": digest.to_string(), "appliedSeq": seq})).into_response())
}

async fn verify(State(rest): State<Rest>) -> Result<Response, Response> {
    let found = blocking(&rest.engine, Engine::verify).await?;
    let body = json!({"holds": found.holds(), "seq": found.seq,
        "live": found.live.to_string(), "rebuilt": found.rebuilt.to_string()});
    Ok(Json(body).into_response())
}
