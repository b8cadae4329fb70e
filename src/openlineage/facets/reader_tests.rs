//! The readers against what producers sent (`fixtures/`), and against the shapes of the
//! specification where no recording has the facet.

use std::path::Path;

use super::*;
use crate::openlineage::canonical::canonicalise;
use crate::openlineage::{Body, DatasetPart, Facet, parse_event};

/// The facets of that key at a level, from all events of a recording.
fn recorded(file: &str, level: standard::Level, name: &str) -> Vec<Facet> {
    use standard::Level;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("fixtures").join(file)).unwrap();
    let of = |part: DatasetPart| match level {
        Level::Dataset => part.facets,
        _ => part.io_facets,
    };
    let mut found: Vec<Facet> = Vec::new();
    for line in text.lines() {
        let Ok(event) = parse_event(line.as_bytes()) else {
            continue;
        };
        let (run, job, inputs, outputs) = match event.body {
            Body::Run {
                run,
                job,
                inputs,
                outputs,
            } => (run.facets, job.facets, inputs, outputs),
            Body::Job {
                job,
                inputs,
                outputs,
            } => (Vec::new(), job.facets, inputs, outputs),
            Body::Dataset { dataset } => (Vec::new(), Vec::new(), vec![dataset], Vec::new()),
        };
        let facets: Vec<Facet> = match level {
            Level::Run => run,
            Level::Job => job,
            Level::Input => inputs.into_iter().flat_map(of).collect(),
            Level::Output => outputs.into_iter().flat_map(of).collect(),
            Level::Dataset => inputs.into_iter().chain(outputs).flat_map(of).collect(),
        };
        found.extend(facets.into_iter().filter(|facet| &*facet.name == name));
    }
    assert!(!found.is_empty(), "{file} has no {name}");
    found
}

fn canonical(text: &str) -> Vec<u8> {
    canonicalise(text.as_bytes()).unwrap().bytes
}

/// What a member is compared with.
#[allow(clippy::unnecessary_wraps)]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn airflow_tells_times_parents_dependencies_and_code() {
    use standard::Level::{Job, Run};
    let file = "emitters/airflow/dags-test.ndjson";
    let time = nominal_time(&recorded(file, Run, "nominalTime")[0].value);
    assert!(time.start.is_some_and(|text| text.starts_with("20")));
    let parents = recorded(file, Run, "parent");
    assert!(parents.iter().all(|facet| parent(&facet.value).is_some()));
    let error = error_message(&recorded(file, Run, "errorMessage")[0].value);
    assert!(error.message.is_some() && error.programming_language.is_some());
    let engine = processing_engine(&recorded(file, Run, "processing_engine")[0].value);
    assert_eq!(engine.name, some("Airflow"));
    assert!(engine.version.is_some() && engine.adapter_version.is_some());
    let kinds: Vec<_> = recorded(file, Job, "jobType")
        .iter()
        .filter_map(|facet| job_type(&facet.value).kind)
        .collect();
    assert!(kinds.contains(&"DAG".to_owned()) && kinds.contains(&"TASK".to_owned()));
    let inlets = "recordings/airflow-inlets-outlets.ndjson";
    let code = source_code(&recorded(inlets, Job, "sourceCode")[0].value).unwrap();
    assert_eq!(code.language, some("python"));
    assert!(code.code.contains("PythonOperator"));
}

