//! The anchor of single events: a route that reads an event, typed and with facets left as they are,
//! and does nothing with it.

use std::collections::HashMap;
use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::listen;

type Facets<'a> = HashMap<&'a str, &'a RawValue>;

#[derive(Deserialize)]
#[allow(dead_code)] // parsing is the point
struct Event<'a> {
    #[serde(rename = "eventTime")]
    time: &'a str,
    #[serde(rename = "eventType")]
    kind: Option<&'a str>,
    producer: &'a str,
    #[serde(borrow)]
    run: Run<'a>,
    #[serde(borrow)]
    job: Named<'a>,
    #[serde(borrow, default)]
    inputs: Vec<Named<'a>>,
    #[serde(borrow, default)]
    outputs: Vec<Named<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct Run<'a> {
    run_id: &'a str,
    #[serde(borrow, default)]
    facets: Facets<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct Named<'a> {
    namespace: &'a str,
    name: &'a str,
    #[serde(borrow, default)]
    facets: Facets<'a>,
    #[serde(borrow, default)]
    input_facets: Facets<'a>,
    #[serde(borrow, default)]
    output_facets: Facets<'a>,
}

/// A route that reads such an event and does nothing with it.
pub async fn server() -> SocketAddr {
    async fn parse(body: bytes::Bytes) -> (axum::http::StatusCode, &'static str) {
        match serde_json::from_slice::<Event<'_>>(&body) {
            Ok(_) => (axum::http::StatusCode::CREATED, "{}"),
            Err(_) => (axum::http::StatusCode::BAD_REQUEST, "{}"),
        }
    }
    listen(axum::Router::new().route("/api/v1/lineage", axum::routing::post(parse))).await
}
