//! How the server stands: ready or not, figures, metrics. Figures wait for the catalog's lock, so they
//! are asked for off the threads that serve.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;

use crate::api::problem::problem;
use crate::engine::EngineStatus;

use super::{Rest, blocking};

/// Ready when events are taken and what is in the log is applied, or nearly so.
pub async fn ready(State(rest): State<Rest>) -> Response {
    let unready = match blocking(&rest.engine, |engine| Ok(engine.status().unready())).await {
        Ok(unready) => unready,
        Err(failed) => return failed,
    };
    match unready {
        Some(unready) => problem(
            StatusCode::SERVICE_UNAVAILABLE,
            unready.code,
            unready.message,
        ),
        None => "ready\n".into_response(),
    }
}

/// Figures in the text format of Prometheus.
pub async fn prometheus(State(rest): State<Rest>) -> Response {
    let Some(handle) = &rest.metrics else {
        return problem(
            StatusCode::NOT_FOUND,
            "not_found",
            "metrics are not collected in this process",
        );
    };
    let status = blocking(&rest.engine, |engine| {
        Ok((engine.status(), engine.emitters()))
    });
    let (status, emitters) = match status.await {
        Ok(found) => found,
        Err(failed) => return failed,
    };
    set_gauges(&status);
    let text =
        handle.render() + &super::emitters::text(emitters) + &super::contracts::text(&rest.engine);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

fn set_gauges(status: &EngineStatus) {
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
    set("headwater_sql_waiting", status.sql_waiting as u64);
    // What is not well: 0 or 1 each, so that an alert can name it.
    set("headwater_ready", status.unready().is_none().into());
    set("headwater_log_failed", status.log.failed.is_some().into());
    let refusing = status.append_failure.is_some();
    set("headwater_append_failing", refusing.into());
    set("headwater_catalog_broken", status.broken.is_some().into());
    let search = status.search_broken.is_some();
    set("headwater_search_broken", search.into());
}

/// Figures for people and programs.
pub async fn status(State(rest): State<Rest>) -> Result<Json<serde_json::Value>, Response> {
    let status = blocking(&rest.engine, |engine| Ok(engine.status())).await?;
    let unready = status.unready();
    let policy = super::contracts::status(&rest.engine);
    let unready = unready.map(|unready| json!({"code": unready.code, "message": unready.message}));
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "appliedSeq": status.applied_seq, "headSeq": status.head_seq, "searchSeq": status.search_seq,
        "counts": {"events": status.log.events, "datasets": status.counts.datasets, "columns": status.counts.columns,
                   "jobs": status.counts.jobs, "runs": status.counts.runs, "assertions": status.counts.assertions},
        "storeBytes": status.store_bytes, "logBytes": status.log.bytes, "logSegments": status.log.segments,
        "unreadableEvents": status.unreadable, "sqlWaiting": status.sql_waiting, "broken": status.broken, "logFailed": status.log.failed,
        "searchBroken": status.search_broken,
        "appendFailed": status.append_failure.map(|failure| failure.reason), "unready": unready,
        "policy": policy,
    })))
}
