//! `/api/v1/quarantine`: events that a contract turned away, to be listed, looked at, released or
//! discarded.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::openlineage::canonical::canonicalise;
use crate::openlineage::secrets::mask_json;
use crate::quarantine::Head;

use super::error::ReceiveError;
use super::{Receiver, now_ms};

/// Events on a page at most, and unless asked otherwise.
const PAGE: (usize, usize) = (1_000, 100);

/// Which of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// How many; 100 unless given, 1,000 at most.
    first: Option<usize>,
    /// The id behind which to begin.
    after: Option<String>,
}

/// `GET /api/v1/quarantine`: the earliest received first, without the events themselves.
pub async fn list(
    State(receiver): State<Receiver>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, ReceiveError> {
    let Query(asked) = asked.map_err(|error| ReceiveError::Request(error.body_text()))?;
    let first = asked.first.unwrap_or(PAGE.1).clamp(1, PAGE.0);
    let quarantine = receiver.engine.quarantine();
    let (events, more) = quarantine.page(asked.after.as_deref(), first);
    let (total, bytes) = quarantine.size();
    let next = events.last().filter(|_| more).map(|head| head.id.clone());
    Ok(
        Json(json!({"total": total, "bytes": bytes, "events": events, "next": next}))
            .into_response(),
    )
}

fn none(id: &str) -> ReceiveError {
    ReceiveError::Unknown(format!(
        "there is no event {id:?} in quarantine; GET /api/v1/quarantine lists what there is"
    ))
}

/// How an event is shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// As a text for people.
    #[serde(default)]
    text: bool,
}

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    head: Head,
    event: Option<Box<RawValue>>,
}

/// For people: text keeps the digits that a browser's numbers lose.
#[derive(Serialize)]
struct Readable {
    #[serde(flatten)]
    head: Head,
    /// Canonical JSON; null where it is none any more.
    text: Option<String>,
    /// Values that are secrets by their name are left out of it.
    masked: bool,
}

impl Readable {
    fn new(head: Head, event: &[u8]) -> Self {
        let read = canonicalise(event).ok();
        let text = read.and_then(|read| String::from_utf8(read.bytes).ok());
        let masked = text.as_deref().and_then(mask_json);
        Self {
            head,
            masked: masked.is_some(),
            text: masked.or(text),
        }
    }
}

/// `GET /api/v1/quarantine/ID`: what is known of an event, and `event` as it was sent. With
/// `?text=true` in its place `text`, without secrets.
pub async fn show(
    State(receiver): State<Receiver>,
    Path(id): Path<String>,
    shown: Result<Query<Shown>, QueryRejection>,
) -> Result<Response, ReceiveError> {
    let Query(shown) = shown.map_err(|error| ReceiveError::Request(error.body_text()))?;
    let engine = std::sync::Arc::clone(&receiver.engine);
    let wanted = id.clone();
    let read = tokio::task::spawn_blocking(move || engine.quarantine().event(&wanted));
    let found = read.await.map_err(|_| ReceiveError::Closed)??;
    let (head, event) = found.ok_or_else(|| none(&id))?;
    if shown.text {
        return Ok(Json(Readable::new(head, &event)).into_response());
    }
    let event: Option<Box<RawValue>> = serde_json::from_slice(&event).ok();
    Ok(Json(Whole { head, event }).into_response())
}

/// `POST /api/v1/quarantine/ID/release`: takes the event in, whatever contracts say; 201 with its
/// receipt.
pub async fn release(
    State(receiver): State<Receiver>,
    Path(id): Path<String>,
) -> Result<Response, ReceiveError> {
    let released = receiver.engine.release(&id, now_ms()).await?;
    let answer = released.ok_or_else(|| none(&id))?;
    match answer.into_iter().next() {
        Some(Ok(receipt)) => Ok((StatusCode::CREATED, Json(receipt)).into_response()),
        Some(Err(error)) => Err(error.into()),
        None => Err(ReceiveError::Closed),
    }
}

/// `DELETE /api/v1/quarantine/ID`: throws the event away; 204.
pub async fn discard(
    State(receiver): State<Receiver>,
    Path(id): Path<String>,
) -> Result<Response, ReceiveError> {
    let engine = std::sync::Arc::clone(&receiver.engine);
    let unwanted = id.clone();
    let taken = tokio::task::spawn_blocking(move || engine.quarantine().take_out(&unwanted, false));
    if taken.await.map_err(|_| ReceiveError::Closed)?? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(none(&id))
}
