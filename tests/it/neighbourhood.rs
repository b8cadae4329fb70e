//! What the browser catalog draws from: `neighbourhood`, `graphSummary`, `searchCounts`; and the pages.

use serde_json::{Value, json};

use crate::server::{Server, agent, run_event};

/// a → b → c → d, each by a job of its own, and a dashboard that reads c.
fn chain() -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let steps: [(&str, &[&str], &[&str]); 4] = [
        ("make b", &["a"], &["b"]),
        ("make c", &["b"], &["c"]),
        ("make d", &["c"], &["d"]),
        ("dashboard", &["c"], &[]),
    ];
    for (n, (job, inputs, outputs)) in (1..).zip(steps) {
        let mut event = run_event(n, inputs, outputs);
        event["job"]["name"] = job.into();
        assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
    }
    server.settle();
    (dir, server)
}

fn names(answer: &Value) -> Vec<&str> {
    let nodes = answer["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect()
}

const AROUND: &str = r#"{ node: { dataset: { namespace: "ns", name: "c" } }, direction: "#;
const FIELDS: &str = "{ leftOut nodes { name kind upstreamCount downstreamCount dataset { name } } edges { from to inferred jobs { name } } }";

fn around(server: &Server, ways: &[&str], more: &str) -> Value {
    let expand: Vec<String> = ways.iter().map(|way| format!("{AROUND}{way} }}")).collect();
    let query = format!(
        "{{ neighbourhood(expand: [{}]{more}) {FIELDS} }}",
        expand.join(",")
    );
    let answer = server.graphql(&query);
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["neighbourhood"].clone()
}

#[test]
fn one_hop_each_way_with_consumers_as_nodes_and_other_jobs_on_edges() {
    let (_dir, server) = chain();
    let part = around(&server, &["UPSTREAM", "DOWNSTREAM"], "");
    let mut found = names(&part);
    found.sort_unstable();
    assert_eq!(found, ["b", "c", "d", "dashboard"]);
    assert_eq!(part["nodes"][0]["name"], "c");
    assert_eq!(part["nodes"][0]["upstreamCount"], 1);
    assert_eq!(part["nodes"][0]["downstreamCount"], 2);
    let place = |name: &str| names(&part).iter().position(|one| *one == name).unwrap();
    let edges = part["edges"].as_array().unwrap();
    let edge = |from: &str, to: &str| {
        let ends = (json!(place(from)), json!(place(to)));
        edges
            .iter()
            .find(|edge| (&edge["from"], &edge["to"]) == (&ends.0, &ends.1))
    };
    assert_eq!(edges.len(), 3, "{part}");
    assert_eq!(edge("b", "c").unwrap()["jobs"], json!([{"name": "make c"}]));
    // Inputs × outputs are inferred; that a dashboard reads something is what it says itself.
    assert_eq!(edge("b", "c").unwrap()["inferred"], true);
    assert_eq!(edge("c", "dashboard").unwrap()["inferred"], false);
    assert!(edge("c", "d").is_some());
}

#[test]
fn what_is_left_out_is_counted() {
    let (_dir, server) = chain();
    let part = around(&server, &["UPSTREAM", "DOWNSTREAM"], ", limit: 2");
    assert_eq!(names(&part).len(), 2);
    assert_eq!(part["leftOut"], 2);
    let alone = server.graphql("{ neighbourhood(part: {}, limit: 0) { leftOut } }");
    assert_eq!(alone["errors"][0]["extensions"]["code"], "BAD_INPUT");
}

#[test]
fn the_whole_and_its_groups() {
    let (_dir, server) = chain();
    let whole = server.graphql("{ neighbourhood(part: {}) { nodes { name } } }");
    let mut found = names(&whole["data"]["neighbourhood"]);
    found.sort_unstable();
    assert_eq!(found, ["a", "b", "c", "d"]);
    let none =
        server.graphql(r#"{ neighbourhood(part: { layers: ["mart"] }) { nodes { name } } }"#);
    assert_eq!(none["data"]["neighbourhood"]["nodes"], json!([]));
    let summary = server.graphql(
        "{ graphSummary { isolated groups { layer namespace datasets } flows { from to edges } } }",
    );
    assert_eq!(
        summary["data"]["graphSummary"],
        json!({"isolated": 0, "groups": [{"layer": null, "namespace": "ns", "datasets": 4}],
            "flows": [{"from": 0, "to": 0, "edges": 3}]})
    );
}

#[test]
fn counts_of_a_narrowed_list_are_those_without_it() {
    let (_dir, server) = chain();
    let counts = |filter: &str| {
        let answer = server.graphql(&format!(
            "{{ searchCounts(query: \"\"{filter}) {{ total kinds {{ kind count }} }} }}"
        ));
        answer["data"]["searchCounts"].clone()
    };
    let all = counts("");
    let jobs = counts(", filter: { kinds: [JOB] }");
    assert_eq!(jobs["total"], 4);
    assert_eq!(all["total"], 8);
    assert_eq!(jobs["kinds"], all["kinds"]);
}

#[test]
fn pages_are_for_browsers_and_kept_by_them() {
    let (_dir, server) = chain();
    let ask = |path: &str, accept: &str, tag: &str| {
        let request = agent()
            .get(format!("{}{path}", server.url))
            .header("accept", accept);
        request.header("if-none-match", tag).call().unwrap()
    };
    let page = ask("/dataset?name=x", "text/html", "\"none\"");
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    let tag = page.headers()["etag"].to_str().unwrap();
    assert_eq!(ask("/", "text/html", tag).status(), 304);
    assert_eq!(ask("/dataset", "application/json", "").status(), 404);
    assert_eq!(ask("/api/v1/nothing", "text/html", "").status(), 404);
}
