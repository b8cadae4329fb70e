//! The GraphQL schema and its limits.

use serde_json::{Value, json};

use crate::graphql_limits::{code, job_event};
use crate::server::{Server, fixture, headwater, run_event};

#[test]
fn the_committed_schema_is_the_schema() {
    let out = headwater().arg("schema").output().unwrap();
    let printed = String::from_utf8(out.stdout).unwrap();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        printed == committed,
        "schema.graphql is stale: run `cargo run -- schema > schema.graphql`"
    );
}

#[test]
fn everything_in_the_schema_is_described() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let answer = server.graphql(
        "{ __schema { types { name description inputFields { name description } enumValues { name description } fields { name description args { name description } } } } }",
    );
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut bare = Vec::new();
    let mut look = |path: String, value: &Value| {
        if value["description"].as_str().is_none_or(str::is_empty) {
            bare.push(path);
        }
    };
    let builtin = ["Boolean", "Float", "ID", "Int", "String"];
    for kind in list(&answer["data"]["__schema"]["types"]) {
        let name = kind["name"].as_str().unwrap();
        if name.starts_with("__") || builtin.contains(&name) {
            continue;
        }
        look(name.to_owned(), &kind);
        for members in ["inputFields", "enumValues", "fields"] {
            for member in list(&kind[members]) {
                let path = format!("{name}.{}", member["name"]);
                for arg in list(&member["args"]) {
                    look(format!("{path}({})", arg["name"]), &arg);
                }
                look(path, &member);
            }
        }
    }
    assert!(bare.is_empty(), "no description: {bare:?}");
}

#[test]
fn unknown_nodes_are_null_or_a_typed_error() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let answer = server.graphql(r#"{ dataset(namespace: "x", name: "y") { name } job(namespace: "x", name: "y") { name } }"#);
    assert_eq!(
        answer["data"],
        serde_json::json!({"dataset": null, "job": null})
    );
    for node in [
        r#"{dataset: {namespace: "x", name: "y"}}"#,
        r#"{column: {namespace: "x", name: "y", column: "z"}}"#,
        r#"{job: {namespace: "x", name: "y"}}"#,
    ] {
        let answer = server.graphql(&format!(
            "{{ lineage(node: {node}, direction: DOWNSTREAM) {{ total }} }}"
        ));
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "NOT_FOUND",
            "{answer}"
        );
    }
    let answer = server.graphql(r#"{ runs(runId: "nonsense") { id } }"#);
    assert_eq!(answer["data"]["runs"], json!([]), "{answer}");
}

/// The simplest event of the consumer tests of `OpenLineage` has one.
#[test]
fn a_run_id_that_is_no_uuid_is_an_id_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let mut event = run_event(1, &["a"], &["b"]);
    event["run"]["runId"] = "nightly / 7".into();
    let (status, receipt) = server.send(event.to_string().as_bytes());
    assert_eq!(status, 201, "{receipt}");
    assert_eq!(receipt["warnings"][0]["code"], "run_id", "{receipt}");
    let mut child = run_event(2, &["b"], &["c"]);
    child["job"]["name"] = "child".into();
    child["run"]["facets"] = json!({"parent": {"_producer": "p", "job": {"namespace": "ns", "name": "job"}, "run": {"runId": "nightly / 7"}}});
    assert_eq!(server.send(child.to_string().as_bytes()).0, 201);
    server.settle();
    let answer = server.graphql(
        r#"{ runs(runId: "nightly / 7") { id state children { job { name } parent { runId run { id } } } }
            lineage(node: {dataset: {namespace: "ns", name: "a"}}, direction: DOWNSTREAM, maxDepth: 1) { edges { evidence { runId } } } }"#,
    );
    let data = &answer["data"];
    let run = json!([{"id": "nightly / 7", "state": "COMPLETE", "children":
        [{"job": {"name": "child"}, "parent": {"runId": "nightly / 7", "run": {"id": "nightly / 7"}}}]}]);
    assert_eq!(data["runs"], run, "{answer}");
    let evidence = &data["lineage"]["edges"][0]["evidence"][0];
    assert_eq!(evidence["runId"], "nightly / 7");
}

