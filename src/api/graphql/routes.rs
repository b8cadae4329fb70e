//! The routes of GraphQL, and how a request runs within its limits.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql::parser::types::OperationType;
use async_graphql::{Data, Executor, Request, Response, ServerError, Value, Variables};
use async_graphql_axum::rejection::GraphQLRejection;
use async_graphql_axum::{GraphQLProtocol, GraphQLRequest, GraphQLWebSocket};
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{FromRequest, Query, State, WebSocketUpgrade};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json};
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http_body_util::BodyExt;
use serde::Deserialize;
use tokio::task::block_in_place;

use crate::api::{ConnectionSlot, problem};
use crate::engine::Engine;

use super::lineage::json;
use super::request::{Budget, QueryLimits};
use super::{HeadwaterSchema, schema, sdl};

/// The schema with the limits of its requests.
#[derive(Clone)]
struct Bounded {
    schema: HeadwaterSchema,
    limits: QueryLimits,
}

impl Bounded {
    async fn run(&self, request: Request, budget: &Arc<Budget>) -> Response {
        let run = self.schema.execute(request.data(Arc::clone(budget)));
        match tokio::time::timeout(budget.left(), run).await {
            Ok(response) => Budget::settle(response),
            Err(_) => budget.expired(),
        }
    }

    /// Runs a query whose answer is written by [`written`].
    async fn execute_written(&self, request: Request) -> Response {
        let mut again = Request::new(request.query.clone()).variables(request.variables.clone());
        again.operation_name.clone_from(&request.operation_name);
        let budget = Arc::new(Budget::new(self.limits).with_bytes());
        let response = self.run(request, &budget).await;
        if !budget.must_run_again() {
            return response;
        }
        self.run(again, &Arc::new(budget.again())).await
    }
}

impl Executor for Bounded {
    async fn execute(&self, request: Request) -> Response {
        self.run(request, &Arc::new(Budget::new(self.limits))).await
    }

    fn execute_stream(
        &self,
        request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        // A query over WebSocket is a stream of one answer; a subscription has the deadline for its
        // start alone.
        let mut request = request.data(Arc::new(Budget::new(self.limits)));
        if is_mutation(&mut request) {
            let error = ServerError::new(POST_ALONE, None);
            let response = Response::from_errors(vec![error]);
            return futures_util::stream::iter([response]).boxed();
        }
        Executor::execute_stream(&self.schema, request, session)
            .map(Budget::settle)
            .boxed()
    }
}

const POST_ALONE: &str = "mutations are taken by POST alone";

/// Whether a request holds a mutation. What does not parse is told by running it.
fn is_mutation(request: &mut Request) -> bool {
    let Ok(document) = request.parsed_query() else {
        return false;
    };
    let mut operations = document.operations.iter();
    operations.any(|(_, operation)| operation.node.ty == OperationType::Mutation)
}

/// `/graphql`: queries by POST and GET, subscriptions (and queries) over WebSocket.
pub fn routes(engine: &Arc<Engine>, limits: QueryLimits) -> Router {
    let schema = schema(Some(Arc::clone(engine)));
    Router::new()
        .route("/graphql", get(get_query).post(post_query))
        .route("/schema.graphql", get(|| async { sdl() }))
        .with_state(Bounded { schema, limits })
}

/// A request that is none, in the form of all routes and, for clients of GraphQL, in its own too.
fn refuse(status: StatusCode, message: impl std::fmt::Display) -> axum::response::Response {
    let mut body = problem::body("bad_request", &message);
    body["errors"] = serde_json::json!([
        {"message": message.to_string(), "extensions": {"code": "BAD_REQUEST"}}
    ]);
    (status, Json(body)).into_response()
}

