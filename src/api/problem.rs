//! The one form of an error over HTTP: `{"error": {"code", "message"}}`. GraphQL's own errors, for
//! queries that were understood, have the form of its specification.

use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};

/// The body of an error.
pub fn body(code: &str, message: impl std::fmt::Display) -> Value {
    json!({"error": {"code": code, "message": message.to_string()}})
}

/// An error as an answer. `code` is stable; the message says what was wrong and what to do.
pub fn problem(status: StatusCode, code: &str, message: impl std::fmt::Display) -> Response {
    (status, Json(body(code, message))).into_response()
}

/// A request whose path or query says nothing that can be read.
pub fn bad_request(message: impl std::fmt::Display) -> Response {
    problem(StatusCode::BAD_REQUEST, "bad_request", message)
}

/// The answer to a path that is none of ours.
pub fn not_found(uri: &Uri) -> Response {
    let message = format!(
        "there is nothing at {}; see / for what there is",
        uri.path()
    );
    problem(StatusCode::NOT_FOUND, "not_found", message)
}

/// The answer to a method that a path does not take.
pub async fn wrong_method(method: Method, uri: Uri) -> Response {
    let message = format!(
        "{} does not take {method}; the Allow header names what it takes",
        uri.path()
    );
    problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        message,
    )
}