/// Rows are not written by async-graphql: whatever a selection may hold must come out as it would.
#[test]
fn lineage_rows_follow_the_selection() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    server.send(&job_event(1, "one", &["a"], &["b"]));
    server.send(&job_event(2, "two", &["b"], &["b"]));
    server.settle();
    let query = r#"
        query ($yes: Boolean!, $no: Boolean!) {
          lineage(node: {dataset: {namespace: "ns", name: "a"}}, direction: DOWNSTREAM) {
            __typename
            nodes { __typename what: kind ...Named ... on LineageNode { depth } ... @include(if: $no) { id } column @skip(if: $yes) layer @include(if: $yes) inCycle name }
            again: nodes { name }
            edges { from ...Behind kind proof: evidence { runs } }
            edges { to evidence { jobName } }
          }
        }
        fragment Named on LineageNode { name called: name namespace @skip(if: $yes) }
        fragment Behind on LineageEdge { __typename evidence { __typename declared transformations jobName } }
    "#;
    let body = json!({"query": query, "variables": {"yes": true, "no": false}}).to_string();
    let json = [("Content-Type", "application/json")];
    let (_, answer) = server.post("/graphql", &json, body.as_bytes());
    insta::assert_json_snapshot!(answer);
    let lineage = r#"lineage(node: {dataset: {namespace: "ns", name: "a"}}, direction: DOWNSTREAM, limit: 1)"#;
    let twice = server.graphql(&format!(
        "{{ {lineage} {{ nodes {{ name }} }} {lineage} {{ nodes {{ depth }} total }} }}"
    ));
    let merged = json!({"lineage": {"nodes": [{"name": "a", "depth": 0}], "total": 3}});
    assert_eq!(twice["data"], merged);
}

/// The writers of rows know every field that the schema has.
#[test]
fn every_field_of_lineage_rows_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    server.send(&job_event(1, "one", &["a"], &["b"]));
    server.settle();
    let fields = |name: &str| -> Vec<String> {
        let answer = server.graphql(&format!(
            "{{ __type(name: {name:?}) {{ fields {{ name }} }} }}"
        ));
        let fields = answer["data"]["__type"]["fields"].as_array().unwrap();
        let names = fields
            .iter()
            .map(|field| field["name"].as_str().unwrap().to_owned());
        let nested = |name: String| match name.as_str() {
            "intervals" => "intervals { from to }".to_owned(),
            _ => name,
        };
        names
            .filter(|name| name != "evidence")
            .map(nested)
            .collect()
    };
    let query = format!(
        r#"{{ lineage(node: {{dataset: {{namespace: "ns", name: "a"}}}}, direction: DOWNSTREAM) {{ nodes {{ {} }} edges {{ {} evidence {{ {} }} }} }} }}"#,
        fields("LineageNode").join(" "),
        fields("LineageEdge").join(" "),
        fields("Evidence").join(" "),
    );
    let answer = server.graphql(&query);
    assert_eq!(answer["errors"], Value::Null);
    insta::assert_json_snapshot!(answer["data"]["lineage"]);
}

#[test]
fn a_path_takes_one_flow_of_a_job_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    server.send(&job_event(1, "job", &["a"], &["b"]));
    server.send(&job_event(2, "job", &["c"], &["d"]));
    server.settle();
    let path = || {
        server.graphql(
            r#"{ path(from: {dataset: {namespace: "ns", name: "a"}}, to: {dataset: {namespace: "ns", name: "d"}}) { total nodes { kind name depth } edges { from to kind } } }"#,
        )["data"]["path"].clone()
    };
    assert_eq!(path()["nodes"], json!([]));
    server.send(&job_event(3, "other", &["b"], &["d"]));
    server.settle();
    insta::assert_json_snapshot!(path());
}