#[test]
fn dbt_tells_statements_roots_tests_and_sources() {
    use standard::Level::{Dataset, Input, Job, Run};
    let file = "emitters/dbt-shop/events-structured.ndjson";
    let statement = sql(&recorded(file, Job, "sql")[0].value).unwrap();
    assert_eq!(statement.dialect, some("duckdb"));
    let roots: Vec<_> = recorded(file, Run, "parent")
        .iter()
        .filter_map(|facet| root(&facet.value))
        .collect();
    assert!(roots.iter().all(|root| root.name.starts_with("dbt-run-")));
    let failed: Vec<_> = recorded(file, Run, "test")
        .iter()
        .flat_map(|facet| test_results(&facet.value))
        .filter(|test| test.status.as_deref() == Some("fail"))
        .collect();
    assert_eq!(failed[0].actual, some("1"));
    assert_eq!(failed[0].expected, some("0"));
    let source = data_source(&recorded(file, Dataset, "dataSource")[0].value);
    assert!(source.uri.is_some_and(|uri| uri.starts_with("duckdb:")));
    let read = assertions(
        &recorded(
            "emitters/dbt-shop/events.ndjson",
            Input,
            "dataQualityAssertions",
        )[0]
        .value,
    );
    assert!(read.iter().all(|one| one.success.is_some()));
    assert!(read.iter().any(|one| one.column.is_some()));
}

#[test]
fn spark_and_iceberg_tell_versions_storage_and_counts() {
    use standard::Level::{Dataset, Input, Output};
    let file = "emitters/spark/iceberg.ndjson";
    let version = dataset_version(&recorded(file, Dataset, "version")[0].value).unwrap();
    assert!(version.len() > 16 && version.bytes().all(|byte| byte.is_ascii_digit()));
    let held = recorded(file, Dataset, "storage");
    let mut held = held.iter().map(|facet| storage(&facet.value));
    assert!(held.any(|one| one.layer == some("iceberg") && one.file_format == some("parquet")));
    let entry = catalog(&recorded(file, Dataset, "catalog")[0].value);
    assert_eq!(
        (entry.framework, entry.kind),
        (some("iceberg"), some("hadoop"))
    );
    assert!(!symlinks(&recorded(file, Dataset, "symlinks")[0].value).is_empty());
    let changes = recorded(file, Dataset, "lifecycleStateChange");
    assert!(
        changes
            .iter()
            .all(|facet| lifecycle(&facet.value).is_some())
    );
    let read = statistics(&recorded(file, Input, "inputStatistics")[0].value);
    assert!(read.row_count.is_some() && read.size.is_some() && read.file_count.is_some());
    let wrote = statistics(&recorded(file, Output, "outputStatistics")[0].value);
    assert!(wrote.row_count.is_some());
    let kafka = "recordings/debezium.ndjson";
    let kind = dataset_type(&recorded(kafka, Dataset, "datasetType")[0].value);
    assert_eq!((kind.kind.is_some(), kind.sub_kind), (true, None));
}

#[test]
fn great_expectations_tells_metrics() {
    let file = "emitters/great-expectations/checkpoint.ndjson";
    for name in ["dataQuality", "dataQualityMetrics"] {
        let read = metrics(&recorded(file, standard::Level::Input, name)[0].value);
        assert_eq!(read.row_count, Some(3));
        assert_eq!(read.columns.len(), 2);
        assert_eq!(read.columns[0].null_count, Some(1));
    }
}

