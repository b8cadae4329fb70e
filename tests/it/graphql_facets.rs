//! Standard facets as typed fields, with recordings of real producers and by hand where no
//! recording has a facet. The readers have tests of their own.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Server, fixture, run_event};

fn facet(mut body: Value) -> Value {
    body["_producer"] = "https://example.org/etl".into();
    body["_schemaURL"] = "https://example.org/facet.json".into();
    body
}

fn send(server: &Server, event: &Value) {
    let (status, receipt) = server.send(event.to_string().as_bytes());
    assert_eq!(status, 201, "{receipt}");
}

/// The data of an answer without errors.
fn ask(server: &Server, query: &str) -> Value {
    let answer = server.graphql(query);
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"].clone()
}

fn told_run() -> Value {
    let mut event = run_event(1, &["a", "b"], &["c"]);
    event["run"]["facets"] = json!({
        "nominalTime": facet(json!({"nominalStartTime": "2026-01-01T00:00:00+01:00", "nominalEndTime": "soon"})),
        "errorMessage": facet(json!({"message": "torn", "programmingLanguage": "python", "stackTrace": "at x"})),
        "extractionError": facet(json!({"totalTasks": 2, "failedTasks": 1, "errors": [{"errorMessage": "no parser", "task": "t", "taskNumber": 0}]})),
        "externalQuery": facet(json!({"externalQueryId": "q-1", "source": "bigquery"})),
        "processing_engine": facet(json!({"name": "spark", "version": "3.5.1", "openlineageAdapterVersion": "1.40.0"})),
        "environmentVariables": facet(json!({"environmentVariables": [{"name": "STAGE", "value": "prod"}]})),
        "executionParameters": facet(json!({"parameters": [{"key": "day", "value": "2026-01-01"}]})),
        "jobDependencies": facet(json!({"upstream": [{"job": {"namespace": "ns", "name": "before"}, "dependency_type": "DIRECT_INVOCATION"}], "trigger_rule": "ALL_SUCCESS"})),
        "tags": facet(json!({"tags": [{"key": "team", "value": "finance", "source": "DBT"}]})),
        "test": facet(json!({"tests": [{"name": "t", "status": "fail", "actual": 1}]})),
        "parent": facet(json!({
            "job": {"namespace": "ns", "name": "dag"}, "run": {"runId": "00000000-0000-0000-0000-00000000002a"},
            "root": {"job": {"namespace": "ns", "name": "all"}, "run": {"runId": "00000000-0000-0000-0000-00000000002b"}}})),
    });
    event["inputs"][0]["inputFacets"] = json!({
        "inputStatistics": facet(json!({"rowCount": 3, "size": 30.0, "fileCount": 1})),
        "dataQualityAssertions": facet(json!({"assertions": [{"assertion": "unique", "column": "id", "success": "maybe"}, {"assertion": "rows", "success": true}]})),
        "dataQualityMetrics": facet(json!({"rowCount": 3, "columnMetrics": {"id": {"nullCount": 0, "max": 7, "quantiles": {"0.5": 4}}}})),
        "subset": facet(json!({"inputCondition": {"type": "location", "locations": ["s3://b/dt=1"]}})),
    });
    event["inputs"][1]["inputFacets"] =
        json!({"inputStatistics": facet(json!({"rowCount": 4, "size": "many"}))});
    event["outputs"][0]["outputFacets"] =
        json!({"outputStatistics": facet(json!({"rowCount": 5, "size": 50}))});
    event
}

