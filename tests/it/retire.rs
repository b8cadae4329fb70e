//! Retiring jobs and datasets, and taking that back.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Server, run_event};

fn tell(server: &Server, what: &str, body: &Value) -> (u16, Value) {
    let json = [("Content-Type", "application/json")];
    let answer = server.post(
        &format!("/api/v1/{what}"),
        &json,
        body.to_string().as_bytes(),
    );
    server.settle();
    answer
}

fn data(server: &Server, query: &str) -> Value {
    let answer = server.graphql(query);
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"].clone()
}

/// Names downstream of a dataset.
fn downstream(server: &Server, name: &str) -> Vec<String> {
    let query = format!(
        r#"{{ lineage(node: {{dataset: {{namespace: "ns", name: {name:?}}}}}, direction: DOWNSTREAM) {{ nodes {{ kind name }} }} }}"#
    );
    let data = data(server, &query);
    let nodes = data["lineage"]["nodes"].as_array().unwrap();
    let datasets = nodes.iter().filter(|node| node["kind"] == "DATASET");
    let names = datasets.map(|node| node["name"].as_str().unwrap().to_owned());
    names.filter(|found| found != name).collect()
}

/// Whether search finds what has exactly this name, or columns of it.
fn is_found(server: &Server, name: &str) -> bool {
    let query = format!("{{ search(query: {name:?}, first: 20) {{ nodes {{ name }} }} }}");
    let data = data(server, &query);
    let nodes = data["search"]["nodes"].as_array().unwrap();
    nodes.iter().any(|node| node["name"] == name)
}

/// Search follows a few hundred milliseconds behind.
fn comes_to_be_found(server: &Server, name: &str, found: bool) {
    let start = Instant::now();
    while is_found(server, name) != found {
        assert!(start.elapsed() < Duration::from_secs(10), "{name}: {found}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn chain(server: &Server) {
    for (n, job, from, to) in [(1, "one", "alpha", "beta"), (2, "two", "beta", "gamma")] {
        let mut event = run_event(n, &[from], &[to]);
        event["job"]["name"] = job.into();
        let column = json!({"namespace": "ns", "name": from, "field": "id"});
        event["outputs"][0]["facets"] = json!({"columnLineage": {"_producer": "p", "_schemaURL": "s", "fields": {"id": {"inputFields": [column]}}}});
        assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
    }
    server.settle();
}

#[test]
fn a_retired_dataset_has_no_lineage_until_it_is_restored() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    chain(&server);
    comes_to_be_found(&server, "beta", true);
    let beta =
        json!({"dataset": {"namespace": "ns", "name": "beta"}, "by": "ada", "reason": "moved"});
    let (status, receipt) = tell(&server, "retire", &beta);
    assert_eq!(
        (status, &receipt["warnings"]),
        (201, &json!([])),
        "{receipt}"
    );
    assert_eq!(downstream(&server, "alpha"), Vec::<String>::new());
    let column = r#"{ lineage(node: {column: {namespace: "ns", name: "gamma", column: "id"}}, direction: UPSTREAM) { total } }"#;
    assert_eq!(data(&server, column)["lineage"]["total"], 0);
    let listed = data(
        &server,
        r#"{ retired { datasetCount datasets { name retired { by reason since } } jobCount } dataset(namespace: "ns", name: "alpha") { retired { by } } }"#,
    );
    assert_eq!(listed["retired"]["datasetCount"], 1);
    let told = &listed["retired"]["datasets"][0];
    assert_eq!(
        (&told["name"], &told["retired"]["by"]),
        (&json!("beta"), &json!("ada"))
    );
    assert_eq!(listed["dataset"]["retired"], Value::Null);
    comes_to_be_found(&server, "beta", false);
    // An empty answer would look like "nothing depends on it".
    let asked = server.graphql(
        r#"{ lineage(node: {dataset: {namespace: "ns", name: "beta"}}, direction: DOWNSTREAM) { total } }"#,
    );
    assert_eq!(
        asked["errors"][0]["extensions"]["code"], "RETIRED",
        "{asked}"
    );
    // Yesterday it had.
    let then = data(
        &server,
        r#"{ lineage(node: {dataset: {namespace: "ns", name: "alpha"}}, direction: DOWNSTREAM, asOf: "2026-10-01T00:00:00Z") { total }
            own: lineage(node: {dataset: {namespace: "ns", name: "beta"}}, direction: DOWNSTREAM, asOf: "2026-10-01T00:00:00Z") { total } }"#,
    );
    assert_eq!(
        (&then["lineage"]["total"], &then["own"]["total"]),
        (&json!(4), &json!(2))
    );
    let message = asked["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("by ada") && message.contains("(moved)"),
        "{message}"
    );
    assert_eq!(tell(&server, "retire", &beta).0, 409);
    assert_eq!(tell(&server, "restore", &beta).0, 201);
    assert_eq!(downstream(&server, "alpha"), ["beta", "gamma"]);
    assert_eq!(data(&server, column)["lineage"]["total"], 2);
    comes_to_be_found(&server, "beta", true);
    assert_eq!(tell(&server, "restore", &beta).0, 409);
}

