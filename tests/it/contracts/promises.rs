//! What marts promise: columns, owners, tests, compatible schemas, and what consumers depend on.

use serde_json::{Value, json};

use super::{POLICY, data, settle, start, violations};
use crate::server::{Server, run_event};

#[test]
fn a_mart_promises_columns_and_an_owner() {
    let dir = tempfile::tempdir().unwrap();
    let promises = "  - {name: owned, rule: has_owner, datasets: {layer: gold}}\n  - {name: keeps, rule: has_columns, datasets: {name: fct_a}, columns: {id: INT, total: \"*\"}}\n  - {name: fresh, rule: fresh, within: 1d}\n";
    let server = start(dir.path(), &(POLICY.to_owned() + promises));
    let build = |n: u128, time: &str, columns: &[(&str, &str)]| {
        let mut event = run_event(n, &["stg_a"], &["fct_a"]);
        let fields: Vec<Value> = columns
            .iter()
            .map(|(name, kind)| json!({"name": name, "type": kind}))
            .collect();
        let told = |body: Value| {
            let mut body = body;
            body["_producer"] = "p".into();
            body["_schemaURL"] = "s".into();
            body
        };
        event["eventTime"] = time.into();
        event["outputs"][0]["facets"] = json!({"schema": told(json!({"fields": fields})),
            "ownership": told(json!({"owners": [{"name": "team:x"}]}))});
        assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
        settle(&server);
    };
    let told = || -> Vec<String> {
        let found = violations(&server, "");
        found
            .iter()
            .map(|one| one["message"].as_str().unwrap().to_owned())
            .collect()
    };
    let stale = "fct_a (gold) should have been written again by";
    build(
        1,
        "2026-01-01T00:00:00Z",
        &[("id", "INT"), ("total", "DECIMAL")],
    );
    assert_eq!(told().len(), 1, "{:#?}", told());
    assert!(
        told()[0].starts_with(&format!("{stale} 2026-01-02T00:00:00Z")),
        "{:#?}",
        told()
    );
    build(2, "2026-01-02T00:00:00Z", &[("id", "BIGINT")]);
    let messages = told();
    let has = |text: &str| messages.iter().any(|message| message == text);
    assert!(
        has("fct_a (gold) has no column total, which is promised"),
        "{messages:#?}"
    );
    assert!(
        has("the column id of fct_a (gold) is BIGINT, promised is INT"),
        "{messages:#?}"
    );
    let now = chrono::Utc::now().to_rfc3339();
    build(3, &now, &[("id", "INT"), ("total", "DECIMAL")]);
    assert_eq!(told(), Vec::<String>::new());
    assert_eq!(
        violations(
            &server,
            r#"asOf: "2026-01-02T12:00:00Z", filter: {contracts: ["keeps"]}"#
        )
        .len(),
        2
    );
}

fn told(mut body: Value) -> Value {
    body["_producer"] = "p".into();
    body["_schemaURL"] = "s".into();
    body
}

/// A run that writes `fct_a` with these columns, and tells these facets of it.
fn build(server: &Server, n: u128, time: &str, columns: &[(&str, &str)], also: &Value) {
    let mut event = run_event(n, &["stg_a"], &["fct_a"]);
    let fields: Vec<Value> = columns
        .iter()
        .map(|(name, kind)| json!({"name": name, "type": kind}))
        .collect();
    event["eventTime"] = time.into();
    let mut facets = json!({"schema": told(json!({"fields": fields}))});
    for (name, body) in also.as_object().into_iter().flatten() {
        facets[name] = told(body.clone());
    }
    event["outputs"][0]["facets"] = facets;
    assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
    settle(server);
}

fn messages(server: &Server) -> Vec<String> {
    let found = violations(server, "");
    let mut all: Vec<String> = found
        .iter()
        .map(|one| one["message"].as_str().unwrap().to_owned())
        .collect();
    all.sort();
    all
}

