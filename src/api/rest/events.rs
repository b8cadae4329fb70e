//! Events as they came.

use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use chrono::{DateTime, SecondsFormat};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

use crate::api::problem::{bad_request, problem};
use crate::engine::ReceiptStatus;
use crate::log::LogError;

use super::{Rest, blocking};

/// The query of a list of events.
#[derive(Deserialize)]
pub struct From {
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

/// All events from a place in the log on, one on each line.
pub async fn events(
    State(rest): State<Rest>,
    query: Result<Query<From>, QueryRejection>,
) -> Response {
    let Ok(Query(query)) = query else {
        return bad_request(
            "from: expected the number of an event, such as ?from=1 for all; it is the seq of its receipt",
        );
    };
    let iterator = match rest.engine.log().read_from(query.from) {
        Ok(iterator) => iterator,
        Err(error) => return failed(&error),
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
pub async fn event(
    State(rest): State<Rest>,
    seq: Result<Path<String>, PathRejection>,
) -> Result<Response, Response> {
    let seq = number(seq).map_err(|refusal| *refusal)?;
    let found = blocking(&rest.engine, move |engine| Ok(engine.log().get(seq)?)).await?;
    let Some(logged) = found else {
        return Err(unknown(seq));
    };
    let headers = [(header::CONTENT_TYPE, "application/json")];
    Ok((headers, logged.payload.to_vec()).into_response())
}

/// The receipt of an event, read back.
pub async fn receipt(
    State(rest): State<Rest>,
    seq: Result<Path<String>, PathRejection>,
) -> Result<Response, Response> {
    let seq = number(seq).map_err(|refusal| *refusal)?;
    let receipt = blocking(&rest.engine, move |engine| engine.stored_receipt(seq)).await?;
    let Some(receipt) = receipt else {
        return Err(unknown(seq));
    };
    let received = DateTime::from_timestamp_millis(receipt.received_ms);
    let received = received.map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true));
    let (event, names) = (receipt.event, receipt.names);
    let body = json!({
        "seq": seq, "status": ReceiptStatus::Accepted, "applied": receipt.applied,
        "receivedAt": received, "eventTime": event.time.to_string(), "kind": event.kind,
        "state": event.state, "producer": event.producer,
        "subject": {"namespace": event.subject.0, "name": event.subject.1},
        "warnings": receipt.warnings,
        "names": {"jobs": names.jobs, "runs": names.runs, "datasets": names.datasets,
                  "inputs": names.inputs, "outputs": names.outputs, "columns": names.columns,
                  "columnEdges": names.column_edges, "facets": names.facets},
    });
    Ok(Json(body).into_response())
}

fn number(seq: Result<Path<String>, PathRejection>) -> Result<u64, Box<Response>> {
    let number = seq.ok().and_then(|Path(seq)| seq.parse().ok());
    number.ok_or_else(|| {
        Box::new(bad_request(
            "the path names no event by its number; expected the seq of its receipt, such as /api/v1/events/1",
        ))
    })
}

fn unknown(seq: u64) -> Response {
    let message = format!("there is no event {seq}; /api/v1/status tells the last as headSeq");
    problem(StatusCode::NOT_FOUND, "not_found", message)
}

fn failed(error: &LogError) -> Response {
    problem(StatusCode::INTERNAL_SERVER_ERROR, "failed", error)
}
