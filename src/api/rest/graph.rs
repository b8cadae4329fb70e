//! The graph with names, for checks: `GET /api/v1/graph` for all of it, and by POST what lies
//! downstream of some datasets and jobs.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::api::problem::problem;
use crate::engine::{Engine, EngineError, Sought};
use crate::impact::{Name, Observed};

use super::{Rest, blocking};

/// A part of the graph takes no longer; the whole may take [`LONG`].
const LIMIT: Duration = Duration::from_secs(30);
const LONG: Duration = Duration::from_secs(600);
/// Names of one request.
const NAMES: usize = 100_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    datasets: Vec<WantedDataset>,
    #[serde(default)]
    jobs: Vec<Name>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedDataset {
    /// Any namespace unless given.
    namespace: Option<String>,
    name: String,
}

/// `GET /api/v1/graph`.
pub async fn whole(rest: State<Rest>) -> Result<Response, Response> {
    answer(rest, LONG, Engine::observed).await
}

/// `POST /api/v1/graph`.
pub async fn downstream(rest: State<Rest>, body: Bytes) -> Result<Response, Response> {
    let refuse = |message: String| problem(StatusCode::BAD_REQUEST, "bad_request", message);
    let wanted: Wanted = serde_json::from_slice(&body).map_err(|error| {
        refuse(format!(
            "the body must be {{\"datasets\": [{{\"namespace\", \"name\"}}], \"jobs\": […]}}: {error}"
        ))
    })?;
    let names = wanted.datasets.len() + wanted.jobs.len();
    if names > NAMES {
        return Err(refuse(format!(
            "{names} names are more than {NAMES}; ask for fewer at once"
        )));
    }
    let sought = Sought {
        datasets: wanted
            .datasets
            .into_iter()
            .map(|dataset| (dataset.namespace, dataset.name))
            .collect(),
        jobs: wanted.jobs,
    };
    answer(rest, LIMIT, move |engine, go_on| {
        engine.observed_downstream(&sought, go_on)
    })
    .await
}

async fn answer(
    State(rest): State<Rest>,
    limit: Duration,
    take: impl FnOnce(&Engine, &mut dyn FnMut() -> bool) -> Result<Observed, EngineError>
    + Send
    + 'static,
) -> Result<Response, Response> {
    let written = blocking(&rest.engine, move |engine| {
        let start = Instant::now();
        match take(engine, &mut || start.elapsed() < limit) {
            Ok(graph) => Ok(Some(serde_json::to_vec(&graph))),
            Err(EngineError::Stopped) => Ok(None),
            Err(error) => Err(error),
        }
    })
    .await?;
    match written {
        Some(Ok(bytes)) => {
            Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
        }
        Some(Err(error)) => Err(problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failed",
            error.to_string(),
        )),
        None => Err(problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_large",
            format!(
                "this part of the graph took longer than {} s; export the whole with `headwater export graph` and check against that",
                limit.as_secs()
            ),
        )),
    }
}