async fn answer(schema: &Bounded, request: Request) -> axum::response::Response {
    let response = schema.execute_written(request).await;
    // Writing a long answer takes a while.
    let pieces = block_in_place(|| written(&response));
    let length: usize = pieces.iter().map(Bytes::len).sum();
    let headers = [
        (
            header::CONTENT_TYPE,
            "application/graphql-response+json".to_owned(),
        ),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    let pieces = futures_util::stream::iter(pieces.into_iter().map(Ok::<_, Infallible>));
    (headers, Body::from_stream(pieces)).into_response()
}

/// A text in pieces, so that long ones need not be copied into it.
#[derive(Default)]
struct Pieces {
    done: Vec<Bytes>,
    open: Vec<u8>,
}

impl Pieces {
    fn close(&mut self) {
        if !self.open.is_empty() {
            self.done.push(std::mem::take(&mut self.open).into());
        }
    }

    fn write(&mut self, value: &Value) {
        match value {
            Value::Binary(json) => {
                self.close();
                self.done.push(json.clone());
            }
            Value::List(list) => {
                self.open.push(b'[');
                for (at, value) in list.iter().enumerate() {
                    if at > 0 {
                        self.open.push(b',');
                    }
                    self.write(value);
                }
                self.open.push(b']');
            }
            Value::Object(fields) => {
                self.open.push(b'{');
                for (at, (key, value)) in fields.iter().enumerate() {
                    if at > 0 {
                        self.open.push(b',');
                    }
                    json::text(&mut self.open, key);
                    self.open.push(b':');
                    self.write(value);
                }
                self.open.push(b'}');
            }
            plain => json::value(&mut self.open, plain),
        }
    }
}

/// A response as JSON; lists that are JSON already are taken over as they are.
fn written(response: &Response) -> Vec<Bytes> {
    let mut pieces = Pieces::default();
    pieces.open.extend_from_slice(b"{\"data\":");
    pieces.write(&response.data);
    if !response.errors.is_empty() {
        pieces.open.extend_from_slice(b",\"errors\":");
        json::value(&mut pieces.open, &response.errors);
    }
    pieces.open.push(b'}');
    pieces.close();
    pieces.done
}

/// Longest body of a query, bytes.
const MAX_BODY: usize = 2 << 20;
/// What is read beyond that, so that a client that is still sending gets to read why.
const DRAINED: usize = 64 << 20;
/// Longest time for a body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The whole body; `None` when it is longer than [`MAX_BODY`], broken or slow.
async fn read_body(mut body: Body) -> Option<Bytes> {
    let read = async {
        let (mut bytes, mut length) = (Vec::new(), 0);
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.ok()?.into_data() else {
                continue;
            };
            length += data.len();
            if length > DRAINED {
                return None;
            }
            if length <= MAX_BODY {
                bytes.extend_from_slice(&data);
            }
        }
        (length <= MAX_BODY).then(|| bytes.into())
    };
    tokio::time::timeout(BODY_TIME, read).await.ok().flatten()
}

async fn post_query(
    State(schema): State<Bounded>,
    request: axum::extract::Request,
) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let Some(body) = read_body(body).await else {
        return refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the query did not come whole within 30 seconds and 2 MB; send less at once",
        );
    };
    let request = axum::extract::Request::from_parts(parts, Body::from(body));
    match GraphQLRequest::<GraphQLRejection>::from_request(request, &()).await {
        Ok(request) => answer(&schema, request.into_inner()).await,
        Err(GraphQLRejection(error)) => {
            let status = GraphQLRejection(error).into_response().status();
            refuse(
                status,
                "the body is no GraphQL request; expected JSON such as {\"query\": \"{ status { version } }\"}, 2 MB at most",
            )
        }
    }
}

/// A request in the query string, named as in the GraphQL over HTTP specification.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InUrl {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
}

async fn get_query(
    State(schema): State<Bounded>,
    url: Result<Query<InUrl>, QueryRejection>,
    protocol: Result<GraphQLProtocol, StatusCode>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    slot: Option<Extension<ConnectionSlot>>,
) -> axum::response::Response {
    if let (Ok(protocol), Ok(upgrade)) = (protocol, upgrade) {
        return upgrade
            .protocols(ALL_WEBSOCKET_PROTOCOLS)
            .on_upgrade(move |stream| async move {
                let _held = slot;
                GraphQLWebSocket::new(stream, schema, protocol)
                    .serve()
                    .await;
            });
    }
    let url = match url {
        Ok(Query(url)) => url,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, error.body_text()),
    };
    let Some(query) = url.query else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "no query: send it as ?query=…, by POST as JSON, or upgrade to WebSocket; the schema is at /schema.graphql",
        );
    };
    let mut request = Request::new(query);
    if is_mutation(&mut request) {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, POST_ALONE);
    }
    request.operation_name = url.operation_name;
    if let Some(variables) = url.variables {
        match serde_json::from_str(&variables) {
            Ok(json) => request.variables = Variables::from_json(json),
            Err(error) => {
                let message = format!("variables: not JSON: {error}");
                return refuse(StatusCode::BAD_REQUEST, message);
            }
        }
    }
    answer(&schema, request).await
}
