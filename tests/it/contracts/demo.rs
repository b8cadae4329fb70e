//! The policy of the demo estate.

use headwater::estate::demo;
use serde_json::{Value, json};

use super::{data, settle, start};

/// The estate of `headwater demo` with its policy: each rule is broken, and an exception ends soon.
#[test]
fn the_demo_breaks_each_rule_and_has_an_exception_that_ends_soon() {
    let dir = tempfile::tempdir().unwrap();
    let now = chrono::Utc::now().timestamp_millis();
    let server = start(dir.path(), &demo::demo_policy(now));
    let mut events = demo::demo_events(now).unwrap();
    events.extend(demo::shortcuts(now).unwrap());
    for batch in events.chunks(200) {
        let body = serde_json::to_vec(batch).unwrap();
        let json = [("Content-Type", "application/json")];
        let (status, answer) = server.post("/api/v1/lineage/batch", &json, &body);
        assert_eq!(
            (status, &answer["status"]),
            (201, &json!("success")),
            "{answer}"
        );
    }
    settle(&server);
    // One event is turned away; the rest of the estate goes in.
    let away = demo::turned_away(now).unwrap();
    let (status, answer) = server.send(away.to_string().as_bytes());
    let error = &answer["error"];
    assert_eq!(
        (status, &error["code"]),
        (422, &json!("contract")),
        "{answer}"
    );
    assert_eq!(
        error["contracts"][0]["message"],
        "Refund watch reads ANALYTICS.STAGING.STG_REFUNDS (staging), which is no mart"
    );
    let told = data(&server, "{ consumers { nodes { source owners } } }");
    let exposures: Vec<&Value> = told["consumers"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["source"] == "DBT")
        .collect();
    assert_eq!(exposures.len(), 2, "{told}");
    let found = data(
        &server,
        "{ contracts { name openCount } violations(first: 500) { nodes { rule state exception { until ends } } } }",
    );
    for contract in found["contracts"].as_array().unwrap() {
        assert!(contract["openCount"].as_u64().unwrap() > 0, "{contract}");
    }
    let all = found["violations"]["nodes"].as_array().unwrap();
    let rules: std::collections::BTreeSet<&str> = all
        .iter()
        .map(|one| one["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules.len(), 21, "{rules:?}");
    let excepted: Vec<&Value> = all
        .iter()
        .filter(|one| one["state"] == "EXCEPTED")
        .collect();
    assert_eq!(excepted.len(), 1, "{excepted:?}");
    let ends = excepted[0]["exception"]["ends"].as_str().unwrap();
    let ends = chrono::DateTime::parse_from_rfc3339(ends).unwrap().to_utc();
    let left = ends - chrono::Utc::now();
    assert!(
        left > chrono::Duration::days(1) && left < chrono::Duration::days(4),
        "{left}"
    );
}
