//! Contracts at the door: an event that would break one is turned away and kept in quarantine.

use serde_json::{Value, json};

use super::{POLICY, data, settle, start, violations};
use crate::server::{Server, run_event};

/// The dashboard contract turns events of one producer away.
fn policy() -> String {
    POLICY.replace(
        "rule: consumers_read_marts, owner: council}",
        "rule: consumers_read_marts, owner: council, reject: {producer: \"*strict*\"}}",
    )
}

fn dash(n: u128, producer: &str, reads: &str) -> Value {
    let mut event = run_event(n, &[reads], &[]);
    event["job"]["name"] = "dash_sales".into();
    event["producer"] = producer.into();
    event
}

fn answer(server: &Server, event: &Value) -> (u16, Value) {
    server.post(
        "/api/v1/lineage",
        &[("Content-Type", "application/json")],
        event.to_string().as_bytes(),
    )
}

fn listed(server: &Server) -> Value {
    serde_json::from_str(&server.get("/api/v1/quarantine").1).unwrap()
}

#[test]
fn an_event_is_turned_away_kept_released_and_discarded() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &policy());
    let mut bad = dash(1, "https://strict.example", "raw_a");
    bad["run"]["facets"]["f"] = json!({"_producer": "p", "_schemaURL": "s",
        "big": 9_007_199_254_740_993_u64, "password": "hush"});
    let (status, body) = answer(&server, &bad);
    assert_eq!((status, &body["error"]["code"]), (422, &json!("contract")));
    let error = &body["error"];
    assert_eq!(error["contracts"][0]["contract"], "marts-only");
    assert_eq!(
        error["contracts"][0]["message"],
        "dash_sales reads raw_a (raw), which is no mart"
    );
    assert_eq!(error["contracts"][0]["object"][1], "raw_a");
    let id = error["quarantine"].as_str().unwrap().to_owned();
    assert!(error["message"].as_str().unwrap().contains(&id), "{error}");
    // Others' events are only told of, and what breaks nothing goes in.
    assert_eq!(
        answer(&server, &dash(2, "https://lax.example", "raw_b")).0,
        201
    );
    assert_eq!(
        answer(&server, &dash(3, "https://strict.example", "fct_a")).0,
        201
    );
    settle(&server);
    let job = data(&server, "{ violations { nodes { object { name } } } }");
    assert_eq!(
        job["violations"]["nodes"],
        json!([{"object": {"name": "raw_b"}}])
    );
    // The same once more is there once; nothing of it is in the graph.
    assert_eq!(answer(&server, &bad).0, 422);
    let all = listed(&server);
    assert_eq!(
        (&all["total"], &all["events"][0]["id"]),
        (&json!(1), &json!(id))
    );
    assert_eq!(all["events"][0]["subject"][1], "dash_sales");
    let namespace = bad["inputs"][0]["namespace"].clone();
    let query = format!("{{ dataset(namespace: {namespace}, name: \"raw_a\") {{ name }} }}");
    assert_eq!(data(&server, &query)["dataset"], Value::Null);
    let shown: Value =
        serde_json::from_str(&server.get(&format!("/api/v1/quarantine/{id}")).1).unwrap();
    assert_eq!(shown["event"], bad);
    // It is there after a restart, and goes in when it is released.
    drop(server);
    let server = start(dir.path(), &policy());
    assert_eq!(listed(&server)["total"], 1);
    let place = format!("/api/v1/quarantine/{id}?text=true");
    let shown: Value = serde_json::from_str(&server.get(&place).1).unwrap();
    assert_eq!(shown["event"], Value::Null);
    assert_eq!(shown["masked"], true);
    let text = shown["text"].as_str().unwrap();
    assert!(text.contains("\"big\":9007199254740993"), "{text}");
    assert!(text.contains("\"password\":\"***\""), "{text}");
    assert_eq!(server.get(&format!("{place}&x=1")).0, 422);
    let release = format!("/api/v1/quarantine/{id}/release");
    let (status, receipt) = server.post(&release, &[], b"");
    assert_eq!((status, &receipt["status"]), (201, &json!("accepted")));
    assert_eq!(server.post(&release, &[], b"").0, 404);
    settle(&server);
    assert_eq!(violations(&server, "").len(), 2);
    // Its sender tries again: the log has it.
    let (status, receipt) = answer(&server, &bad);
    assert_eq!((status, &receipt["status"]), (201, &json!("duplicate")));
    assert_eq!(listed(&server)["total"], 0);
}