#[test]
fn a_mart_is_covered_by_tests_as_facets_tell_them() {
    let dir = tempfile::tempdir().unwrap();
    let contract = "  - {name: covered, rule: tested, kinds: [volume, uniqueness], datasets: {name: fct_a}}\n  - {name: holds, rule: tested, passing: true, columns: {id: [not_null]}, datasets: {name: fct_a}}\n";
    let server = start(dir.path(), &(POLICY.to_owned() + contract));
    build(
        &server,
        1,
        "2026-01-01T00:00:00Z",
        &[("id", "INT")],
        &json!({}),
    );
    assert_eq!(
        messages(&server),
        [
            "fct_a (gold) has no test not_null of id",
            "fct_a (gold) has no uniqueness test",
            "fct_a (gold) has no volume test",
        ]
    );
    let checked = |success: bool| {
        json!({"dataQualityAssertions": {"assertions": [
            {"assertion": "dbt_utils.unique_combination_of_columns", "success": true},
            {"assertion": "not_null", "column": "id", "success": success}]},
          "dataQualityMetrics": {"rowCount": 7, "columnMetrics": {}}})
    };
    build(
        &server,
        2,
        "2026-01-02T00:00:00Z",
        &[("id", "INT")],
        &checked(false),
    );
    assert_eq!(
        messages(&server),
        ["the test not_null of id of fct_a (gold) did not hold 2026-01-02T00:00:00Z"]
    );
    build(
        &server,
        3,
        "2026-01-03T00:00:00Z",
        &[("id", "INT")],
        &checked(true),
    );
    assert!(messages(&server).is_empty());
    let namespace = run_event(1, &[], &["fct_a"])["outputs"][0]["namespace"].clone();
    let query = format!(
        "{{ dataset(namespace: {namespace}, name: \"fct_a\") {{ tests {{ name column kinds success firstTold lastTold }} }} }}"
    );
    let tests = data(&server, &query)["dataset"]["tests"].clone();
    assert_eq!(tests.as_array().unwrap().len(), 3, "{tests:#?}");
    assert_eq!(
        tests[2],
        json!({"name": "not_null", "column": "id", "kinds": ["completeness"], "success": true,
            "firstTold": "2026-01-02T00:00:00+00:00", "lastTold": "2026-01-03T00:00:00+00:00"})
    );
    // On the first day nothing was tested.
    let then = violations(&server, r#"asOf: "2026-01-01T12:00:00Z""#);
    assert_eq!(then.len(), 3, "{then:#?}");
}

#[test]
fn a_new_schema_opens_a_violation_until_it_is_compatible_again() {
    let dir = tempfile::tempdir().unwrap();
    let contract = "  - {name: readable, rule: compatible, mode: forward_transitive, datasets: {name: fct_a}}\n";
    let server = start(dir.path(), &(POLICY.to_owned() + contract));
    let none = json!({});
    build(
        &server,
        1,
        "2026-01-01T00:00:00Z",
        &[("id", "INT"), ("total", "INT")],
        &none,
    );
    build(
        &server,
        2,
        "2026-01-02T00:00:00Z",
        &[("id", "INT"), ("total", "INT"), ("tax", "INT")],
        &none,
    );
    assert!(messages(&server).is_empty());
    build(
        &server,
        3,
        "2026-01-03T00:00:00Z",
        &[("id", "TEXT"), ("tax", "INT")],
        &none,
    );
    assert_eq!(
        messages(&server),
        [
            "the column id of fct_a (gold) was INT and is TEXT: who reads by one version cannot read rows of the other",
            "the column total of fct_a (gold) is gone: who reads by an older version cannot read new rows",
        ]
    );
    let namespace = run_event(1, &[], &["fct_a"])["outputs"][0]["namespace"].clone();
    let query = format!(
        "{{ dataset(namespace: {namespace}, name: \"fct_a\") {{ schemaHistory {{ versions {{ compatibility }} }} }} }}"
    );
    let versions = data(&server, &query)["dataset"]["schemaHistory"]["versions"].clone();
    let classes: Vec<&str> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["compatibility"].as_str().unwrap())
        .collect();
    assert_eq!(classes, ["NONE", "FULL", "FULL"]);
    build(
        &server,
        4,
        "2026-01-04T00:00:00Z",
        &[("id", "INT"), ("total", "INT"), ("tax", "INT")],
        &none,
    );
    assert!(messages(&server).is_empty());
}

#[test]
fn consumers_are_told_of_columns_they_lose() {
    let dir = tempfile::tempdir().unwrap();
    let policy = POLICY.replace(
        "owner: \"team:bi\"}",
        "owner: \"team:bi\", depends: [{name: fct_a, columns: id}]}\n  - {kind: report, datasets: {name: \"report_*\"}}",
    ) + "  - {name: kept, rule: keeps_columns}\n";
    let server = start(dir.path(), &policy);
    let none = json!({});
    build(
        &server,
        1,
        "2026-01-01T00:00:00Z",
        &[("id", "INT"), ("total", "INT")],
        &none,
    );
    let mut dash = run_event(2, &["fct_a"], &[]);
    dash["job"]["name"] = "dash_sales".into();
    dash["eventTime"] = "2026-01-01T01:00:00Z".into();
    // The report says by its column lineage what it is made from.
    let mut report = run_event(3, &["fct_a"], &["report_a"]);
    report["job"]["name"] = "report".into();
    report["eventTime"] = "2026-01-01T01:00:00Z".into();
    let from =
        json!({"namespace": report["inputs"][0]["namespace"], "name": "fct_a", "field": "total"});
    report["outputs"][0]["facets"] =
        json!({"columnLineage": told(json!({"fields": {"sum": {"inputFields": [from]}}}))});
    for event in [dash, report] {
        assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
    }
    settle(&server);
    assert!(messages(&server).is_empty());
    let used = data(
        &server,
        "{ consumers { nodes { subject { name } dependsOn { dataset { name } columns } } } }",
    );
    assert_eq!(
        used["consumers"]["nodes"],
        json!([
            {"subject": {"name": "dash_sales"}, "dependsOn": [{"dataset": {"name": "fct_a"}, "columns": ["id"]}]},
            {"subject": {"name": "report_a"}, "dependsOn": [{"dataset": {"name": "fct_a"}, "columns": ["total"]}]},
        ])
    );
    build(&server, 4, "2026-01-02T00:00:00Z", &[("tax", "INT")], &none);
    assert_eq!(
        messages(&server),
        [
            "dash_sales depends on the column id of fct_a (gold), which is not there",
            "report_a depends on the column total of fct_a (gold), which is not there",
        ]
    );
}