/// No recording has these.
#[test]
fn facets_of_the_specification_that_nobody_recorded() {
    let facet = canonical(
        r#"{"totalTasks":4,"failedTasks":1,"errors":[{"errorMessage":"no parser","stackTrace":"at","task":"t","taskNumber":0}]}"#,
    );
    let read = extraction_error(&facet);
    assert_eq!((read.total_tasks, read.failed_tasks), (Some(4), Some(1)));
    assert_eq!(read.errors[0].task_number, Some(0));
    let read = external_query(br#"{"externalQueryId":"q-1","source":"bigquery"}"#);
    assert_eq!((read.id, read.source), (some("q-1"), some("bigquery")));
    let read = environment_variables(
        br#"{"environmentVariables":[{"name":"A","value":"1"},{"value":2}]}"#,
    );
    assert_eq!((read.len(), read[0].value.clone()), (1, some("1")));
    let read = execution_parameters(
        br#"{"parameters":[{"description":"d","key":"k","name":"n","value":9007199254740993}]}"#,
    );
    assert_eq!(read[0].value, some("9007199254740993"));
    let read = job_dependencies(&canonical(
        r#"{"upstream":[{"job":{"namespace":"n","name":"j"},"run":{"runId":"r"},"dependency_type":"DIRECT_INVOCATION","sequence_trigger_rule":"FINISH_TO_START","status_trigger_rule":"EXECUTE_ON_SUCCESS"}],"downstream":[{"job":{}}],"trigger_rule":"ALL_SUCCESS"}"#,
    ));
    assert_eq!((read.upstream.len(), read.downstream.len()), (1, 0));
    assert_eq!(read.upstream[0].sequence_rule, some("FINISH_TO_START"));
    let read = source_code_location(
        br#"{"branch":"main","path":"a.py","pullRequestNumber":7,"repoUrl":"r","type":"git","url":"u","version":"abc"}"#,
    )
    .unwrap();
    assert_eq!(
        (read.pull_request_number, read.version),
        (some("7"), some("abc"))
    );
    let read = hierarchy(
        br#"{"hierarchy":[{"name":"db","type":"DATABASE"},{"name":"s","type":"SCHEMA"}]}"#,
    );
    assert_eq!((read[0].name.as_str(), read.len()), ("db", 2));
    let read = lifecycle(
        br#"{"lifecycleStateChange":"RENAME","previousIdentifier":{"name":"old","namespace":"n"}}"#,
    );
    assert_eq!(read.unwrap().previous_name, some("old"));
}

#[test]
fn subsets_name_places_and_partitions() {
    let read =
        subset(br#"{"inputCondition":{"locations":["s3://b/a","s3://b/c",7],"type":"location"}}"#)
            .unwrap();
    assert_eq!((read.kind, read.locations.len()), (some("location"), 2));
    let read = subset(&canonical(
        r#"{"outputCondition":{"type":"partition","partitions":[{"identifier":"dt=1","dimensions":{"dt":"1"}},{}]}}"#,
    ))
    .unwrap();
    assert_eq!(read.partitions, ["dt=1"]);
    assert!(read.condition.contains(r#""dimensions":{"dt":"1"}"#));
    assert_eq!(subset(b"{}"), None);
}

#[test]
fn trap_11_spark_tells_its_failure_in_a_facet_of_its_own() {
    let file = "emitters/spark/files.ndjson";
    let facet = &recorded(file, standard::Level::Run, "spark.exception")[0];
    let read = error_message(&facet.value);
    let message = read.message.unwrap();
    assert!(message.starts_with("Job aborted due to stage failure"));
    let trace = read.stack_trace.unwrap();
    assert!(trace.lines().count() > 1);
    let only_trace = br#"{"stackTrace":"java.lang.Error: torn\n\tat A\n\tat B"}"#;
    let read = error_message(only_trace);
    assert_eq!(read.message, some("java.lang.Error: torn"));
}

#[test]
fn trap_16_numbers_of_facets_keep_their_digits() {
    let read = dataset_version(br#"{"datasetVersion":4529105035860540410}"#);
    assert_eq!(read, some("4529105035860540410"));
    let read = metrics(
        br#"{"columnMetrics":{"a":{"max":9007199254740993,"min":1e400,"quantiles":{"0.5":0.10,"0.9":null},"sum":1e+21}},"rowCount":9007199254740993}"#,
    );
    assert_eq!(read.row_count, Some(9_007_199_254_740_993));
    let column = &read.columns[0];
    assert_eq!(column.max, some("9007199254740993"));
    assert_eq!(
        (column.min.clone(), column.sum.clone()),
        (some("1e400"), some("1e+21"))
    );
    assert_eq!(column.quantiles, [("0.5".to_owned(), "0.10".to_owned())]);
}

#[test]
fn trap_24_a_verdict_of_the_wrong_kind_is_unknown_and_not_passed() {
    let read = assertions(
        br#"{"assertions":[{"assertion":"a","success":"<<non-serializable: bool>>"},{"assertion":"b","success":"true"},{"assertion":"c","success":1},{"assertion":"d"},{"assertion":"e","success":true},{"success":true}]}"#,
    );
    let verdicts: Vec<_> = read.iter().map(|one| one.success).collect();
    assert_eq!(verdicts, [None, None, None, None, Some(true)]);
    let read = metrics(
        br#"{"columnMetrics":{"t":{"max":"2026-01-31T00:00:00","nullCount":"3"}},"rowCount":"12"}"#,
    );
    assert_eq!(read.row_count, None);
    assert_eq!(read.columns[0].max, some("2026-01-31T00:00:00"));
    assert_eq!(read.columns[0].null_count, None);
}

#[test]
fn trap_27_assertions_merge_by_assertion_and_column() {
    let facet = |text: &str, time: u8| -> Vec<(Assertion, u8)> {
        let read = assertions(text.as_bytes());
        read.into_iter().map(|one| (one, time)).collect()
    };
    let merged = merge_assertions([
        facet(
            r#"{"assertions":[{"assertion":"unique","column":"a","success":true},{"assertion":"rows","success":true}]}"#,
            1,
        ),
        facet(
            r#"{"assertions":[{"assertion":"unique","column":"b","success":false}]}"#,
            2,
        ),
        facet(
            r#"{"assertions":[{"assertion":"rows","name":"x","success":false},{"assertion":"rows","name":"y","success":true}]}"#,
            3,
        ),
    ]);
    let seen: Vec<_> = merged
        .iter()
        .map(|(one, time)| (one.assertion.as_str(), one.column.as_deref(), *time))
        .collect();
    assert_eq!(
        seen,
        [
            ("unique", Some("a"), 1),
            ("unique", Some("b"), 2),
            ("rows", None, 3),
            ("rows", None, 3)
        ]
    );
}

#[test]
fn trap_31_prefect_names_parent_and_engine_its_own_way() {
    let file = "emitters/prefect/deployments.ndjson";
    let facets = recorded(file, standard::Level::Run, "parentRun");
    let read = parent(&facets[0].value).unwrap();
    assert_eq!(read.namespace, "shop");
    let facets = recorded(file, standard::Level::Run, "processingEngine");
    assert_eq!(processing_engine(&facets[0].value).name, some("Prefect"));
    assert!(standard::is_read(standard::Level::Run, "parentRun"));
    assert!(!standard::is_read(standard::Level::Job, "parentRun"));
}

#[test]
fn trap_35_an_empty_text_is_absent() {
    assert_eq!(source_code_location(br#"{"type":"","url":""}"#), None);
    let read = source_code_location(br#"{"type":"","url":"u"}"#).unwrap();
    assert_eq!((read.kind, read.url), (None, some("u")));
}

#[test]
fn trap_28_metrics_may_name_columns_that_do_not_exist() {
    let read = metrics(br#"{"columnMetrics":{"count(*)":{"nullCount":0},"x":7},"rowCount":1}"#);
    let names: Vec<_> = read.columns.iter().map(|one| one.column.as_str()).collect();
    assert_eq!(names, ["count(*)", "x"]);
    assert_eq!(read.columns[1].null_count, None);
}

proptest::proptest! {
    /// Whatever a facet holds, its readers end and make no more than their limits.
    #[test]
    fn readers_end_on_whatever_they_are_given(
        text in r#"[\[\]{},:"\\ a1tn.e-]{0,40}"#,
        key in "assertions|tests|identifiers|columnMetrics|inputCondition|rowCount|job|message",
    ) {
        for facet in [text.clone(), format!(r#"{{"{key}":{text}}}"#), format!(r#"{{"{key}":[{{{text}}}]}}"#)] {
            let facet = facet.as_bytes();
            let lists = assertions(facet).len() + test_results(facet).len() + symlinks(facet).len();
            proptest::prop_assert!(lists <= facet.len());
            _ = (metrics(facet), subset(facet), statistics(facet), parent(facet), root(facet));
            _ = (error_message(facet), job_dependencies(facet), source_code_location(facet));
        }
    }
}
