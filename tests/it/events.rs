//! Real recordings through the front door, and the answers they must lead to.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::server::{Server, run_event};

fn columns(lineage: &Value) -> BTreeSet<(String, String)> {
    let nodes = lineage["nodes"].as_array().unwrap().iter();
    let text = |node: &Value, key: &str| node[key].as_str().unwrap_or_default().to_owned();
    nodes
        .filter(|node| node["depth"] != 0)
        .map(|node| (text(node, "name"), text(node, "column")))
        .collect()
}

#[test]
fn dbt_upstream_of_a_mart_column_names_the_right_raw_columns() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let lines = server.replay("dbt-build");
    // Again, from another serialiser: every event is a duplicate.
    for line in &lines {
        let value: Value = serde_json::from_str(line).unwrap();
        let (status, receipt) =
            server.send(serde_json::to_string_pretty(&value).unwrap().as_bytes());
        assert_eq!(
            (status, receipt["status"].as_str()),
            (201, Some("duplicate")),
            "{receipt}"
        );
    }
    server.settle();
    let found = server.graphql(r#"{ search(query: "stg_customers email", filter: {kinds: [COLUMN]}) { total edges { node { namespace name column } } } }"#);
    let node = &found["data"]["search"]["edges"][0]["node"];
    assert_eq!(
        (node["name"].as_str(), node["column"].as_str()),
        (Some("shop.main_staging.stg_customers"), Some("email"))
    );
    let namespace = node["namespace"].as_str().unwrap();
    let query = format!(
        r#"{{ lineage(node: {{column: {{namespace: "{namespace}", name: "shop.main_staging.stg_customers", column: "email"}}}}, direction: UPSTREAM) {{ total truncated appliedSeq nodes {{ name column depth }} edges {{ from to kind evidence {{ producer jobName runs firstSeen lastSeen declared }} }} }} }}"#
    );
    let answer = server.graphql(&query);
    let lineage = &answer["data"]["lineage"];
    let expected = [("shop.main_raw.raw_customers".to_owned(), "email".to_owned())];
    assert_eq!(columns(lineage), BTreeSet::from(expected), "{answer}");
    let evidence = &lineage["edges"][0]["evidence"][0];
    assert_eq!(evidence["declared"], true);
    assert_eq!(evidence["runs"], 1);
    assert!(
        evidence["producer"]
            .as_str()
            .unwrap()
            .contains("integration/dbt")
    );
    assert_eq!(lineage["appliedSeq"], 12);
}

#[test]
fn every_recording_is_accepted_and_exported_verbatim() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let mut sent = Vec::new();
    for name in ["dbt-build", "airflow-inlets-outlets", "debezium"] {
        sent.extend(server.replay(name));
    }
    let exported = server.get("/api/v1/events").1;
    assert_eq!(exported.lines().collect::<Vec<_>>(), sent);
    let answer =
        server.graphql("{ status { headSeq unreadableEvents broken counts { events datasets } } }");
    assert_eq!(answer["data"]["status"]["counts"]["events"], sent.len());
    assert_eq!(answer["data"]["status"]["unreadableEvents"], 0);
    assert!(answer["data"]["status"]["broken"].is_null());
}

#[test]
fn a_batch_answers_for_each_event() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let good = run_event(1, &["a"], &["b"]);
    let body = format!(r#"[{good}, {{"eventTime": 7}}, {good}, {{bad}}]"#);
    let (status, answer) = server.post(
        "/api/v1/lineage/batch",
        &[("Content-Type", "application/json")],
        body.as_bytes(),
    );
    assert_eq!(status, 201);
    insta::assert_json_snapshot!(answer);
    let (status, answer) = server.post("/api/v1/lineage/batch", &[], b"[]");
    assert_eq!((status, answer["status"].as_str()), (201, Some("success")));
    assert_eq!(server.post("/api/v1/lineage/batch", &[], b"{}").0, 400);
}

#[test]
fn a_stopped_server_answers_the_same_when_it_is_back() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    server.replay("dbt-build");
    let digest = server.get("/api/v1/digest").1;
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(dir.path());
    assert_eq!(server.get("/api/v1/digest").1, digest);
    let (status, verified) = server.post("/api/v1/verify", &[], b"");
    assert_eq!(
        (status, &verified["holds"]),
        (200, &Value::Bool(true)),
        "{verified}"
    );
}
