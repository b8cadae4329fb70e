//! A small estate over HTTP, and the check as a process.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::server::{Server, headwater};

/// An estate: `load` makes stg from raw by columns, `dump` makes an export without telling columns,
/// and a dashboard reads stg.
pub fn estate(data: &Path) -> Server {
    let server = Server::start(data);
    let column = |from: &str, to: &str| {
        json!({to: {"inputFields": [{"namespace": "ns", "name": "raw", "field": from,
            "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}]}]}})
    };
    let mut fields = column("id", "id");
    fields["mail"] = column("email", "mail")["mail"].clone();
    let event = |n: u128, job: &str, inputs: Value, outputs: Value| {
        json!({
            "eventTime": "2026-01-31T09:30:00Z", "eventType": "COMPLETE",
            "producer": "https://example.org/etl",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": uuid::Uuid::from_u128(n)}, "job": {"namespace": "ns", "name": job},
            "inputs": inputs, "outputs": outputs,
        })
    };
    let facet = |body: Value| {
        let mut body = body;
        body["_producer"] = "https://example.org/etl".into();
        body["_schemaURL"] = "https://example.org/schema".into();
        body
    };
    let schema = |names: &[&str]| {
        let fields: Vec<Value> = names
            .iter()
            .map(|name| json!({"name": name, "type": "text"}))
            .collect();
        facet(json!({"fields": fields}))
    };
    let owner = facet(json!({"owners": [{"name": "team:mart", "type": "OWNER"}]}));
    let raw =
        json!({"namespace": "ns", "name": "raw", "facets": {"schema": schema(&["id", "email"])}});
    let stg = json!({"namespace": "ns", "name": "stg", "facets": {
        "schema": schema(&["id", "mail"]), "ownership": owner,
        "columnLineage": facet(json!({"fields": fields}))}});
    let plain = |name: &str| json!([{"namespace": "ns", "name": name}]);
    for event in [
        event(1, "load", json!([raw]), json!([stg])),
        event(2, "dump", plain("stg"), plain("export")),
        event(3, "dashboard", plain("stg"), json!([])),
    ] {
        let (status, answer) = server.send(event.to_string().as_bytes());
        assert_eq!(status, 201, "{answer}");
    }
    server.settle();
    server
}

/// Runs `headwater check` with these arguments.
pub fn check(args: &[&str]) -> Output {
    let mut command = headwater();
    command
        .env_remove("HEADWATER_SERVER")
        .env_remove("HEADWATER_TOKEN");
    command.arg("check").args(args).output().unwrap()
}

/// The exit code and standard output.
pub fn code_and_text(output: &Output) -> (i32, String) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    (output.status.code().unwrap(), text)
}

/// What it complained of.
pub fn complaint(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