/// Only the oldest runs of the job wrote `b`; they are shown however many came later.
#[test]
fn runs_of_a_dataset_are_those_that_wrote_it() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    for n in 0..80_u128 {
        let output = if n < 3 { "b" } else { "c" };
        let mut event = run_event(n, &["a"], &[output]);
        event["eventTime"] = format!("2026-01-01T{:02}:{:02}:00Z", n / 60, n % 60).into();
        assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
    }
    server.settle();
    let answer = server.graphql(r#"{ b: dataset(namespace: "ns", name: "b") { runs(first: 2) { startedAt } } c: dataset(namespace: "ns", name: "c") { runs { startedAt } } }"#);
    let started = |alias: &str| -> Vec<String> {
        let runs = answer["data"][alias]["runs"].as_array().unwrap().iter();
        runs.map(|run| run["startedAt"].as_str().unwrap()[11..16].to_owned())
            .collect()
    };
    assert_eq!(started("b"), ["00:02", "00:01"]);
    assert_eq!(
        (started("c").len(), started("c")[0].as_str()),
        (20, "01:19")
    );
}

#[test]
fn a_dataset_and_a_job_show_what_is_known_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let mut event = run_event(1, &["a"], &["b"]);
    let facet = |mut body: Value| {
        body["_producer"] = "https://example.org/etl".into();
        body["_schemaURL"] = "https://example.org/facet.json".into();
        body
    };
    event["outputs"][0]["facets"] = json!({
        "schema": facet(json!({"fields": [{"name": "id", "type": "INT", "description": "The key"}, {"name": "city", "type": "TEXT"}]})),
        "documentation": facet(json!({"description": "All of it"})),
    });
    server.send(event.to_string().as_bytes());
    server.settle();
    let answer = server.graphql(r#"{
        dataset(namespace: "ns", name: "b") {
            id namespace name description columnCount columns { name type description upstreamCount } runs { id state }
            upstream { name } downstream { name } producedBy { id } facets { name value } firstSeen lastSeen
        }
        job(namespace: "ns", name: "job") {
            id inputs { name } inputCount outputs { name } outputCount
            runs(first: 1) { total pageInfo { hasNextPage } nodes { id job { name } inputs { dataset { name } } } }
        }
    }"#);
    insta::assert_json_snapshot!(answer);
}

/// The next page goes on behind the last hit, also when hits came before it meanwhile.
#[test]
fn search_pages_fit_together_while_the_index_changes() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let names = |from: u128, names: &[&str]| {
        for (n, name) in (from..).zip(names) {
            server.send(&job_event(n, "job", &[], &[name]));
        }
        server.settle();
    };
    names(0, &["orders_b", "orders_d", "orders_f", "orders_h"]);
    let page = |after: &str| {
        let answer = server.graphql(&format!(
            r#"{{ search(query: "orders", first: 2, after: {after}, filter: {{kinds: [DATASET]}}) {{ total pageInfo {{ endCursor hasNextPage hasPreviousPage }} edges {{ cursor node {{ name }} }} }} }}"#
        ));
        let found = answer["data"]["search"].clone();
        let edges = found["edges"]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"))
            .iter();
        let names: Vec<String> = edges
            .map(|e| e["node"]["name"].as_str().unwrap().to_owned())
            .collect();
        (names, found["pageInfo"]["endCursor"].to_string())
    };
    let (first, cursor) = page("null");
    assert_eq!(first, ["orders_b", "orders_d"]);
    assert_eq!(page(&cursor).0, ["orders_f", "orders_h"]);
    names(10, &["orders_a", "orders_c"]);
    let (second, _) = page(&cursor);
    assert_eq!(
        second,
        ["orders_f", "orders_h"],
        "none again, none left out"
    );
    let bad = server.graphql(r#"{ search(query: "x", after: "nonsense") { total } }"#);
    assert_eq!(code(&bad), "BAD_INPUT");
}