#[test]
fn a_batch_is_taken_without_what_is_turned_away() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &policy());
    let batch = json!([
        dash(1, "https://strict.example", "fct_a"),
        dash(2, "https://strict.example", "stg_a"),
        {"nonsense": true},
        dash(3, "https://strict.example", "fct_b"),
    ]);
    let (status, body) = server.post(
        "/api/v1/lineage/batch",
        &[("Content-Type", "application/json")],
        batch.to_string().as_bytes(),
    );
    assert_eq!((status, &body["status"]), (201, &json!("partial_success")));
    let places: Vec<u64> = body["receipts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["index"].as_u64().unwrap())
        .collect();
    assert_eq!(places, [0, 3]);
    let failed = &body["failed_events"];
    assert_eq!(
        (&failed[0]["index"], &failed[1]["index"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(failed[0]["contracts"][0]["contract"], "marts-only");
    let id = failed[0]["quarantine"].as_str().unwrap();
    let place = format!("/api/v1/quarantine/{id}");
    assert_eq!(server.delete(&place), 204);
    assert_eq!(server.delete(&place), 404);
    assert_eq!(listed(&server)["total"], 0);
}

/// A model says who reads it: the dashboard breaks the contract, and the model's event is turned away.
#[test]
fn an_exposure_that_an_event_lists_counts_at_the_door() {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path(), &policy());
    let mut event = run_event(1, &["raw_a"], &["stg_a"]);
    event["producer"] = "https://strict.example".into();
    assert_eq!(answer(&server, &event).0, 201);
    let mut event = run_event(2, &["raw_a"], &["stg_a", "fct_a"]);
    event["producer"] = "https://strict.example".into();
    let listed = json!({"dbt_exposures": {"_producer": "p", "_schemaURL": "s", "exposures": [
        {"unique_id": "exposure.shop.weekly", "name": "weekly", "type": "dashboard"}]}});
    event["outputs"][1]["facets"] = listed.clone();
    assert_eq!(answer(&server, &event).0, 201);
    event["outputs"][0]["facets"] = listed;
    let (status, body) = answer(&server, &event);
    assert_eq!(status, 422, "{body}");
    let reasons = body["error"]["contracts"].as_array().unwrap();
    assert_eq!(reasons.len(), 1, "{body}");
    assert_eq!(reasons[0]["subject"][1], "exposure.shop.weekly");
    assert_eq!(
        reasons[0]["message"],
        "exposure.shop.weekly reads stg_a (staging), which is no mart"
    );
}

/// What is known counts, also where the event does not tell it.
#[test]
fn layers_columns_and_exceptions_count_at_the_door() {
    let dir = tempfile::tempdir().unwrap();
    let text = POLICY.replace(
        "rule: no_skipped_layer, severity: warning}",
        "rule: no_skipped_layer, severity: warning, reject: {namespace: \"*\"}}\n  - {name: keeps, rule: has_columns, datasets: {name: fct_a}, columns: {id: INT}, reject: {producer: \"*\"}}",
    ) + "exceptions:\n  - {contract: no-skip, subject: {name: fct_old}, reason: r, owner: o, approved_by: b, until: 9999-01-01}\n";
    let server = start(dir.path(), &text);
    // The job reads raw too, but says that the mart is made from staging alone.
    let mut event = run_event(1, &["stg_a", "raw_a"], &["fct_b"]);
    assert_eq!(answer(&server, &event).0, 422);
    let from = json!({"namespace": event["inputs"][0]["namespace"], "name": "stg_a", "field": "x"});
    event["outputs"][0]["facets"] = json!({"columnLineage": {"_producer": "p", "_schemaURL": "s",
        "fields": {"x": {"inputFields": [from]}}}});
    assert_eq!(answer(&server, &event).0, 201);
    assert_eq!(
        answer(&server, &run_event(2, &["raw_a"], &["fct_old"])).0,
        201
    );
    let mut event = run_event(3, &["stg_a"], &["fct_a"]);
    event["outputs"][0]["facets"] = json!({"schema": {"_producer": "p", "_schemaURL": "s",
        "fields": [{"name": "id", "type": "TEXT"}]}});
    let (status, body) = answer(&server, &event);
    assert_eq!(status, 422);
    assert_eq!(
        body["error"]["contracts"][0]["message"],
        "the column id of fct_a (gold) is TEXT, promised is INT"
    );
}

/// The tags of columns that an event tells count, and those that are known where it tells none.
#[test]
fn columns_are_classified_at_the_door() {
    let dir = tempfile::tempdir().unwrap();
    let text = POLICY.to_owned()
        + "  - {name: marked, rule: columns_classified, columns: {email: pii}, reject: {producer: \"*\"}}\n";
    let server = start(dir.path(), &text);
    let told = |n: u128, tags: Option<&str>| {
        let mut event = run_event(n, &["stg_a"], &["fct_a"]);
        let facet = |mut body: Value| {
            body["_producer"] = "p".into();
            body["_schemaURL"] = "s".into();
            body
        };
        event["outputs"][0]["facets"] =
            json!({"schema": facet(json!({"fields": [{"name": "email"}]}))});
        if let Some(key) = tags {
            let tag = json!({"key": key, "value": "true", "field": "email"});
            event["outputs"][0]["facets"]["tags"] = facet(json!({"tags": [tag]}));
        }
        event
    };
    let (status, body) = answer(&server, &told(1, None));
    assert_eq!(status, 422);
    assert_eq!(
        body["error"]["contracts"][0]["message"],
        "the column email of fct_a (gold) has no tags, promised is pii"
    );
    assert_eq!(answer(&server, &told(2, Some("pii"))).0, 201);
    settle(&server);
    assert_eq!(answer(&server, &told(3, None)).0, 201);
    let (status, body) = answer(&server, &told(4, Some("open")));
    assert_eq!(status, 422);
    assert_eq!(
        body["error"]["contracts"][0]["message"],
        "the column email of fct_a (gold) has the tags open, promised is pii"
    );
}

#[test]
fn a_contract_that_one_event_does_not_tell_cannot_turn_away() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("p.yaml");
    let text = POLICY.to_owned() + "  - {name: c, rule: no_cycle, reject: {producer: \"*\"}}\n";
    std::fs::write(&file, text).unwrap();
    let output = crate::server::headwater()
        .args(["policy", "check"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    assert!(
        told.contains("one event does not tell whether it breaks no_cycle"),
        "{told}"
    );
}
