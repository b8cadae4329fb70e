//! Answers as of an earlier time, and what changed between two times.

use serde_json::{Value, json};

use crate::server::{Server, run_event};

/// A run of a job on a day of January 2026 that writes `t` with these columns.
fn writes(n: u128, day: u32, job: &str, columns: &[(&str, &str)]) -> Vec<u8> {
    let fields: Vec<Value> = columns
        .iter()
        .map(|(name, kind)| json!({"name": name, "type": kind}))
        .collect();
    let mut event = run_event(n, &["s"], &["t"]);
    event["eventTime"] = format!("2026-01-{day:02}T08:00:00Z").into();
    event["job"]["name"] = job.into();
    event["outputs"][0]["facets"] = json!({"schema": {"_producer": "p", "fields": fields}});
    event.to_string().into_bytes()
}

/// A table whose column is renamed, then retyped; a reader joins late; events arrive late too.
fn a_table_over_time() -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let before = [("id", "int"), ("amt", "numeric"), ("note", "text")];
    let renamed = [("id", "int"), ("amount", "numeric"), ("note", "text")];
    let retyped = [("id", "bigint"), ("amount", "numeric"), ("note", "text")];
    server.send(&writes(4, 12, "load", &retyped));
    server.send(&writes(1, 3, "load", &before));
    // A partial schema of somebody else removes nothing, and another spelling retypes nothing.
    server.send(&writes(5, 13, "reader", &[("id", "int8")]));
    server.send(&writes(2, 5, "load", &before));
    server.send(&writes(3, 8, "load", &renamed));
    server.settle();
    (dir, server)
}

#[test]
fn a_schema_history_tells_what_changed_when_and_who_told_it() {
    let (_dir, server) = a_table_over_time();
    let answer = server.graphql(
        r#"{ dataset(namespace: "ns", name: "t") { schemaHistory { total truncated versions {
            validFrom validTo columnCount toldBy { jobNamespace jobName runId producer changes { removed likelyRenamed { before after } } }
            columns { name type description }
            changes { added removed reordered likelyRenamed { before after }
                      retyped { column before after } redescribed { column } } } } } }"#,
    );
    insta::assert_json_snapshot!(answer["data"]["dataset"]["schemaHistory"]);
}

