//! A policy that is tried, and contracts that select nothing.

use super::*;

#[test]
fn a_policy_is_tried_on_the_days_before_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("data"));
    let day = |back: i64| {
        let time = chrono::Utc::now() - chrono::Duration::days(back);
        time.to_rfc3339()
    };
    send(&server, 1, "load", &day(9), &["raw_a"], &["stg_a"]);
    send(&server, 2, "dash_x", &day(4), &["stg_a"], &[]);
    server.settle();
    let file = dir.path().join("p.yaml");
    std::fs::write(&file, POLICY).unwrap();
    let mut command = headwater();
    command
        .args(["policy", "test"])
        .arg(&file)
        .args(["--server", &server.url, "--days", "8"]);
    let done = command.output().unwrap();
    let told = String::from_utf8(done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(0), "{told}");
    assert!(
        told.contains("now: 1 open, 0 excepted; 1 consumers, 0 unclassified datasets"),
        "{told}"
    );
    assert!(
        told.contains("dash_x reads stg_a (staging), which is no mart"),
        "{told}"
    );
    assert_eq!(told.matches("  1 open").count(), 4, "{told}");
    assert_eq!(told.matches("  0 open").count(), 4, "{told}");
    assert_eq!(
        data(&server, "{ status { policy { file } } }")["status"]["policy"],
        Value::Null
    );
    std::fs::write(&file, POLICY.replace("rule: no_skipped", "rule: skipped")).unwrap();
    let mut command = headwater();
    command
        .args(["policy", "test"])
        .arg(&file)
        .args(["--server", &server.url]);
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    let (status, body) = server.post("/api/v1/policy/test", &[], b"version: 3");
    assert_eq!(
        (status, &body["problems"][0]),
        (422, &json!("1:10: `version` must be `1`"))
    );
}

/// A contract whose patterns match nothing is silent otherwise.
#[test]
fn contracts_that_select_nothing_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let text = POLICY.to_owned()
        + r#"  - {name: typo, rule: fresh, within: 1d, datasets: {name: "FCT_*"}}
  - {name: fresh, rule: fresh, within: 1d}
  - {name: of-job, rule: few_joins, max: 9, jobs: {name: "build"}}
  - {name: of-no-job, rule: few_joins, max: 9, jobs: {name: "bild"}}
  - {name: fan, rule: source_fan_out, max: 9}
  - {name: staging, rule: no_staging_on_staging}
  - {name: reads, rule: consumers_read_marts, datasets: {name: "fct_*"}}
  - {name: reads-none, rule: consumers_read_marts, datasets: {name: "stg_*"}}
  - {name: reads-of-job, rule: keeps_columns, jobs: {name: "dash_*"}}
"#;
    let server = start(dir.path(), &text);
    estate(&server);
    let found = data(&server, "{ contracts { name selected } }");
    let found: Vec<(&str, u64)> = found["contracts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["name"].as_str().unwrap(),
                one["selected"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("marts-only", 1),
            ("no-skip", 3),
            ("typo", 0),
            ("fresh", 1),
            ("of-job", 2),
            ("of-no-job", 0),
            ("fan", 1),
            ("staging", 1),
            ("reads", 1),
            ("reads-none", 0),
            ("reads-of-job", 1),
        ]
    );
    let file = dir.path().join("p.yaml");
    let mut command = headwater();
    command.args(["policy", "test"]).arg(&file);
    let done = command
        .args(["--server", &server.url, "--days", "0"])
        .output();
    let told = String::from_utf8(done.unwrap().stdout).unwrap();
    let nothing = "selects nothing at present: look at its patterns";
    assert_eq!(told.matches(nothing).count(), 3, "{told}");
}
