//! Receiving events over HTTP: bodies in, receipts out.
//!
//! Decides only what a body is (its encoding, size and type) and how the answer looks on the wire;
//! whether an event is valid is [`crate::openlineage`], making it durable [`crate::engine`].
//! Answers follow what the released clients were measured to need: 201 with a Content-Length,
//! overload as 503 with Retry-After, never 429.

mod body;
mod checks;
mod error;
mod quarantine;
mod retire;
mod split;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::contract::door::Reason;
use crate::engine::{Engine, Receipt, Rejected};

pub use error::ReceiveError;
pub use split::{SplitError, split_array};

/// How much is taken in.
#[derive(Debug, Clone, Copy)]
pub struct ReceiveLimits {
    /// One event at most, unpacked, bytes.
    pub event_bytes: usize,
    /// One batch at most, unpacked, bytes.
    pub batch_bytes: usize,
    /// Events of one batch at most.
    pub batch_events: usize,
    /// All bodies in memory at most, bytes; more is answered with 503.
    pub in_flight_bytes: usize,
    /// Longest pause in a body.
    pub idle: Duration,
    /// Longest time until a body is whole.
    pub body_time: Duration,
}

impl Default for ReceiveLimits {
    fn default() -> Self {
        Self {
            event_bytes: 32 << 20,
            batch_bytes: 128 << 20,
            batch_events: 10_000,
            in_flight_bytes: 512 << 20,
            idle: Duration::from_secs(30),
            body_time: Duration::from_secs(300),
        }
    }
}

/// What the routes share.
#[derive(Clone)]
pub struct Receiver {
    engine: Arc<Engine>,
    limits: ReceiveLimits,
    room: Arc<Semaphore>,
}

impl Receiver {
    /// Makes a receiver that hands events to `engine`.
    pub fn new(engine: Arc<Engine>, limits: ReceiveLimits) -> Self {
        let room = Arc::new(Semaphore::new(limits.in_flight_bytes / body::UNIT));
        Self {
            engine,
            limits,
            room,
        }
    }
}

/// `POST /api/v1/lineage` and `/api/v1/lineage/batch`, `/api/v1/retire` and `/api/v1/restore`,
/// `/api/v1/checks`.
pub fn routes(receiver: Receiver) -> Router {
    Router::new()
        .route("/api/v1/lineage", post(one))
        .route("/api/v1/lineage/batch", post(batch))
        .route("/api/v1/retire", post(retire::retire))
        .route("/api/v1/restore", post(retire::restore))
        .route("/api/v1/quarantine", get(quarantine::list))
        .route(
            "/api/v1/quarantine/{id}",
            get(quarantine::show).delete(quarantine::discard),
        )
        .route("/api/v1/quarantine/{id}/release", post(quarantine::release))
        .route("/api/v1/checks", post(checks::store))
        .with_state(receiver)
}

fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

async fn one(State(receiver): State<Receiver>, request: Request) -> Result<Response, ReceiveError> {
    let limit = receiver.limits.event_bytes;
    let body = body::read(request, &receiver.room, limit, &receiver.limits).await?;
    let answer = receiver
        .engine
        .accept(vec![body.bytes.clone()], now_ms())
        .await?;
    match answer.into_iter().next() {
        Some(Ok(receipt)) => Ok((StatusCode::CREATED, Json(receipt)).into_response()),
        Some(Err(error)) => Err(error.into()),
        None => Err(ReceiveError::Closed),
    }
}

#[derive(Serialize)]
struct BatchAnswer {
    status: &'static str,
    summary: Summary,
    failed_events: Vec<FailedEvent>,
    receipts: Vec<IndexedReceipt>,
}

#[derive(Serialize)]
struct Summary {
    received: usize,
    successful: usize,
    failed: usize,
    retriable: usize,
    non_retriable: usize,
    /// Warnings beyond the first [`LISTED_WARNINGS`] of the batch; left out when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings_not_listed: Option<usize>,
}

/// Warnings that are listed in the answer to one batch.
const LISTED_WARNINGS: usize = 1_000;

/// Keeps the answer to a batch from growing without bound.
#[derive(Default)]
struct Listed {
    listed: usize,
    beyond: usize,
}

impl Listed {
    fn count(&mut self, receipt: &mut Receipt) {
        let count = receipt.warnings.len();
        if self.listed + count > LISTED_WARNINGS {
            self.beyond += count;
            receipt.warnings.clear();
        } else {
            self.listed += count;
        }
    }
}

#[derive(Serialize)]
struct FailedEvent {
    index: usize,
    path: String,
    reason: String,
    retriable: bool,
    /// Contracts that it would break, where it was turned away for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contracts: Vec<Reason>,
    /// Its id in quarantine, where it is kept there.
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantine: Option<String>,
}

#[derive(Serialize)]
struct IndexedReceipt {
    index: usize,
    #[serde(flatten)]
    receipt: Receipt,
}

fn failed_event(index: usize, error: Rejected) -> FailedEvent {
    let reason = error.to_string();
    let (path, contracts, quarantine) = match error {
        Rejected::Event(error) => (error::path_of(&error), Vec::new(), None),
        Rejected::Contract(away) => (String::new(), away.reasons, away.id),
    };
    FailedEvent {
        index,
        path,
        reason,
        retriable: false,
        contracts,
        quarantine,
    }
}

async fn batch(
    State(receiver): State<Receiver>,
    request: Request,
) -> Result<Response, ReceiveError> {
    let limits = &receiver.limits;
    let body = body::read(request, &receiver.room, limits.batch_bytes, limits).await?;
    let parts = split_array(&body.bytes, limits.batch_events)?;
    let limit = receiver.limits.event_bytes;
    let (mut taken, mut indexes, mut failed_events) = (Vec::new(), Vec::new(), Vec::new());
    for (index, part) in parts.iter().enumerate() {
        if part.len() > limit {
            let reason = format!(
                "the event has {} bytes, at most {limit} are taken",
                part.len()
            );
            failed_events.push(FailedEvent {
                index,
                path: String::new(),
                reason,
                retriable: false,
                contracts: Vec::new(),
                quarantine: None,
            });
            continue;
        }
        indexes.push(index);
        // A copy, so that one event kept in memory does not keep the whole batch.
        taken.push(Bytes::copy_from_slice(&body.bytes[part.clone()]));
    }
    let received = parts.len();
    let answers = receiver.engine.accept(taken, now_ms()).await?;
    let mut receipts = Vec::new();
    let mut warnings = Listed::default();
    for (index, answer) in indexes.into_iter().zip(answers) {
        match answer {
            Ok(mut receipt) => {
                warnings.count(&mut receipt);
                receipts.push(IndexedReceipt { index, receipt });
            }
            Err(error) => failed_events.push(failed_event(index, error)),
        }
    }
    failed_events.sort_by_key(|failed| failed.index);
    let failed = failed_events.len();
    let answer = BatchAnswer {
        status: if failed == 0 {
            "success"
        } else {
            "partial_success"
        },
        summary: Summary {
            received,
            successful: receipts.len(),
            failed,
            retriable: 0,
            non_retriable: failed,
            warnings_not_listed: (warnings.beyond > 0).then_some(warnings.beyond),
        },
        failed_events,
        receipts,
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}
