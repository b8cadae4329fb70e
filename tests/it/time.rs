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
            validFrom validTo columnCount toldBy { jobNamespace jobName runId producer }
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