#[test]
fn a_run_tells_what_its_facets_tell() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let event = told_run();
    send(&server, &event);
    let mut dag = run_event(42, &[], &[]);
    dag["job"]["name"] = "dag".into();
    dag["run"]["runId"] = "00000000-0000-0000-0000-00000000002a".into();
    send(&server, &dag);
    server.settle();
    let data = ask(
        &server,
        r#"{ job(namespace: "ns", name: "job") { parent { name run { state job { name } } } runs { nodes {
            nominalStart nominalEnd nominalStartText nominalEndText errorMessage errorLanguage stackTrace
            extractionError { totalTasks failedTasks errors { message stackTrace task taskNumber } }
            externalQuery { id source } processingEngine { name version adapterVersion }
            environmentVariables { name value } executionParameters { name value }
            jobDependencies { upstream { namespace name type runId } downstream { name } triggerRule }
            tags { key value source } tests { name status actual }
            parent { namespace name runId job { name } run { id } } root { name runId job { name } run { id } }
            rowsRead bytesRead rowsWritten bytesWritten
            assertions { isOutput dataset { name } assertions { assertion column success } }
            inputs { dataset { name } rowCount bytes fileCount metrics { rowCount columns { column nullCount max quantiles { quantile value } } } subset { type locations condition } facets { name } }
            outputs { dataset { name } isOutput rowCount bytes assertions { assertion } subset { type } }
        } } } }"#,
    );
    insta::assert_json_snapshot!(data);
}

#[test]
fn a_job_and_a_dataset_tell_what_their_facets_tell() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let mut event = run_event(1, &[], &["t"]);
    event["job"]["facets"] = json!({
        "jobType": facet(json!({"processingType": "BATCH", "integration": "DBT", "jobType": "MODEL", "emissionPattern": "PER_RUN"})),
        "sql": facet(json!({"query": "select 1", "dialect": "duckdb"})),
        "sourceCode": facet(json!({"language": "python", "sourceCode": "print()"})),
        "sourceCodeLocation": facet(json!({"type": "git", "url": "", "repoUrl": "https://example.org/r", "path": "a.sql", "version": "abc", "branch": "main", "pullRequestNumber": "7"})),
    });
    event["outputs"][0]["facets"] = json!({
        "datasetType": facet(json!({"datasetType": "VIEW", "subType": "MATERIALIZED"})),
        "storage": facet(json!({"storageLayer": "iceberg", "fileFormat": "parquet"})),
        "catalog": facet(json!({"framework": "iceberg", "type": "hive", "name": "lake", "metadataUri": "thrift://m", "warehouseUri": "s3://w", "source": "spark"})),
        "dataSource": facet(json!({"name": "shop", "uri": "postgres://db"})),
        "version": facet(json!({"datasetVersion": "@"})),
        "symlinks": facet(json!({"identifiers": [{"namespace": "hive://m", "name": "shop.t", "type": "TABLE"}]})),
        "lifecycleStateChange": facet(json!({"lifecycleStateChange": "RENAME", "previousIdentifier": {"namespace": "ns", "name": "old"}})),
        "hierarchy": facet(json!({"hierarchy": [{"name": "db", "type": "DATABASE"}, {"name": "main", "type": "SCHEMA"}]})),
        "dataQualityMetrics": facet(json!({"rowCount": 5, "lastUpdated": "2026-01-01T00:00:00Z"})),
        "dataQualityAssertions": facet(json!({"assertions": [{"assertion": "unique", "column": "id", "success": false}]})),
        "myOwn": facet(json!({"deep": {"number": "@"}})),
    });
    let text = event
        .to_string()
        .replace(r#""@""#, "12345678901234567890123");
    assert_eq!(server.send(text.as_bytes()).0, 201);
    server.settle();
    let data = ask(
        &server,
        r#"{ job(namespace: "ns", name: "job") { processingType integration type emissionPattern sql { query dialect } sourceCode { language code }
            sourceCodeLocation { type url repoUrl path version branch pullRequestNumber } parent { name } }
        dataset(namespace: "ns", name: "t") { type subType storage { layer fileFormat } catalog { framework type name metadataUri warehouseUri source }
            dataSource { name uri } version symlinks { namespace name type } lifecycle { change previousNamespace previousName } hierarchy { name type }
            quality { metrics { rowCount lastUpdated toldAt } assertions { assertion column success toldAt } jobsLeftOut } }
        unknown: dataset(namespace: "ns", name: "t") { facets { name value text } } }"#,
    );
    assert_eq!(data["dataset"]["version"], "12345678901234567890123");
    let facets = data["unknown"]["facets"].as_array().unwrap();
    assert_eq!(facets.len(), 11, "every facet is shown, known or not");
    let own = facets.iter().find(|one| one["name"] == "myOwn").unwrap();
    assert!(own["value"]["deep"]["number"].is_number());
    let digits = r#""deep":{"number":12345678901234567890123}"#;
    assert!(own["text"].as_str().unwrap().contains(digits), "{own}");
    insta::assert_json_snapshot!([&data["job"], &data["dataset"]]);
}

