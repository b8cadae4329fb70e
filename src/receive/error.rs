//! Why nothing of a request was taken, as an HTTP answer with a JSON body.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;

use crate::checks::{ChecksError, DraftError};
use crate::engine::{Refusal, Rejected, ReleaseError, TurnedAway};
use crate::openlineage::EventError;
use crate::quarantine::QuarantineError;
use crate::store::StoreError;

use super::split::SplitError;

/// A request that was refused.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The body is no event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// A contract turns it away.
    #[error(transparent)]
    Contract(TurnedAway),
    /// The quarantine.
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    /// The body is no JSON array.
    #[error(transparent)]
    Batch(#[from] SplitError),
    /// The body is too large.
    #[error(
        "the body is larger than {limit} bytes (unpacked); the limit is set by receive.event_bytes and receive.batch_bytes"
    )]
    TooLarge {
        /// The limit, bytes.
        limit: usize,
    },
    /// The check is too large.
    #[error(
        "the check is larger than {limit} bytes (unpacked), which checks.report_bytes of the server's settings allows; the report is whole in the other formats (--format json=FILE)"
    )]
    CheckTooLarge {
        /// The limit, bytes.
        limit: usize,
    },
    /// The body is no check that can be stored.
    #[error(transparent)]
    Check(#[from] DraftError),
    /// The check could not be written.
    #[error("the check was not stored: {0}; look at the disk of the server")]
    Checks(#[from] ChecksError),
    /// The body came too slowly.
    #[error(
        "the body did not arrive: nothing for {idle} s (receive.idle_seconds) or not whole after {whole} s (receive.body_seconds)"
    )]
    TooSlow {
        /// Longest pause, seconds.
        idle: u64,
        /// Longest time for the whole, seconds.
        whole: u64,
    },
    /// The body is of a kind that is not read.
    #[error("{0}")]
    Unsupported(String),
    /// The body did not arrive, or does not unpack.
    #[error("the body could not be read: {0}")]
    Unreadable(String),
    /// Too much is being received.
    #[error("too many events are being received at once; send this one again in a second")]
    Busy,
    /// A request to retire or restore that says nothing that can be done.
    #[error("{0}")]
    Request(String),
    /// What is to be retired or restored is not known.
    #[error("{0}")]
    Unknown(String),
    /// It is retired, or restored, already.
    #[error("{0}")]
    NothingToDo(String),
    /// The catalog could not be asked.
    #[error(transparent)]
    Catalog(#[from] StoreError),
    /// The log takes nothing now.
    #[error("{0}{advice}", advice = .0.advice())]
    Log(#[from] Refusal),
    /// The server is going away.
    #[error("the server is stopping; send the event again in a second")]
    Closed,
}

/// The JSON pointer of an error, empty for the whole event.
pub fn path_of(error: &EventError) -> String {
    match error {
        EventError::Json(_) => String::new(),
        EventError::Invalid { path, .. } => path.clone(),
    }
}

impl From<Rejected> for ReceiveError {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Event(error) => Self::Event(error),
            Rejected::Contract(away) => Self::Contract(away),
        }
    }
}

impl From<ReleaseError> for ReceiveError {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::Quarantine(error) => Self::Quarantine(error),
            ReleaseError::Refused(refusal) => Self::Log(refusal),
        }
    }
}

impl ReceiveError {
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Event(EventError::Json(_)) | Self::Batch(SplitError::NotAnArray { .. }) => {
                (StatusCode::BAD_REQUEST, "not_json")
            }
            Self::Batch(SplitError::TooMany { .. }) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_many_events")
            }
            Self::TooSlow { .. } => (StatusCode::REQUEST_TIMEOUT, "too_slow"),
            Self::Event(EventError::Invalid { .. }) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "not_an_event")
            }
            Self::TooLarge { .. } | Self::CheckTooLarge { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large")
            }
            Self::Check(DraftError::Form(_)) => (StatusCode::BAD_REQUEST, "not_a_check"),
            Self::Check(_) => (StatusCode::UNPROCESSABLE_ENTITY, "not_a_check"),
            Self::Unsupported(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported"),
            Self::Unreadable(_) => (StatusCode::BAD_REQUEST, "unreadable"),
            Self::Log(refusal) => match refusal.code() {
                code @ "too_large" => (StatusCode::PAYLOAD_TOO_LARGE, code),
                code => (StatusCode::SERVICE_UNAVAILABLE, code),
            },
            Self::Request(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_request"),
            Self::Unknown(_) => (StatusCode::NOT_FOUND, "not_found"),
            Self::NothingToDo(_) => (StatusCode::CONFLICT, "nothing_to_do"),
            Self::Checks(_) => (StatusCode::INSUFFICIENT_STORAGE, "not_stored"),
            Self::Contract(_) => (StatusCode::UNPROCESSABLE_ENTITY, "contract"),
            Self::Quarantine(_) | Self::Catalog(_) => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Closed => (StatusCode::SERVICE_UNAVAILABLE, "closed"),
        }
    }
}

impl IntoResponse for ReceiveError {
    fn into_response(self) -> Response {
        let (status, code) = self.status();
        metrics::counter!("headwater_refused_total", "reason" => code).increment(1);
        let mut body = json!({"error": {"code": code, "message": self.to_string()}});
        match &self {
            Self::Event(EventError::Json(error)) => {
                body["error"]["offset"] = error.offset.into();
                body["error"]["path"] = "".into();
            }
            Self::Event(error) => body["error"]["path"] = path_of(error).into(),
            Self::Contract(away) => {
                body["error"]["contracts"] = json!(away.reasons);
                body["error"]["quarantine"] = json!(away.id);
            }
            _ => {}
        }
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
