//! What broke contracts at an earlier time: what a server finds that was told only the events until
//! then.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::order::send_all;
use super::{POLICY, send, settle, start, violations};
use crate::server::Server;

/// Messages of what was broken at a time.
fn broken(server: &Server, at: &str) -> BTreeSet<String> {
    let found = violations(server, &format!("asOf: {at:?}, first: 500"));
    let all = found.iter();
    all.map(|one| format!("{} {} {}", one["contract"], one["message"], one["since"]))
        .collect()
}

#[test]
fn a_mart_that_was_stale_on_tuesday() {
    let dir = tempfile::tempdir().unwrap();
    let contract = "  - {name: fresh, rule: fresh, within: 30h}\n";
    let server = start(dir.path(), &(POLICY.to_owned() + contract));
    // Wednesday comes first, and a run of Tuesday comes to nothing.
    let build = |n, time: &str| send(&server, n, "build", time, &["stg_a"], &["fct_a"]);
    build(1, "2026-03-04T02:00:00Z");
    build(2, "2026-03-02T02:00:00Z");
    let mut failed = crate::server::run_event(3, &["stg_a"], &["fct_a"]);
    failed["eventType"] = "FAIL".into();
    failed["eventTime"] = "2026-03-03T02:00:00Z".into();
    // What a registry says of a table is not that somebody wrote it.
    let mut registered = json!({"eventTime": "2026-03-03T03:00:00Z", "producer": "https://example.org/registry",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent"});
    registered["dataset"] = failed["outputs"][0].clone();
    for event in [failed, registered] {
        assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
    }
    settle(&server);
    let stale = |at: &str| {
        let found = violations(&server, &format!("asOf: {at:?}"));
        let all = found.iter().map(|one| one["message"].as_str().unwrap());
        all.map(str::to_owned).collect::<Vec<_>>()
    };
    let due = |at: &str| {
        vec![format!(
            "fct_a (gold) should have been written again by {at}"
        )]
    };
    assert_eq!(stale("2026-03-01T12:00:00Z"), Vec::<String>::new());
    assert_eq!(stale("2026-03-02T20:00:00Z"), Vec::<String>::new());
    assert_eq!(stale("2026-03-03T07:59:59Z"), Vec::<String>::new());
    assert_eq!(stale("2026-03-03T20:00:00Z"), due("2026-03-03T08:00:00Z"));
    assert_eq!(stale("2026-03-04T12:00:00Z"), Vec::<String>::new());
    assert_eq!(stale("2026-03-06T12:00:00Z"), due("2026-03-05T08:00:00Z"));
    let now = violations(&server, "");
    assert_eq!(now.len(), 1, "{now:#?}");
    // Written a while ago, as the clock says.
    build(4, &(Utc::now() - Duration::hours(29)).to_rfc3339());
    settle(&server);
    assert!(violations(&server, "").is_empty());
}

/// Datasets that no event had named by then broke nothing.
#[test]
fn what_was_not_there_yet_broke_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let contracts = "  - {name: keeps, rule: has_columns, columns: {id: \"*\"}}\n  - {name: owned, rule: has_owner}\n  - {name: fresh, rule: fresh, within: 2d}\n  - {name: tested, rule: tested, kinds: [volume]}\n  - {name: layered, rule: classified}\n";
    let server = start(dir.path(), &(POLICY.to_owned() + contracts));
    send(
        &server,
        1,
        "build",
        "2026-03-04T00:00:00Z",
        &["stg_a"],
        &["fct_a", "odd"],
    );
    settle(&server);
    assert_eq!(broken(&server, "2026-03-05T00:00:00Z").len(), 4);
    assert_eq!(broken(&server, "2026-03-03T00:00:00Z").len(), 0);
    // A late event tells that it was there before.
    send(
        &server,
        2,
        "build",
        "2026-03-01T00:00:00Z",
        &["stg_a"],
        &["fct_a"],
    );
    settle(&server);
    assert_eq!(broken(&server, "2026-03-03T00:00:00Z").len(), 4);
}

/// Reference: a server that was told only the events until then.
#[test]
fn as_of_a_time_is_what_the_events_until_then_say() {
    use headwater::estate::demo;
    let now = Utc::now();
    let mut events: Vec<Value> = demo::demo_events(now.timestamp_millis()).unwrap();
    events.extend(demo::shortcuts(now.timestamp_millis()).unwrap());
    let policy = demo::demo_policy(now.timestamp_millis());
    let dir = tempfile::tempdir().unwrap();
    let whole = start(dir.path(), &policy);
    send_all(&whole, &events.iter().collect::<Vec<_>>());
    let mut seen = 0;
    for hours in [2, 31, 77, 123] {
        let at = now - Duration::hours(hours);
        let time = |event: &Value| {
            let text = event["eventTime"].as_str().unwrap();
            DateTime::parse_from_rfc3339(text).unwrap().to_utc()
        };
        let before: Vec<&Value> = events.iter().filter(|event| time(event) <= at).collect();
        let dir = tempfile::tempdir().unwrap();
        let then = start(dir.path(), &policy);
        send_all(&then, &before);
        let at = at.to_rfc3339();
        let wanted = broken(&then, &at);
        let found = broken(&whole, &at);
        let more: Vec<&String> = found.difference(&wanted).collect();
        let less: Vec<&String> = wanted.difference(&found).collect();
        assert!(
            more.is_empty() && less.is_empty(),
            "{at}: {more:#?} {less:#?}"
        );
        seen += found.len();
    }
    assert!(seen > 100, "{seen}");
}