#[test]
fn columns_as_of_a_time_are_those_of_then() {
    let (_dir, server) = a_table_over_time();
    let columns = |as_of: &str, removed: bool| {
        let answer = server.graphql(&format!(
            r#"{{ dataset(namespace: "ns", name: "t"{as_of}) {{ columnCount columns(includeRemoved: {removed}) {{ name type removed firstSeen removedAt }} }} }}"#
        ));
        assert_eq!(answer["errors"], Value::Null);
        answer["data"]["dataset"].clone()
    };
    let named = |dataset: &Value| -> Vec<String> {
        let all = dataset["columns"].as_array().unwrap().iter();
        all.map(|c| {
            format!(
                "{} {}",
                c["name"].as_str().unwrap(),
                c["type"].as_str().unwrap_or("?")
            )
        })
        .collect()
    };
    let then = columns(r#", asOf: "2026-01-06T00:00:00Z""#, true);
    assert_eq!(named(&then), ["id int", "amt numeric", "note text"]);
    let then = columns(r#", asOf: "2026-01-08T08:00:00Z""#, false);
    assert_eq!(named(&then), ["id int", "amount numeric", "note text"]);
    let now = columns("", true);
    assert_eq!(
        named(&now),
        ["id bigint", "amount numeric", "note text", "amt ?"]
    );
    assert_eq!(now["columnCount"], 3);
    let amt = &now["columns"][3];
    assert_eq!(
        (&amt["removed"], &amt["firstSeen"], &amt["removedAt"]),
        (
            &json!(true),
            &json!("2026-01-03T08:00:00+00:00"),
            &json!("2026-01-08T08:00:00+00:00")
        )
    );
    assert_eq!(
        columns(r#", asOf: "2026-01-01T00:00:00Z""#, true),
        Value::Null
    );
    let answer = server.graphql(
        r#"{ dataset(namespace: "ns", name: "t", asOf: "2999-01-01T00:00:00Z") { name } }"#,
    );
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT");
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("the last event is of 2026-01-13"),
        "{message}"
    );
}

/// A daily load of `mart` that changes from reading `old` to reading `new` on 10 January and goes on
/// until March; a static declaration of a dashboard that changes too.
fn an_estate_over_time() -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let load = |n: u128, date: &str, source: &str| {
        let mut event = run_event(n, &[source], &["mart"]);
        event["eventTime"] = format!("{date}T08:00:00Z").into();
        event["job"]["name"] = "load".into();
        let from = json!({"namespace": "ns", "name": source, "field": "x"});
        event["outputs"][0]["facets"] = json!({"columnLineage": {"_producer": "p",
            "fields": {"y": {"inputFields": [from]}}}});
        server.send(&event.to_string().into_bytes());
    };
    let dates = [
        "2026-01-02",
        "2026-01-05",
        "2026-01-09",
        "2026-01-10",
        "2026-01-20",
        "2026-02-03",
        "2026-03-01",
    ];
    for (n, date) in (1..).zip(dates) {
        load(n, date, if n <= 3 { "old" } else { "new" });
    }
    for (day, input) in [(4, "mart"), (15, "other")] {
        let event = json!({"eventTime": format!("2026-01-{day:02}T00:00:00Z"), "producer": "registry",
            "schemaURL": "s", "job": {"namespace": "ns", "name": "board"},
            "inputs": [{"namespace": "ns", "name": input}]});
        server.send(&event.to_string().into_bytes());
    }
    server.settle();
    (dir, server)
}

fn named(answer: &Value) -> Vec<String> {
    let nodes = answer["nodes"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"));
    let mut names: Vec<String> = nodes
        .iter()
        .map(|node| match node["column"].as_str() {
            Some(column) => format!("{}.{column}", node["name"].as_str().unwrap()),
            None => node["name"].as_str().unwrap().to_owned(),
        })
        .collect();
    names.sort();
    names
}

#[test]
fn lineage_and_path_as_of_a_time_are_those_that_were_current_then() {
    let (_dir, server) = an_estate_over_time();
    let ask = |node: &str, direction: &str, as_of: &str| {
        let answer = server.graphql(&format!(
            "{{ lineage(node: {node}, direction: {direction}{as_of}) {{ total asOf appliedSeq nodes {{ name column }} edges {{ evidence {{ runs }} }} }} }}"
        ));
        assert_eq!(answer["errors"], Value::Null);
        answer["data"]["lineage"].clone()
    };
    let at = |date: &str| format!(r#", asOf: "{date}T12:00:00Z""#);
    let mart = r#"{dataset: {namespace: "ns", name: "mart"}}"#;
    let y = r#"{column: {namespace: "ns", name: "mart", column: "y"}}"#;
    let job = |as_of: &str| {
        let answer = server.graphql(&format!(
            r#"{{ job(namespace: "ns", name: "load"{as_of}) {{ inputs {{ name downstreamCount columnCount }} runs {{ nodes {{ id }} }} }} }}"#
        ));
        answer["data"]["job"].clone()
    };
    for (date, sources) in [
        ("2026-01-09", vec!["old"]),
        ("2026-01-10", vec!["new", "old"]),
        ("2026-02-03", vec!["new", "old"]),
        ("2026-03-02", vec!["new"]),
    ] {
        let answer = ask(mart, "UPSTREAM", &at(date));
        let mut expected = vec!["load", "mart"];
        expected.extend(&sources);
        expected.sort_unstable();
        assert_eq!(named(&answer), expected, "{date}");
        assert_eq!(answer["asOf"], format!("{date}T12:00:00+00:00"));
        assert_eq!(answer["appliedSeq"], 9);
        let columns = ask(y, "UPSTREAM", &at(date));
        let mut expected: Vec<String> = sources.iter().map(|name| format!("{name}.x")).collect();
        expected.insert(0, "mart.y".to_owned());
        assert_eq!(named(&columns), expected, "{date}");
        assert_eq!(columns["edges"].as_array().unwrap().len(), sources.len());
        assert!(
            columns["edges"]
                .as_array()
                .unwrap()
                .iter()
                .all(|edge| edge["evidence"][0]["runs"].is_number())
        );
        let inputs = job(&at(date));
        let mut names: Vec<&str> = inputs["inputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["name"].as_str().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, sources, "{date}");
    }
    assert_eq!(
        job(&at("2026-01-09"))["runs"]["nodes"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(job(&at("2026-01-01")), Value::Null);
    let now = ask(mart, "UPSTREAM", "");
    assert_eq!(
        (named(&now), &now["asOf"]),
        (
            named(&ask(mart, "UPSTREAM", &at("2026-03-02"))),
            &Value::Null
        )
    );
    // A static declaration holds until the next one of the same job.
    assert_eq!(named(&ask(mart, "DOWNSTREAM", &at("2026-01-03"))), ["mart"]);
    assert_eq!(
        named(&ask(mart, "DOWNSTREAM", &at("2026-01-14"))),
        ["board", "mart"]
    );
    assert_eq!(named(&ask(mart, "DOWNSTREAM", &at("2026-01-16"))), ["mart"]);

    let path = |date: &str| {
        let to = r#"{dataset: {namespace: "ns", name: "mart"}}"#;
        let answer = server.graphql(&format!(
            r#"{{ path(from: {{dataset: {{namespace: "ns", name: "old"}}}}, to: {to}, asOf: "{date}T12:00:00Z") {{ nodes {{ name }} }} }}"#
        ));
        named(&answer["data"]["path"])
    };
    assert_eq!(path("2026-01-20"), ["load", "mart", "old"]);
    assert_eq!(path("2026-03-02"), [""; 0]);
    let early = server.graphql(&format!(
        "{{ lineage(node: {mart}, direction: UPSTREAM{}) {{ total }} }}",
        at("2025-12-31")
    ));
    assert_eq!(early["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let message = early["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("named first by an event of 2026-01-02T08:00:00Z"),
        "{message}"
    );
}

#[test]
fn a_late_event_changes_what_is_told_of_the_time_before_it() {
    let (_dir, server) = an_estate_over_time();
    let sources = || {
        let answer = server.graphql(
            r#"{ lineage(node: {dataset: {namespace: "ns", name: "mart"}}, direction: UPSTREAM, asOf: "2026-01-09T12:00:00Z") { nodes { name } } }"#,
        );
        named(&answer["data"]["lineage"])
    };
    assert_eq!(sources(), ["load", "mart", "old"]);
    let mut late = run_event(77, &["forgotten"], &["mart"]);
    late["eventTime"] = "2026-01-03T08:00:00Z".into();
    late["job"]["name"] = "load".into();
    server.send(&late.to_string().into_bytes());
    server.settle();
    assert_eq!(sources(), ["forgotten", "load", "mart", "old"]);
}

#[test]
fn evidence_tells_how_many_runs_ago_it_was_asserted_and_when() {
    let (_dir, server) = an_estate_over_time();
    let evidence = |as_of: &str| {
        let answer = server.graphql(&format!(
            r#"{{ lineage(node: {{dataset: {{namespace: "ns", name: "old"}}}}, direction: DOWNSTREAM, asOf: "{as_of}") {{ edges {{ from evidence {{ declared runs runsSince intervals {{ from to }} isStatic }} }} }} }}"#
        ));
        answer["data"]["lineage"]["edges"].clone()
    };
    insta::assert_json_snapshot!(evidence("2026-01-20T12:00:00Z"));
}

#[test]
fn a_difference_of_two_times_tells_what_came_and_went_and_why() {
    let (_dir, server) = an_estate_over_time();
    let ask = |node: &str, direction: &str, times: &str| {
        let answer = server.graphql(&format!(
            "{{ lineageDiff(node: {node}, direction: {direction}, {times}) {{ from to appliedSeq incomplete
                addedNodes {{ total truncated nodes {{ id depth }} }} removedNodes {{ total nodes {{ id }} }}
                addedEdges {{ total edges {{ from to reasons {{ kind text jobName firstSeen lastAsserted runsSince }} }} }}
                removedEdges {{ total edges {{ from to reasons {{ kind text jobName lastAsserted runsSince }} }} }}
                changedDatasets {{ total compared datasets {{ name changes {{ added removed retyped {{ column }} }} }} }} }} }}"
        ));
        assert_eq!(answer["errors"], Value::Null);
        answer["data"]["lineageDiff"].clone()
    };
    let mart = r#"{dataset: {namespace: "ns", name: "mart"}}"#;
    let y = r#"{column: {namespace: "ns", name: "mart", column: "y"}}"#;
    let span = r#"from: "2026-01-09T12:00:00Z", to: "2026-03-02T00:00:00Z""#;
    insta::assert_json_snapshot!("upstream", ask(mart, "UPSTREAM", span));
    insta::assert_json_snapshot!("columns", ask(y, "UPSTREAM", span));
    let board = ask(mart, "DOWNSTREAM", r#"from: "2026-01-10T00:00:00Z""#);
    assert_eq!(
        board["removedEdges"]["edges"][0]["reasons"][0]["kind"],
        "REPLACED"
    );
    assert_eq!(board["removedNodes"]["nodes"][0]["id"], "job|ns|board");
    let same = ask(
        mart,
        "UPSTREAM",
        r#"from: "2026-01-20T00:00:00Z", to: "2026-01-25T00:00:00Z""#,
    );
    for list in [
        "addedNodes",
        "removedNodes",
        "addedEdges",
        "removedEdges",
        "changedDatasets",
    ] {
        assert_eq!(same[list]["total"], 0, "{list}");
    }
    let from_nothing = ask(mart, "UPSTREAM", r#"from: "2025-12-01T00:00:00Z""#);
    assert_eq!(from_nothing["addedNodes"]["total"], 3);
    for (times, code) in [
        (
            r#"from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z""#,
            "BAD_INPUT",
        ),
        (
            r#"from: "2025-02-01T00:00:00Z", to: "2025-03-01T00:00:00Z""#,
            "NOT_FOUND",
        ),
        (r#"from: "2026-02-01T00:00:00Z", limit: 0"#, "BAD_INPUT"),
    ] {
        let answer = server.graphql(&format!(
            "{{ lineageDiff(node: {mart}, direction: UPSTREAM, {times}) {{ appliedSeq }} }}"
        ));
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], code,
            "{times}: {answer}"
        );
    }
}