/// Each event of one run carries one assertion, as Dagster sends them, on the use of the dataset or
/// on the dataset; the last takes the first back.
#[test]
fn trap_27_the_assertions_of_one_run_over_several_events_are_merged() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let checks = [
        ("inputFacets", "unique", true),
        ("facets", "not_null", true),
        ("inputFacets", "rows", false),
        ("facets", "unique", false),
    ];
    for (second, (place, assertion, success)) in checks.into_iter().enumerate() {
        let mut event = run_event(1, &["t"], &[]);
        event["eventTime"] = format!("2026-01-01T00:00:0{second}Z").into();
        let told =
            json!({"assertions": [{"assertion": assertion, "column": "id", "success": success}]});
        event["inputs"][0][place] = json!({"dataQualityAssertions": facet(told)});
        send(&server, &event);
    }
    server.settle();
    let checks = "assertions { assertion success }";
    let data = ask(
        &server,
        &format!(
            r#"{{ dataset(namespace: "ns", name: "t") {{ quality {{ {checks} }} }}
                job(namespace: "ns", name: "job") {{ runs {{ nodes {{ inputs {{ {checks} }} assertions {{ {checks} }} }} }} }} }}"#
        ),
    );
    let merged = json!([{"assertion": "not_null", "success": true}, {"assertion": "rows", "success": false}, {"assertion": "unique", "success": false}]);
    assert_eq!(data["dataset"]["quality"]["assertions"], merged);
    let run = &data["job"]["runs"]["nodes"][0];
    assert_eq!(run["inputs"][0]["assertions"], merged);
    assert_eq!(run["assertions"][0]["assertions"], merged);
}

/// The same assertion in later runs, with another outcome.
#[test]
fn trap_27_the_quality_of_a_dataset_merges_runs_by_assertion_and_column() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let checks = [
        (1, "unique", true),
        (2, "not_null", true),
        (3, "unique", false),
    ];
    for (n, assertion, success) in checks {
        let mut event = run_event(n, &["t"], &[]);
        event["eventTime"] = format!("2026-01-0{n}T00:00:00Z").into();
        let told =
            json!({"assertions": [{"assertion": assertion, "column": "id", "success": success}]});
        event["inputs"][0]["inputFacets"] = json!({"dataQualityAssertions": facet(told)});
        send(&server, &event);
    }
    server.settle();
    let data = ask(
        &server,
        r#"{ dataset(namespace: "ns", name: "t") { quality { assertions { assertion success } } } }"#,
    );
    let merged = json!([{"assertion": "not_null", "success": true}, {"assertion": "unique", "success": false}]);
    assert_eq!(data["dataset"]["quality"]["assertions"], merged);
}

#[test]
fn trap_09_control_flow_jobs_are_parents_and_roots() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    for line in fixture("emitters/airflow/dags-test.ndjson").lines() {
        assert_eq!(server.send(line.as_bytes()).0, 201);
    }
    server.settle();
    let data = ask(
        &server,
        r#"{ job(namespace: "shop", name: "shop_load.stage") { type integration parent { name job { type } run { state } } runs(first: 1) { nodes { nominalStart } } } }"#,
    );
    let job = &data["job"];
    assert_eq!(
        (&job["type"], &job["integration"]),
        (&json!("TASK"), &json!("AIRFLOW"))
    );
    assert_eq!(job["parent"]["name"], "shop_load");
    let dag = ask(
        &server,
        r#"{ job(namespace: "shop", name: "shop_load") { childCount children { name parents { job { name } firstTold lastTold } } parents { job { name } }
            runs(first: 1) { nodes { childCount children { state job { name } parent { name } children { id } } } } } }"#,
    );
    insta::assert_json_snapshot!(dag);
    assert_eq!(job["parent"]["job"]["type"], "DAG");
    assert!(job["parent"]["run"]["state"].is_string());
    assert!(job["runs"]["nodes"][0]["nominalStart"].is_string(), "{job}");
}

