//! REST: health, metrics, status, digest, verify, export, and the front page.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Json, Response};
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

use crate::engine::Engine;

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
        .route("/", get(front_page))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(prometheus))
        .route("/api/v1/status", get(status))
        .route("/api/v1/digest", get(digest))
        .route("/api/v1/verify", post(verify))
        .route("/api/v1/events", get(events))
        .route("/api/v1/events/{seq}", get(event))
        .with_state(Rest { engine, metrics })
}

async fn front_page() -> Html<&'static str> {
    Html(include_str!("front_page.html"))
}

/// An error in the form that all routes share.
fn problem(status: StatusCode, code: &str, message: impl std::fmt::Display) -> Response {
    (
        status,
        Json(json!({"error": {"code": code, "message": message.to_string()}})),
    )
        .into_response()
}

/// The answer to a path that is none of ours.
pub async fn not_found(uri: Uri) -> Response {
    let message = format!(
        "there is nothing at {}; see / for what there is",
        uri.path()
    );
    problem(StatusCode::NOT_FOUND, "not_found", message)
}

/// Ready when what is in the log is applied, or nearly so.
async fn ready(State(rest): State<Rest>) -> Response {
    let status = rest.engine.status();
    if let Some(reason) = status.broken.or(status.log.failed) {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "broken", reason);
    }
    let lag = status.head_seq.saturating_sub(status.applied_seq);
    if lag > 100_000 {
        let message = format!("answers lag {lag} events behind the log");
        return problem(StatusCode::SERVICE_UNAVAILABLE, "behind", message);
    }
    "ready\n".into_response()
}

async fn prometheus(State(rest): State<Rest>) -> Response {
    let Some(handle) = &rest.metrics else {
        return problem(
            StatusCode::NOT_FOUND,
            "not_found",
            "metrics are not collected in this process",
        );
    };
    let status = rest.engine.status();
    #[allow(clippy::cast_precision_loss)] // gauges are floats by the format
    let set = |name: &'static str, value: u64| metrics::gauge!(name).set(value as f64);
    set("headwater_applied_seq", status.applied_seq);
    set("headwater_head_seq", status.head_seq);
    set("headwater_search_seq", status.search_seq);
    set("headwater_datasets", status.counts.datasets);
    set("headwater_columns", status.counts.columns);
    set("headwater_jobs", status.counts.jobs);
    set("headwater_runs", status.counts.runs);
    set("headwater_log_bytes", status.log.bytes);
    set("headwater_store_bytes", status.store_bytes);
    set("headwater_unreadable_events", status.unreadable);
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        handle.render(),
    )
        .into_response()
}

async fn status(State(rest): State<Rest>) -> Json<serde_json::Value> {
    let status = rest.engine.status();
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "appliedSeq": status.applied_seq, "headSeq": status.head_seq, "searchSeq": status.search_seq,
        "counts": {"events": status.log.events, "datasets": status.counts.datasets, "columns": status.counts.columns,
                   "jobs": status.counts.jobs, "runs": status.counts.runs, "assertions": status.counts.assertions},
        "storeBytes": status.store_bytes, "logBytes": status.log.bytes, "logSegments": status.log.segments,
        "unreadableEvents": status.unreadable, "broken": status.broken, "logFailed": status.log.failed,
    }))
}

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

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    from: u64,
}

/// One event on one line: line breaks between tokens become spaces, all else is verbatim.
pub fn on_one_line(payload: &[u8]) -> Vec<u8> {
    let mut line: Vec<u8> = payload
        .iter()
        .map(|&b| if b == b'\n' || b == b'\r' { b' ' } else { b })
        .collect();
    line.push(b'\n');
    line
}

async fn events(State(rest): State<Rest>, Query(query): Query<From>) -> Response {
    let iterator = match rest.engine.log().read_from(query.from) {
        Ok(iterator) => iterator,
        Err(error) => return problem(StatusCode::INTERNAL_SERVER_ERROR, "failed", error),
    };
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(16);
    tokio::task::spawn_blocking(move || {
        let mut chunk = Vec::new();
        for logged in iterator {
            match logged {
                Ok(logged) => chunk.extend_from_slice(&on_one_line(&logged.payload)),
                Err(error) => {
                    // Ends the transfer without its last chunk, so that the client sees a failure.
                    let _ = sender.blocking_send(Err(std::io::Error::other(error)));
                    return;
                }
            }
            if chunk.len() >= 64 << 10
                && sender
                    .blocking_send(Ok(std::mem::take(&mut chunk).into()))
                    .is_err()
            {
                return;
            }
        }
        let _ = sender.blocking_send(Ok(chunk.into()));
    });
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receiver));
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

/// One event, byte for byte.
async fn event(State(rest): State<Rest>, Path(seq): Path<u64>) -> Response {
    match rest.engine.log().get(seq) {
        Ok(Some(logged)) => (
            [(header::CONTENT_TYPE, "application/json")],
            logged.payload.to_vec(),
        )
            .into_response(),
        Ok(None) => problem(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("there is no event {seq}"),
        ),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, "failed", error),
    }
}