#[test]
fn a_retired_job_comes_back_by_itself_and_stays_so_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    chain(&server);
    let two = json!({"job": {"namespace": "ns", "name": "two"}});
    assert_eq!(tell(&server, "retire", &two).0, 201);
    assert_eq!(downstream(&server, "alpha"), ["beta"]);
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(dir.path());
    assert_eq!(downstream(&server, "alpha"), ["beta"]);
    let query = r#"{ job(namespace: "ns", name: "two") { retired { since by } outputs { name } runs { total } } retired { jobs { name } } }"#;
    let told = data(&server, query);
    assert_eq!(told["retired"]["jobs"], json!([{"name": "two"}]));
    assert_eq!(told["job"]["outputs"], json!([]));
    assert_eq!(told["job"]["runs"]["total"], 1);
    // A run from before it was retired changes nothing, one from after it does.
    let mut late = run_event(3, &["beta"], &["gamma"]);
    late["job"]["name"] = "two".into();
    server.send(late.to_string().as_bytes());
    server.settle();
    assert_eq!(downstream(&server, "alpha"), ["beta"]);
    late["eventTime"] = "2999-01-01T00:00:00Z".into();
    server.send(late.to_string().as_bytes());
    server.settle();
    assert_eq!(downstream(&server, "alpha"), ["beta", "gamma"]);
    assert_eq!(data(&server, query)["job"]["retired"], Value::Null);
    // Later than what it was seen at, though that is far ahead of the clock.
    assert_eq!(tell(&server, "retire", &two).0, 201);
    assert_eq!(downstream(&server, "alpha"), ["beta"]);
    let (status, verified) = tell(&server, "verify", &json!({}));
    assert_eq!(
        (status, &verified["holds"]),
        (200, &json!(true)),
        "{verified}"
    );
}

#[test]
fn what_cannot_be_retired_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    chain(&server);
    let named = json!({"namespace": "ns", "name": "alpha"});
    for (body, status, message) in [
        (json!({}), 422, "name a dataset or a job"),
        (json!({"dataset": named, "job": named}), 422, "not both"),
        (json!({"dataset": {"name": "alpha"}}), 422, "namespace"),
        (json!({"dataset": named, "because": "x"}), 422, "because"),
        (json!({"job": named}), 404, "no job \"alpha\""),
    ] {
        let (got, answer) = tell(&server, "retire", &body);
        assert_eq!(got, status, "{answer}");
        let told = answer["error"]["message"].as_str().unwrap();
        assert!(told.contains(message), "{told}");
    }
}

/// What a static event declared stays declared, for when it is restored.
#[test]
fn a_registered_dashboard_can_be_retired_and_restored() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let dashboard = json!({"eventTime": "2026-01-01T00:00:00Z", "producer": "https://example.org/bi", "schemaURL": "s",
        "job": {"namespace": "bi", "name": "revenue"}, "inputs": [{"namespace": "ns", "name": "alpha"}]});
    assert_eq!(server.send(dashboard.to_string().as_bytes()).0, 201);
    server.settle();
    let consumers = r#"{ dataset(namespace: "ns", name: "alpha") { consumedBy { name } } }"#;
    let revenue = json!({"job": {"namespace": "bi", "name": "revenue"}});
    assert_eq!(tell(&server, "retire", &revenue).0, 201);
    assert_eq!(data(&server, consumers)["dataset"]["consumedBy"], json!([]));
    assert_eq!(tell(&server, "restore", &revenue).0, 201);
    let one = json!([{"name": "revenue"}]);
    assert_eq!(data(&server, consumers)["dataset"]["consumedBy"], one);
}