/// Trap 11: the run failed, and its text is in a facet of Spark's own.
#[test]
fn trap_11_spark_tells_its_failure_in_its_own_facet() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let mut event = run_event(1, &[], &["c"]);
    event["eventType"] = "FAIL".into();
    event["run"]["facets"] =
        json!({"spark.exception": facet(json!({"stackTrace": "java.lang.Error: torn\n\tat A"}))});
    send(&server, &event);
    server.settle();
    let query = r#"{ job(namespace: "ns", name: "job") { runs { nodes { state errorMessage stackTrace } } } }"#;
    let run = ask(&server, query)["job"]["runs"]["nodes"][0].clone();
    assert_eq!(run["errorMessage"], "java.lang.Error: torn");
    assert_eq!(run["stackTrace"], "java.lang.Error: torn\n\tat A");
}

/// A run is (job, run id): of two jobs that share an id, the one that the facet names is meant.
#[test]
fn trap_22_26_a_parent_is_a_run_of_its_job_and_what_runs_has_no_duration() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    for name in ["asset_a", "asset_b"] {
        let mut event = run_event(7, &[], &[name]);
        event["job"]["name"] = name.into();
        event["eventType"] = "START".into();
        send(&server, &event);
    }
    let mut child = run_event(8, &["asset_a"], &[]);
    let id = run_event(7, &[], &[])["run"]["runId"].clone();
    child["run"]["facets"] = json!({"parent": facet(json!({"job": {"namespace": "ns", "name": "asset_b"}, "run": {"runId": id}}))});
    send(&server, &child);
    server.settle();
    let query = r#"{ job(namespace: "ns", name: "job") { runs { nodes { parent { run { state endedAt durationMs job { name } } } } } } }"#;
    let run = &ask(&server, query)["job"]["runs"]["nodes"][0]["parent"]["run"];
    let expected =
        json!({"state": "START", "endedAt": null, "durationMs": null, "job": {"name": "asset_b"}});
    assert_eq!(*run, expected);
}

/// All typed fields of a page of runs are read from the log together.
#[test]
fn a_hundred_runs_with_their_facets_are_quick() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let mut events = Vec::new();
    for n in 0..100_u128 {
        let mut event = told_run();
        event["run"]["runId"] = run_event(n, &[], &[])["run"]["runId"].clone();
        event["run"]["facets"]["spark.logicalPlan"] = facet(json!({"plan": "x".repeat(50_000)}));
        for state in ["START", "RUNNING", "COMPLETE"] {
            event["eventType"] = state.into();
            let minute = format!("2026-01-01T{:02}:{:02}", n / 60, n % 60);
            event["eventTime"] = format!("{minute}:{:02}Z", state.len()).into();
            events.push(event.to_string());
        }
    }
    let headers = [("Content-Type", "application/json")];
    for some in events.chunks(50) {
        let body = format!("[{}]", some.join(","));
        let (status, answer) = server.post("/api/v1/lineage/batch", &headers, body.as_bytes());
        assert_eq!((status, answer["status"].as_str()), (201, Some("success")));
    }
    server.settle();
    let started = Instant::now();
    let data = ask(
        &server,
        r#"{ job(namespace: "ns", name: "job") { runs(first: 100) { nodes { nominalStart errorMessage stackTrace processingEngine { name } externalQuery { id } tags { key }
            parent { name } root { name } rowsRead rowsWritten durationMs assertions { assertions { assertion } } inputs { rowCount bytes } outputs { rowCount } } } } }"#,
    );
    let took = started.elapsed();
    let runs = data["job"]["runs"]["nodes"].as_array().unwrap();
    assert_eq!(runs.len(), 100);
    assert!(
        runs.iter()
            .all(|run| run["rowsRead"] == 7 && run["errorMessage"] == "torn")
    );
    assert!(
        took < Duration::from_secs(5),
        "{took:?}, unoptimised; each run for each field takes minutes"
    );
    eprintln!("a hundred runs: {took:?}");
}
