//! The GraphQL schema and its limits.

use serde_json::Value;

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
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT");
}

#[test]
fn too_deep_and_too_complex_queries_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let deep = format!(
        "{{ dataset(namespace: \"a\", name: \"b\") {}name{} }}",
        "{ upstream ".repeat(30) + "{ ",
        " }".repeat(31)
    );
    assert!(
        server.graphql(&deep)["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("deep")
    );
    let wide: String = (0..2_000)
        .map(|n| format!("a{n}: status {{ version }} "))
        .collect();
    assert!(server.graphql(&format!("{{ {wide} }}"))["errors"].is_array());
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
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let mut request = format!("{}/graphql", server.url.replace("http", "ws"))
        .into_client_request()
        .unwrap();
    request.headers_mut().insert(
        "Sec-WebSocket-Protocol",
        "graphql-transport-ws".parse().unwrap(),
    );
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let text = |text: &str| Message::Text(text.to_owned().into());
    socket
        .send(text(r#"{"type":"connection_init"}"#))
        .await
        .unwrap();
    assert!(
        socket
            .next()
            .await
            .unwrap()
            .unwrap()
            .to_string()
            .contains("connection_ack")
    );
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
    assert!(server.get("/").1.contains("not built yet"));
    assert_eq!(server.get("/nothing").0, 404);
}
