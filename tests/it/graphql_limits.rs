//! Limits of GraphQL requests: sizes, time, and what is no request at all.

use serde_json::{Value, json};

use crate::server::{Server, run_event};

pub fn code(answer: &Value) -> &str {
    let code = &answer["errors"][0]["extensions"]["code"];
    code.as_str().unwrap_or_else(|| panic!("{answer}"))
}

/// A job of its own for each event, so that lineage is what the event says.
pub fn job_event(n: u128, job: &str, inputs: &[&str], outputs: &[&str]) -> Vec<u8> {
    let mut event = run_event(n, inputs, outputs);
    event["job"]["name"] = job.into();
    event.to_string().into_bytes()
}

/// `hub` is read by many jobs; each of their outputs is made from `hub` and `other` alone.
fn hub(server: &Server, readers: u32) {
    for n in 0..readers {
        let output = format!("out-{n:03}");
        let event = job_event(
            n.into(),
            &format!("job-{n:03}"),
            &["hub", "other"],
            &[&output],
        );
        assert_eq!(server.send(&event).0, 201);
    }
    server.settle();
}

#[test]
fn lists_within_lists_have_limits() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_with(dir.path(), &[("HEADWATER_QUERY_ROWS", "2000")]);
    hub(&server, 30);
    let ask = |selection: &str| {
        server.graphql(&format!(
            r#"{{ dataset(namespace: "ns", name: "hub") {{ {selection} }} }}"#
        ))
    };
    let counted = ask(
        "downstreamCount consumedByCount upstreamCount producedByCount downstream(limit: 2, offset: 1) { name upstreamCount upstream(limit: 1) { name } }",
    );
    insta::assert_json_snapshot!(counted["data"]["dataset"]);
    assert_eq!(
        ask("downstream { name }")["data"]["dataset"]["downstream"]
            .as_array()
            .unwrap()
            .len(),
        30,
        "a list is whole unless a limit is given"
    );
    let nested = ask("downstream { upstream { downstream { name } } }");
    assert_eq!(
        (code(&nested), &nested["data"]),
        ("TOO_LARGE", &Value::Null)
    );
    let bad = ask("downstream(limit: -1) { name }");
    assert_eq!(code(&bad), "BAD_INPUT");

    let deep = ask("downstream { upstream { downstream { upstream { name } } } }");
    assert!(
        deep["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("complex"),
        "{deep}"
    );
    let large = ask("downstream(limit: 500) { upstream(limit: 600) { name } }");
    assert!(
        large["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("complex"),
        "{large}"
    );
    let lineages: String = (0..9)
        .map(|n| format!(r#"a{n}: lineage(node: {{dataset: {{namespace: "ns", name: "hub"}}}}, direction: DOWNSTREAM) {{ nodes {{ id kind namespace name layer depth inCycle }} edges {{ from to kind evidence {{ producer jobName runs }} }} }} "#))
        .collect();
    let many = server.graphql(&format!("{{ {lineages} }}"));
    assert!(
        many["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("complex"),
        "{many}"
    );
}

#[test]
fn a_query_that_runs_out_of_time_says_so_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_with(dir.path(), &[("HEADWATER_QUERY_DEADLINE_SECONDS", "0")]);
    for query in [
        r#"{ dataset(namespace: "x", name: "y") { name } }"#,
        r#"{ lineage(node: {dataset: {namespace: "x", name: "y"}}, direction: DOWNSTREAM) { total } }"#,
        r#"{ search(query: "a") { total } }"#,
    ] {
        let answer = server.graphql(query);
        assert_eq!((code(&answer), &answer["data"]), ("DEADLINE", &Value::Null));
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn queries_come_by_get_too_and_what_is_no_query_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let (status, body) = server.get("/graphql?query=%7B%20status%20%7B%20appliedSeq%20%7D%20%7D");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (status, body),
        (200, json!({"data": {"status": {"appliedSeq": 0}}}))
    );
    let with_variables = "/graphql?operationName=b&query=query%20a%20%7B%20status%20%7B%20version%20%7D%20%7D%20query%20b(%24n%3A%20String!)%20%7B%20job(namespace%3A%20%24n%2C%20name%3A%20%22x%22)%20%7B%20name%20%7D%20%7D&variables=%7B%22n%22%3A%22ns%22%7D";
    let body: Value = serde_json::from_str(&server.get(with_variables).1).unwrap();
    assert_eq!(body, json!({"data": {"job": null}}));
    for path in ["/graphql", "/graphql?query=%7B%7D&variables=nonsense"] {
        let (status, body) = server.get(path);
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, code(&body)), (400, "BAD_REQUEST"));
    }
    let json = [("Content-Type", "application/json")];
    let (status, body) = server.post("/graphql", &json, b"{nonsense");
    assert_eq!((status, code(&body)), (400, "BAD_REQUEST"));
    let long = format!("{{\"query\": \"{}\"}}", "x".repeat(3 << 20));
    let (status, body) = server.post("/graphql", &json, long.as_bytes());
    assert_eq!((status, code(&body)), (413, "BAD_REQUEST"));
}

#[test]
fn too_deep_and_too_complex_queries_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let deep = format!(
        "{{ dataset(namespace: \"a\", name: \"b\") {}name{} }}",
        "{ upstream(limit: 1) ".repeat(30) + "{ ",
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
