//! `POST /api/v1/checks`: storing the report of a check, so that a link shows it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;

use crate::checks::Draft;

use super::error::ReceiveError;
use super::{Receiver, body};

/// `POST /api/v1/checks`: 201 with the id and the path of its page when it is on disk, 200 when it
/// was stored before.
pub async fn store(
    State(receiver): State<Receiver>,
    request: Request,
) -> Result<Response, ReceiveError> {
    let limit = receiver.engine.checks().limits().report_bytes;
    let read = body::read(request, &receiver.room, limit, &receiver.limits).await;
    let body = read.map_err(|error| match error {
        ReceiveError::TooLarge { limit } => ReceiveError::CheckTooLarge { limit },
        error => error,
    })?;
    let engine = Arc::clone(&receiver.engine);
    let stored = tokio::task::spawn_blocking(move || {
        let draft = Draft::read(&body.bytes)?;
        let put = engine.checks().put(&draft, chrono::Utc::now())?;
        Ok::<_, ReceiveError>(put)
    });
    let put = stored.await.map_err(|_| ReceiveError::Closed)??;
    let status = if put.new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let answer = json!({
        "id": put.head.id,
        "path": format!("/checks/{}", put.head.id),
        "storedAt": put.head.stored_at,
        "new": put.new,
        "dropped": put.dropped,
        "keep": receiver.engine.checks().limits().keep,
    });
    Ok((status, Json(answer)).into_response())
}
