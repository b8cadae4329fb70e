//! `POST /api/v1/retire` and `/api/v1/restore`: saying that a job or dataset is no more, and taking
//! that back. Each becomes a static event with our own facet, in the log like any other.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::openlineage::EventTime;
use crate::openlineage::facets::RETIRED;

use super::error::ReceiveError;
use super::{Receiver, body, now_ms};

/// Producer of the events that Headwater makes itself.
const PRODUCER: &str = "urn:headwater";
/// A request has few members.
const MOST_BYTES: usize = 64 << 10;

/// What is retired or restored: one of its members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    dataset: Option<Named>,
    job: Option<Named>,
    /// Who says so.
    by: Option<String>,
    /// Why.
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    namespace: String,
    name: String,
}

/// What is known of the job or dataset.
struct Known {
    kind: &'static str,
    namespace: String,
    name: String,
    last: Option<EventTime>,
    retired: bool,
}

/// `POST /api/v1/retire`.
pub async fn retire(receiver: State<Receiver>, request: Request) -> Result<Response, ReceiveError> {
    tell(receiver, request, true).await
}

/// `POST /api/v1/restore`.
pub async fn restore(
    receiver: State<Receiver>,
    request: Request,
) -> Result<Response, ReceiveError> {
    tell(receiver, request, false).await
}

async fn tell(
    State(receiver): State<Receiver>,
    request: Request,
    retired: bool,
) -> Result<Response, ReceiveError> {
    let body = body::read(request, &receiver.room, MOST_BYTES, &receiver.limits).await?;
    let wanted: Wanted = serde_json::from_slice(&body.bytes).map_err(|error| {
        ReceiveError::Request(format!(
            "{error}; expected {{\"dataset\": {{\"namespace\", \"name\"}}}} or {{\"job\": {{…}}}}, with \"by\" and \"reason\" if you like"
        ))
    })?;
    let known = look(receiver.engine.catalog(), &wanted)?;
    if known.retired == retired {
        let state = if retired {
            "retired already"
        } else {
            "not retired"
        };
        return Err(ReceiveError::NothingToDo(format!(
            "the {} {:?} in namespace {:?} is {state}",
            known.kind, known.name, known.namespace
        )));
    }
    let event = event(&known, &wanted, retired);
    let answer = receiver
        .engine
        .accept_as_is(vec![Bytes::from(event.to_string())], now_ms())
        .await?;
    match answer.into_iter().next() {
        Some(Ok(receipt)) => Ok((StatusCode::CREATED, Json(receipt)).into_response()),
        Some(Err(error)) => Err(error.into()),
        None => Err(ReceiveError::Closed),
    }
}

fn look(catalog: &Catalog, wanted: &Wanted) -> Result<Known, ReceiveError> {
    let (kind, named) = match (&wanted.dataset, &wanted.job) {
        (Some(dataset), None) => ("dataset", dataset),
        (None, Some(job)) => ("job", job),
        _ => {
            let message = "name a dataset or a job, and not both";
            return Err(ReceiveError::Request(message.to_owned()));
        }
    };
    let id = match kind {
        "dataset" => catalog.dataset_id(&named.namespace, &named.name),
        _ => catalog.job_id(&named.namespace, &named.name),
    };
    let id = id.ok_or_else(|| {
        ReceiveError::Unknown(format!(
            "no {kind} {:?} in namespace {:?} has been seen",
            named.name, named.namespace
        ))
    })?;
    let (seen, retired) = if kind == "dataset" {
        (catalog.dataset(id)?.seen, catalog.dataset_retirement(id)?)
    } else {
        (catalog.job(id)?.seen, catalog.job_retirement(id)?)
    };
    Ok(Known {
        kind,
        namespace: named.namespace.clone(),
        name: named.name.clone(),
        last: seen.map(|seen| seen.1),
        retired: retired.is_some(),
    })
}

/// The event that says so. Its time is now, and after all that was told so far: producers' clocks
/// differ, and what was seen later than it was retired is not retired.
fn event(known: &Known, wanted: &Wanted, retired: bool) -> Value {
    let now = EventTime(now_ms() * 1_000);
    let time = known
        .last
        .map_or(now, |last| now.max(EventTime(last.0.saturating_add(1))));
    let time = time.to_utc().map(|time| time.to_rfc3339());
    let mut facet = json!({
        "_producer": PRODUCER,
        "_schemaURL": "urn:headwater:facet:retired:1-0-0",
        "retired": retired,
    });
    for (member, text) in [("by", &wanted.by), ("reason", &wanted.reason)] {
        if let Some(text) = text {
            facet[member] = text.as_str().into();
        }
    }
    let kind = if known.kind == "job" {
        "JobEvent"
    } else {
        "DatasetEvent"
    };
    let mut event = json!({
        "eventTime": time,
        "producer": PRODUCER,
        "schemaURL": format!("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/{kind}"),
    });
    event[known.kind] = json!({
        "namespace": known.namespace,
        "name": known.name,
        "facets": {RETIRED: facet},
    });
    event
}