#[test]
fn lineage_holds_datasets_and_jobs_and_runs_page_through() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    for n in 0..7 {
        let mut event = run_event(n, &["a"], &["b"]);
        event["eventTime"] = format!("2026-01-{:02}T00:00:00Z", n + 1).into();
        assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
    }
    let mut dashboard = run_event(90, &["b"], &[]);
    dashboard["job"]["name"] = "dashboard".into();
    dashboard.as_object_mut().unwrap().remove("run");
    assert_eq!(server.send(dashboard.to_string().as_bytes()).0, 201);
    server.settle();
    let answer = server.graphql(r#"{ lineage(node: {dataset: {namespace: "ns", name: "a"}}, direction: DOWNSTREAM) { total truncated appliedSeq nodes { id kind name depth inCycle } edges { from to kind evidence { jobName runs isStatic declared firstSeen lastSeen } } } }"#);
    insta::assert_json_snapshot!(answer["data"]);
    let cut = server.graphql(r#"{ lineage(node: {dataset: {namespace: "ns", name: "a"}}, direction: DOWNSTREAM, limit: 2) { total truncated nodes { name } } }"#);
    assert_eq!(cut["data"]["lineage"]["total"], 3);
    assert_eq!(cut["data"]["lineage"]["truncated"], true);
    let near = server.graphql(r#"{ lineage(node: {dataset: {namespace: "ns", name: "a"}}, direction: DOWNSTREAM, maxDepth: 1) { total } }"#);
    assert_eq!(near["data"]["lineage"]["total"], 2);

    let (mut seen, mut after) = (Vec::new(), "null".to_owned());
    loop {
        let answer = server.graphql(&format!(r#"{{ job(namespace: "ns", name: "job") {{ runs(first: 3, after: {after}) {{ total pageInfo {{ hasNextPage endCursor }} edges {{ node {{ id state startedAt }} }} }} }} }}"#));
        let runs = &answer["data"]["job"]["runs"];
        assert_eq!(runs["total"], 7);
        seen.extend(
            runs["edges"]
                .as_array()
                .unwrap()
                .iter()
                .map(|edge| edge["node"]["startedAt"].as_str().unwrap().to_owned()),
        );
        if runs["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = runs["pageInfo"]["endCursor"].to_string();
    }
    let days: Vec<_> = seen.iter().map(|time| &time[8..10]).collect();
    assert_eq!(days, ["07", "06", "05", "04", "03", "02", "01"]);
}

#[tokio::test]
async fn a_subscription_hears_of_new_events() {
    use crate::socket::text;
    use futures_util::{SinkExt, StreamExt};
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let mut socket = crate::socket::connect(&server).await;
    socket.send(text(r#"{"id":"1","type":"subscribe","payload":{"query":"subscription { newEvents { seq kind state name missed } }"}}"#)).await.unwrap();
    // The subscription is live once the server has read the message: send until one is heard.
    let mut heard = None;
    for n in 0..50 {
        server.send(run_event(n, &["a"], &["b"]).to_string().as_bytes());
        let wait = tokio::time::timeout(std::time::Duration::from_millis(200), socket.next());
        if let Ok(Some(Ok(message))) = wait.await {
            heard = Some(message.to_string());
            break;
        }
    }
    let heard: Value = serde_json::from_str(&heard.expect("an event is heard")).unwrap();
    let event = &heard["payload"]["data"]["newEvents"];
    assert_eq!(
        (
            event["kind"].as_str(),
            event["state"].as_str(),
            event["name"].as_str()
        ),
        (Some("RUN"), Some("COMPLETE"), Some("job"))
    );
    // Queries come over the same socket, rows of lineage among them.
    server.settle();
    socket.send(text(r#"{"id":"2","type":"subscribe","payload":{"query":"{ lineage(node: {dataset: {namespace: \"ns\", name: \"a\"}}, direction: DOWNSTREAM) { nodes { name depth } } }"}}"#)).await.unwrap();
    let answer = loop {
        let message = socket.next().await.unwrap().unwrap().to_string();
        let message: Value = serde_json::from_str(&message).unwrap();
        if message["id"] == "2" {
            break message;
        }
    };
    let nodes = &answer["payload"]["data"]["lineage"]["nodes"];
    assert_eq!(nodes[0], json!({"name": "a", "depth": 0}), "{answer}");
}

#[test]
fn health_metrics_and_the_front_page_answer() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    server.send(
        fixture("recordings/dbt-build.ndjson")
            .lines()
            .next()
            .unwrap()
            .as_bytes(),
    );
    assert_eq!(server.get("/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(server.get("/readyz").0, 200);
    let metrics = server.get("/metrics").1;
    assert!(
        metrics.contains("headwater_events_total{status=\"accepted\"} 1"),
        "{metrics}"
    );
    assert!(server.get("/").1.contains("<title>Headwater</title>"));
    assert_eq!(server.get("/nothing").0, 404);
}