/// Tags of columns are a facet like others: the latest counts, whatever came first, and a deletion is
/// a value.
#[test]
fn columns_are_classified_as_the_latest_tags_say() {
    let dir = tempfile::tempdir().unwrap();
    let contract = "  - {name: marked, rule: columns_classified, columns: {\"*mail*\": [\"classification=restricted\", pii]}}\n";
    let server = start(dir.path(), &(POLICY.to_owned() + contract));
    let columns = [("id", "INT"), ("email", "TEXT")];
    let tags = |key: &str, value: &str| {
        json!({"tags": {"tags": [
            {"key": key, "value": value, "source": "registry", "field": "email"},
            {"key": "pii", "value": "true", "source": "registry"}]}})
    };
    let bare = [
        "the column email of fct_a (gold) has no tags, promised is classification=restricted or pii",
    ];
    build(&server, 1, "2026-01-01T00:00:00Z", &columns, &json!({}));
    assert_eq!(messages(&server), bare);
    let restricted = tags("classification", "restricted");
    build(&server, 2, "2026-01-04T00:00:00Z", &columns, &restricted);
    assert!(messages(&server).is_empty());
    // Earlier ones that come later change nothing.
    build(
        &server,
        3,
        "2026-01-02T00:00:00Z",
        &columns,
        &tags("classification", "open"),
    );
    assert!(messages(&server).is_empty());
    let open = tags("classification", "open");
    build(&server, 4, "2026-01-05T00:00:00Z", &columns, &open);
    assert_eq!(
        messages(&server),
        [
            "the column email of fct_a (gold) has the tags classification=open, promised is classification=restricted or pii"
        ]
    );
    build(
        &server,
        5,
        "2026-01-06T00:00:00Z",
        &columns,
        &tags("pii", "true"),
    );
    assert!(messages(&server).is_empty());
    let deleted = json!({"tags": {"_deleted": true}});
    build(&server, 6, "2026-01-07T00:00:00Z", &columns, &deleted);
    assert_eq!(messages(&server), bare);
    // A column that is gone has nothing to be classified.
    build(
        &server,
        7,
        "2026-01-08T00:00:00Z",
        &[("id", "INT")],
        &json!({}),
    );
    assert!(messages(&server).is_empty());
    // It was there then; the tags are those of now.
    let then = violations(&server, r#"asOf: "2026-01-06T12:00:00Z""#);
    assert_eq!(then.len(), 1, "{then:#?}");
    assert_eq!(then[0]["message"], bare[0]);
}

/// Snowflake folds names, and dbt's contracts spell them in lower case.
#[test]
fn columns_are_found_as_their_store_spells_them() {
    let dir = tempfile::tempdir().unwrap();
    let contract = "  - {name: keeps, rule: has_columns, datasets: {name: fct_a}, columns: {order_id: \"NUMBER*\"}}\n  - {name: marked, rule: columns_classified, datasets: {name: fct_a}, columns: {order_id: key}}\n";
    let server = start(dir.path(), &(POLICY.to_owned() + contract));
    let event = |n: u128, namespace: &str| {
        let mut event = run_event(n, &[], &["fct_a"]);
        event["outputs"][0]["namespace"] = namespace.into();
        event["outputs"][0]["facets"] = json!({
            "schema": told(json!({"fields": [{"name": "ORDER_ID", "type": "NUMBER(38,0)"}]})),
            "tags": told(json!({"tags": [
                {"key": "key", "value": "true", "source": "DBT", "field": "order_id"}]})),
        });
        assert_eq!(server.send(event.to_string().as_bytes()).0, 201);
        settle(&server);
    };
    event(1, "snowflake://acme");
    assert_eq!(messages(&server), Vec::<String>::new());
    event(2, "postgres://h:5432");
    assert_eq!(
        messages(&server),
        ["fct_a (gold) has no column order_id, which is promised"]
    );
}
